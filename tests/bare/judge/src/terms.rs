//! The terms on which a package is judged, as `cases.mjs` writes them: `key=value`, spaces between.

use alloc::vec::Vec;
use pkg_verify::format::{Digest, Id};
use pkg_verify::{DeviceState, Installed, Policy, Testing};

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
            "installed" => self.device.as_mut()?.installed.push(installed(value)?),
            "manifest" => self.last()?.manifest = Some(Digest::from_hex(value)?),
            "image" => {
                let (component, sha256) = value.split_once(',')?;
                self.last()?.images.push((id(component)?, Digest::from_hex(sha256)?));
            }
            _ => return None,
        }
        Some(())
    }

    /// What was said to be installed last.
    fn last(&mut self) -> Option<&mut Installed> {
        self.device.as_mut()?.installed.last_mut()
    }
}

/// Vendor, name, hardware ids.
fn device(text: &str) -> Option<DeviceState> {
    let mut ids = text.split(',').map(id);
    let (vendor, name) = (ids.next()??, ids.next()??);
    Some(DeviceState { vendor, name, hardware: ids.collect::<Option<_>>()?, installed: Vec::new() })
}

/// Scope, line, sequence, feature level, security level.
fn installed(text: &str) -> Option<Installed> {
    let parts: Vec<_> = text.split(',').collect();
    let [scope, line, sequence, feature, security] = parts.as_slice() else { return None };
    Some(Installed {
        scope: id(scope)?,
        line: id(line)?,
        sequence: sequence.parse().ok()?,
        feature_level: feature.parse().ok()?,
        security_level: security.parse().ok()?,
        manifest: None,
        images: Vec::new(),
    })
}

fn id(text: &str) -> Option<Id> {
    Id::new(text).ok()
}
