//! What a device is, what runs on it, and what it accepts.

use crate::verdict::Profile;
use alloc::{format, vec::Vec};
use pkg_format::keyring::LineHead;
use pkg_format::manifest::{Image, Release};
use pkg_format::transition::Present;
use pkg_format::{Digest, Id, Refusal, Rule, state};
use pkg_verify::{Policy, SignedBy, Statements};

/// The device at this moment.
#[derive(Debug, Clone)]
pub struct Device {
    /// What it is and what runs on it.
    pub state: DeviceState,
    /// What it accepts.
    pub policy: Policy,
    /// What kind of device it is.
    pub profile: Profile,
    /// Whether it does something now that must not be interrupted.
    pub busy: bool,
}

impl Device {
    /// A consumer's device with the default policy that has nothing else to do.
    pub fn new(state: DeviceState) -> Self {
        Device { state, policy: Policy::default(), profile: Profile::Consumer, busy: false }
    }
}

/// What a device is and what runs on it.
#[derive(Debug, Clone)]
pub struct DeviceState {
    /// Who made it.
    pub vendor: Id,
    /// What it is called.
    pub name: Id,
    /// The hardware ids it answers to.
    pub hardware: Vec<Id>,
    /// What is updated on it, as the factory declared: each scope once. Nothing is installed in a scope that
    /// is not declared, for it could be compared with nothing there.
    pub scopes: Vec<Scope>,
}

/// What is updated as one, and what runs there.
#[derive(Debug, Clone)]
pub struct Scope {
    /// Its name.
    pub id: Id,
    /// The components it is made of; a component is in one scope.
    pub components: Vec<Id>,
    /// What runs. None: the scope is empty, as set at the factory; never because the state was lost.
    pub installed: Option<Installed>,
}

/// What runs in one scope.
#[derive(Debug, Clone)]
pub struct Installed {
    /// The line it is on.
    pub line: Id,
    /// Its sequence in that line.
    pub sequence: u64,
    /// Its feature level.
    pub feature_level: u64,
    /// Its security level.
    pub security_level: u64,
    /// The digest of the manifest it was installed by, where known.
    pub manifest: Option<Digest>,
    /// Its images: component and digest.
    pub images: Vec<(Id, Digest)>,
    /// Who signed it, where that is known: a keyring that revokes those keys disowns it.
    pub signed: Option<SignedBy>,
    /// Where the lines of the scope stood when its signers were revoked, if they were: the way back.
    pub disowned: Option<Vec<LineHead>>,
}

impl Scope {
    /// A scope in which this runs, made of the components that run.
    pub fn running(id: Id, installed: Installed) -> Scope {
        let components = installed.images.iter().map(|(component, _)| component.clone()).collect();
        Scope { id, components, installed: Some(installed) }
    }

    /// A scope that left the factory empty.
    pub fn empty(id: Id, components: Vec<Id>) -> Scope {
        Scope { id, components, installed: None }
    }
}

impl Installed {
    /// What runs: line, counters and images, each image as component and digest. By which manifest it was installed
    /// and who signed that is not known.
    pub fn new(
        line: Id,
        sequence: u64,
        feature_level: u64,
        security_level: u64,
        images: Vec<(Id, Digest)>,
    ) -> Installed {
        let (manifest, signed, disowned) = (None, None, None);
        Installed { line, sequence, feature_level, security_level, manifest, images, signed, disowned }
    }

    /// What runs once this package is installed.
    pub(crate) fn by(package: &Statements, release: &Release) -> Installed {
        Installed {
            line: release.identity.line.clone(),
            sequence: package.manifest().common().sequence,
            feature_level: release.identity.feature_level,
            security_level: release.identity.security_level,
            manifest: Some(package.manifest_digest()),
            images: release.images.iter().map(|i| (i.component.clone(), i.sha256)).collect(),
            signed: package.signed_by(),
            disowned: None,
        }
    }

    /// What a release is compared with; `state` is the digest of these images.
    pub(crate) fn present(&self, state: Digest) -> Present<'_> {
        Present {
            line: &self.line,
            sequence: self.sequence,
            feature_level: self.feature_level,
            security_level: self.security_level,
            state,
            manifests: self.manifest.as_slice(),
            images: &self.images,
        }
    }
}

impl DeviceState {
    /// A device of this maker and name, with these hardware ids and scopes.
    pub fn new(vendor: Id, name: Id, hardware: Vec<Id>, scopes: Vec<Scope>) -> DeviceState {
        DeviceState { vendor, name, hardware, scopes }
    }

    /// The scope of this name, if the device declares it.
    pub fn scope(&self, id: &Id) -> Option<&Scope> {
        self.scopes.iter().find(|s| s.id == *id)
    }

    /// What runs in this scope.
    pub fn installed(&self, scope: &Id) -> Option<&Installed> {
        self.scope(scope).and_then(|s| s.installed.as_ref())
    }

    /// A package was installed and its start confirmed: what runs now (SPEC 9.2). A notice or a withdrawal changes
    /// nothing.
    ///
    /// # Errors
    ///
    /// VER-11 or VER-12 where the device does not declare the scope of the release, or not its components: it never
    /// [fitted](DeviceState::fits), and nothing is changed.
    pub fn install(&mut self, package: &Statements) -> Result<(), Refusal> {
        let Some(release) = package.manifest().release() else { return Ok(()) };
        self.declared(release)?;
        for scope in self.scopes.iter_mut().filter(|s| s.id == release.identity.scope) {
            scope.installed = Some(Installed::by(package, release));
        }
        Ok(())
    }

    /// The scope of a release, if the device declares it with these components.
    pub(crate) fn declared(&self, release: &Release) -> Result<&Scope, Refusal> {
        let id = &release.identity.scope;
        let Some(scope) = self.scope(id) else {
            let declared: Vec<_> = self.scopes.iter().map(|s| s.id.as_str()).collect();
            let declared = if declared.is_empty() { "none".into() } else { declared.join(", ") };
            return Err(Refusal::new(Rule::Ver11, format!("scope {id}; this device declares {declared}")));
        };
        match release.images.iter().find(|i| !scope.components.contains(&i.component)) {
            Some(Image { component, .. }) => {
                let why = format!(
                    "the release has an image for {component}, which is not in scope {id} of this device"
                );
                Err(Refusal::new(Rule::Ver12, why))
            }
            None => Ok(scope),
        }
    }

    /// The digest of the state of a scope; an empty scope has none.
    pub fn state_digest(&self, scope: &Scope) -> Option<Digest> {
        let images = scope.installed.as_ref()?.images.iter().map(|(component, sha256)| (component, *sha256));
        Some(state::digest(&self.vendor, &self.name, &scope.id, images))
    }
}
