//! The terms on which a package is judged, as `cases.mjs` writes them: `key=value`, spaces between.

use alloc::vec::Vec;
use pkg_verify::format::keyring::LineHead;
use pkg_verify::format::{Digest, Id};
use pkg_decide::{DeviceState, Installed, Scope};
use pkg_verify::{Policy, Testing};

/// The policy and, where fit is judged, the device.
#[derive(Default)]
pub struct Terms {
    /// Bounds that the device sets.
    pub policy: Policy,
    /// What it is and what runs on it.
    pub device: Option<DeviceState>,
}

impl Terms {
    /// Reads terms; `None` if any of them is not understood.
    pub fn read(text: &str) -> Option<Terms> {
        let mut terms = Terms::default();
        for term in text.split_ascii_whitespace() {
            let (key, value) = term.split_once('=')?;
            terms.set(key, value)?;
        }
        Some(terms)
    }

    fn set(&mut self, key: &str, value: &str) -> Option<()> {
        match key {
            "decode-memory" => self.policy.decode_memory = value.parse().ok()?,
            "jump" => self.policy.jump = value.parse().ok()?,
            "testing" if value == "refuse" => self.policy.testing = Testing::Refuse,
            "device" => self.device = Some(device(value)?),
            "scope" => self.device.as_mut()?.scopes.push(scope(value)?),
            "installed" => self.scope()?.installed = Some(installed(value)?),
            "manifest" => self.last()?.manifest = Some(Digest::from_hex(value)?),
            "image" => {
                let (component, sha256) = value.split_once(',')?;
                self.last()?.images.push((id(component)?, Digest::from_hex(sha256)?));
            }
            "head" => {
                let head = head(value)?;
                self.last()?.disowned.get_or_insert_default().push(head);
            }
            _ => return None,
        }
        Some(())
    }

    /// The scope that was named last.
    fn scope(&mut self) -> Option<&mut Scope> {
        self.device.as_mut()?.scopes.last_mut()
    }

    /// What runs there.
    fn last(&mut self) -> Option<&mut Installed> {
        self.scope()?.installed.as_mut()
    }
}

/// Vendor, name, hardware ids.
fn device(text: &str) -> Option<DeviceState> {
    let mut ids = text.split(',').map(id);
    let (vendor, name) = (ids.next()??, ids.next()??);
    Some(DeviceState { vendor, name, hardware: ids.collect::<Option<_>>()?, scopes: Vec::new() })
}

/// A scope that is still empty: its name and its components.
fn scope(text: &str) -> Option<Scope> {
    let mut ids = text.split(',').map(id);
    let name = ids.next()??;
    Some(Scope::empty(name, ids.collect::<Option<_>>()?))
}

/// What runs in a scope, without its images.
fn installed(text: &str) -> Option<Installed> {
    let LineHead { line, sequence, feature_level, security_level } = head(text)?;
    let (manifest, images, signed, disowned) = (None, Vec::new(), None, None);
    Some(Installed { line, sequence, feature_level, security_level, manifest, images, signed, disowned })
}

/// Line, sequence, feature level, security level.
fn head(text: &str) -> Option<LineHead> {
    let parts: Vec<_> = text.split(',').collect();
    let [line, sequence, feature, security] = parts.as_slice() else { return None };
    Some(LineHead {
        line: id(line)?,
        sequence: sequence.parse().ok()?,
        feature_level: feature.parse().ok()?,
        security_level: security.parse().ok()?,
    })
}

fn id(text: &str) -> Option<Id> {
    Id::new(text).ok()
}
