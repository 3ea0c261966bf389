//! Holding a package against a device: product, rollback, applicability (SPEC 9.2).

use crate::device::DeviceState;
use crate::disowned;
use alloc::{format, vec::Vec};
use pkg_format::delivery::Delivery;
use pkg_format::manifest::{Kind, Manifest, Need, Release};
use pkg_format::{Id, Refusal, Rule, transition};
use pkg_verify::{Policy, Statements};

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
    if manifest.kind() == Kind::Acknowledgement {
        return Err(Refusal::new(Rule::App7, "an acknowledgement is for those who audit"));
    }
    let Some(release) = manifest.release() else { return Ok(Fit::Informational) };
    let scope = device.declared(release)?;
    let sequence = manifest.common().sequence;
    match scope.installed.as_ref().zip(device.state_digest(scope)) {
        None => transition::check(release, sequence, None, policy.jump)?,
        Some((installed, from)) => {
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
            match &need.need {
                Need::State(state) => {
                    device.state_digest(scope) == Some(*state) || there.manifest == Some(*state)
                }
                Need::Line { line, from } => there.line == *line && there.sequence >= *from,
            }
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
