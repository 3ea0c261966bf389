//! Deltas for a fleet: which ones a release needs, one task for each base, and where each is uploaded.
//!
//! Tasks share nothing: each reads two packages and creates one file at a path that follows from both states. No head is
//! written, so any number of machines may work at once, and whoever runs a task again finds it done.

use crate::catalogue::Catalogue;
use crate::error::{Error, Result};
use crate::files::exists;
use crate::package::Package;
use crate::store::{Content, Created, Store};
use pkg_format::manifest::Manifest;
use pkg_format::repository::{Object, paths};
use pkg_format::transition::{self, Present};
use pkg_format::{Digest, Version};
use pkg_repository::Transport;
use pkg_verify::Statements;
use std::collections::BTreeMap;

/// A release in the repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Its version.
    pub version: Version,
    /// The state that it leads into.
    pub state: Digest,
    /// The digest of its manifest.
    pub manifest: Digest,
    /// Its full package.
    pub package: Object,
    /// The sizes of its images together.
    pub image_size: u64,
}

/// One delta to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// The release that it starts from.
    pub base: Stored,
    /// The number of devices there, if there is a census.
    pub devices: Option<u64>,
}

/// What a release needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeltaPlan {
    /// The release that devices are to be brought to.
    pub target: Stored,
    /// The deltas to be made, those for the most devices first.
    pub tasks: Vec<Task>,
    /// Other releases of the log: the version, and why no delta starts there.
    pub left_out: Vec<(Version, String)>,
}

/// The number of devices by state, or by version.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Census(pub BTreeMap<String, u64>);

impl Census {
    fn devices(&self, release: &Stored) -> u64 {
        let by_version = self.0.get(release.version.as_str()).copied().unwrap_or(0);
        self.0.get(&release.state.to_string()).copied().unwrap_or(0).saturating_add(by_version)
    }
}

/// Plans the deltas for the release of a version.
///
/// A base is each other release of the log whose state the release may be installed on. `jump` is how far counters may
/// rise on devices. With a census, bases with fewer than `least` devices are left out, and so are those that it does not
/// name; without one, so are releases whose support ended before the month `now`, counted as
/// [`pkg_format::ident::Month::months`] does.
///
/// # Errors
///
/// No release of the log has the version, or several have.
pub fn plan_deltas(
    catalogue: &Catalogue,
    version: &str,
    census: Option<(&Census, u64)>,
    (jump, now): (u64, u64),
) -> Result<DeltaPlan> {
    let accepted = catalogue.accepted();
    let releases: Vec<_> =
        accepted.iter().filter_map(|(entry, s)| Some((stored(s, entry.object?)?, *s))).collect();
    let mut with_version = releases.iter().filter(|(release, _)| release.version.as_str() == version);
    let (target, statements) = match (with_version.next(), with_version.next()) {
        (Some(one), None) => one,
        (None, _) => return Err(Error::NoVersion(version.to_owned())),
        _ => return Err(Error::SeveralVersions(version.to_owned())),
    };
    let (mut tasks, mut left_out) = (Vec::new(), Vec::new());
    for (base, from) in releases.iter().filter(|(base, _)| base.state != target.state) {
        let devices = census.map(|(census, _)| census.devices(base));
        match reason(statements.manifest(), from, census.map(|(_, least)| (devices, least)), (jump, now)) {
            Some(why) => left_out.push((base.version.clone(), why)),
            None => tasks.push(Task { base: base.clone(), devices }),
        }
    }
    tasks.sort_by(|a, b| (b.devices, &b.base.state).cmp(&(a.devices, &a.base.state)));
    Ok(DeltaPlan { target: target.clone(), tasks, left_out })
}

fn stored(statements: &Statements, object: Object) -> Option<Stored> {
    let manifest = statements.manifest();
    let release = manifest.release()?;
    Some(Stored {
        version: release.identity.version.clone(),
        state: release.state(&manifest.common().product),
        manifest: statements.manifest_digest(),
        package: object,
        image_size: release.images.iter().fold(0, |sum, image| sum.saturating_add(image.size)),
    })
}

/// Why no delta starts from a release.
fn reason(
    target: &Manifest,
    base: &Statements,
    census: Option<(Option<u64>, u64)>,
    (jump, now): (u64, u64),
) -> Option<String> {
    let (common, release) = (base.manifest().common(), base.manifest().release()?);
    let next = target.release()?;
    if release.identity.scope != next.identity.scope {
        return Some(format!("it is of the scope {}", release.identity.scope));
    }
    if !common.product.hardware.iter().any(|hardware| target.common().product.hardware.contains(hardware)) {
        return Some("it is for other hardware".into());
    }
    let images: Vec<_> = release.images.iter().map(|i| (i.component.clone(), i.sha256)).collect();
    let present = Present {
        line: &release.identity.line,
        sequence: common.sequence,
        feature_level: release.identity.feature_level,
        security_level: release.identity.security_level,
        state: release.state(&common.product),
        manifests: &[base.manifest_digest()],
        images: &images,
    };
    if let Err(forbidden) = transition::check(next, target.common().sequence, Some(&present), jump) {
        return Some(format!("devices there refuse the release: [{}] {forbidden}", forbidden.rule().id()));
    }
    match census {
        Some((devices, least)) if devices.unwrap_or(0) < least => {
            Some(format!("{} devices, fewer than {least}", devices.unwrap_or(0)))
        }
        None if release.support.until.months() < now => {
            Some(format!("its support ended with {}", release.support.until))
        }
        _ => None,
    }
}

/// Whether the delta between two states is in the repository.
///
/// # Errors
///
/// The store cannot be read.
pub fn has_delta(transport: &mut dyn Transport, target_state: &Digest, base_state: &Digest) -> Result<bool> {
    Ok(exists(transport, &paths::delta(target_state, base_state))?.is_some())
}

/// Uploads the delta between two states. What is there already stays: a delta of the same two states is as good.
///
/// # Errors
///
/// The store cannot be written.
pub fn upload_delta(
    store: &mut dyn Store,
    target_state: &Digest,
    base_state: &Digest,
    delta: &Package,
) -> Result<Created> {
    let path = paths::delta(target_state, base_state);
    let content = Content::File(&delta.file, delta.object.package);
    store.create(&path, &content).map_err(|error| Error::Write { path, error })
}
