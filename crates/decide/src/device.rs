//! Holding a package against a device: product, rollback, applicability (SPEC 9.2).

use crate::disowned;
use alloc::{format, vec::Vec};
use pkg_format::delivery::Delivery;
use pkg_format::keyring::LineHead;
use pkg_format::manifest::release::Release;
use pkg_format::manifest::{Image, Manifest};
use pkg_format::transition::{self, Present};
use pkg_format::{Digest, Id, Refusal, Rule, state};
use pkg_verify::Policy;
use pkg_verify::{SignedBy, Statements};

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

    /// What a release is compared with; `state` is the digest of these images.
    fn present(&self, state: Digest) -> Present<'_> {
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

/// What a package that may be used on a device does there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// A release that leads from the installed state, or from an empty scope, into its own state.
    Step,
    /// A release whose state is installed already: there is nothing to do.
    Installed,
    /// A notice or a withdrawal for this product: it has no images, and there is something to tell.
    Informational,
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
        declared(release, self)?;
        for scope in self.scopes.iter_mut().filter(|s| s.id == release.identity.scope) {
            scope.installed = Some(installed(package, release));
        }
        Ok(())
    }

    /// The digest of the state of a scope; an empty scope has none.
    pub fn state_digest(&self, scope: &Scope) -> Option<Digest> {
        scope.installed.as_ref().map(|installed| self.state_of(scope, installed))
    }

    fn state_of(&self, scope: &Scope, installed: &Installed) -> Digest {
        let images = installed.images.iter().map(|(component, sha256)| (component, *sha256));
        state::digest(&self.vendor, &self.name, &scope.id, images)
    }
}

/// What runs once this package is installed.
pub(crate) fn installed(package: &Statements, release: &Release) -> Installed {
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

impl DeviceState {
    /// Checks product, rollback and applicability of a package against this device (SPEC 9.2). Needs no clock.
    ///
    /// # Errors
    ///
    /// The first rule that keeps the package from being used here.
    pub fn fits(&self, package: &Statements, policy: &Policy) -> Result<Fit, Refusal> {
        fit(package.manifest(), package.delivery(), self, policy)
    }
}

/// Like [`DeviceState::fits`], for a manifest that is not signed yet: a builder checks a new release against the
/// one before.
///
/// # Errors
///
/// The first rule that keeps the release from being used here.
pub fn fit(
    manifest: &Manifest,
    delivery: Option<&Delivery>,
    device: &DeviceState,
    policy: &Policy,
) -> Result<Fit, Refusal> {
    for_this_product(manifest, device)?;
    let Some(release) = manifest.release() else { return Ok(Fit::Informational) };
    let scope = declared(release, device)?;
    let sequence = manifest.common().sequence;
    match &scope.installed {
        None => transition::check(release, sequence, None, policy.jump)?,
        Some(installed) => {
            let from = device.state_of(scope, installed);
            let target = release.state(&manifest.common().product);
            if installed.line == release.identity.line && sequence == installed.sequence && target == from {
                return Ok(Fit::Installed);
            }
            let recovers = disowned::may_recover_by(installed, release, sequence, delivery);
            if target == from || !recovers {
                transition::check(release, sequence, Some(&installed.present(from)), policy.jump)?;
            }
        }
    }
    required(release, device)?;
    if let Some(delivery) = delivery {
        let bases = delivery.payloads.iter().filter_map(|p| Some((&p.component, p.base.as_ref()?.sha256)));
        transition::has_bases(bases, scope.installed.as_ref().map_or(&[], |i| &i.images))?;
    }
    Ok(Fit::Step)
}

/// The scope of a release, if the device declares it with these components.
fn declared<'d>(release: &Release, device: &'d DeviceState) -> Result<&'d Scope, Refusal> {
    let id = &release.identity.scope;
    let Some(scope) = device.scope(id) else {
        let declared: Vec<_> = device.scopes.iter().map(|s| s.id.as_str()).collect();
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

fn for_this_product(manifest: &Manifest, device: &DeviceState) -> Result<(), Refusal> {
    let product = &manifest.common().product;
    if (&product.vendor, &product.name) != (&device.vendor, &device.name) {
        let why = format!(
            "for {} {}, this device is {} {}",
            product.vendor, product.name, device.vendor, device.name
        );
        return Err(Refusal::new(Rule::App1, why));
    }
    if !device.hardware.iter().any(|h| product.hardware.contains(h)) {
        let list = |ids: &[Id]| ids.iter().map(Id::as_str).collect::<Vec<_>>().join(", ");
        let why =
            format!("for hardware {}, this device has {}", list(&product.hardware), list(&device.hardware));
        return Err(Refusal::new(Rule::App2, why));
    }
    Ok(())
}

/// Other scopes have what the step requires.
fn required(release: &Release, device: &DeviceState) -> Result<(), Refusal> {
    for need in &release.requires {
        let scope = device.scope(&need.scope);
        let met = scope.and_then(|s| Some((s, s.installed.as_ref()?))).is_some_and(|(scope, there)| {
            need.min_security_level.is_none_or(|least| there.security_level >= least)
                && need.min_feature_level.is_none_or(|least| there.feature_level >= least)
                && need.state.is_none_or(|state| {
                    device.state_digest(scope) == Some(state) || there.manifest == Some(state)
                })
        });
        if !met {
            return Err(Refusal::new(
                Rule::App5,
                format!("scope {} does not meet its requirement", need.scope),
            ));
        }
    }
    Ok(())
}
