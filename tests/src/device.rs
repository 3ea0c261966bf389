//! The made-up device that packages are held against, and device states as TOML.
//!
//! The TOML is the part of the state file of `pkg --state` that verification needs.

use crate::content::content;
use pkg_decide::state_file::State;
use pkg_decide::{DeviceState, Installed, Scope};
use pkg_format::{Digest, Id, Tree};

/// The images that run: component, version, size.
const RUNNING: [(&str, usize); 2] = [("boot", 140), ("rootfs", 480)];

/// The image of a component that runs.
pub fn running(component: &str) -> Vec<u8> {
    let (_, size) = RUNNING.iter().find(|(c, _)| *c == component).expect("a known component");
    content(&format!("{component} 1.4.2"), *size)
}

/// An id that is known to be one.
pub fn id(text: &str) -> Id {
    Id::new(text).expect("an id")
}

/// What runs: release 1.4.2 of line 1, sequence 4, feature level 3, security level 6.
pub fn installed() -> Installed {
    Installed {
        line: id("1"),
        sequence: 4,
        feature_level: 3,
        security_level: 6,
        manifest: Some(Digest::of(b"the manifest of release 1.4.2")),
        images: RUNNING.iter().map(|(c, _)| (id(c), Digest::of(&running(c)))).collect(),
        signed: None,
        disowned: None,
    }
}

/// The scope in which [`installed`] runs.
pub fn product() -> Scope {
    Scope::running(id("product"), installed())
}

/// A device whose scopes all left the factory empty.
pub fn empty() -> DeviceState {
    DeviceState {
        vendor: id("acme"),
        name: id("cam"),
        hardware: vec![id("cam-x1")],
        scopes: vec![Scope::empty(id("product"), RUNNING.iter().map(|(c, _)| id(c)).collect())],
    }
}

/// The device that runs [`installed`].
pub fn standard() -> DeviceState {
    DeviceState { scopes: vec![product()], ..empty() }
}

/// The state digest of [`installed`].
pub fn state() -> Digest {
    standard().state_digest(&product()).expect("it runs")
}

/// [`state`] as a reference in a manifest.
pub fn state_ref() -> Tree {
    Tree::Bytes(state().0.to_vec())
}

/// Reads the part of a state file that verification needs.
pub fn from_toml(file: &str) -> DeviceState {
    State::from_text(file).expect("a state file").device.state
}

/// Writes the part of a state file that verification needs.
pub fn to_toml(device: &DeviceState) -> String {
    let product = "[product]\nvendor = \"a\"\nname = \"a\"\nhardware = []\n";
    let mut state = State::from_text(product).expect("a state file");
    state.device.state = device.clone();
    let text = state.to_text();
    let end = text.find("\n[user]").expect("what the user chose comes behind it");
    text[..end].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_file_reads_as_it_was_written() {
        let mut device = standard();
        let modem =
            Installed { images: vec![(id("modem"), Digest::of(b"modem"))], manifest: None, ..installed() };
        device.scopes.push(Scope::running(id("modem"), modem));
        assert_eq!(format!("{:?}", from_toml(&to_toml(&device))), format!("{device:?}"));
        assert_eq!(format!("{:?}", from_toml(&to_toml(&empty()))), format!("{:?}", empty()));
    }
}
