//! The made-up device that packages are held against, and device states as TOML.
//!
//! The TOML is the part of the state file of `pkg --state` that verification needs.

use crate::fake::content;
use crate::fake::path::{digest, map, num, text};
use pkg_format::{Digest, Id, Tree};
use pkg_verify::{DeviceState, Installed};
use serde::Deserialize;

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

/// The base that a delta to the new image of a component starts from.
pub fn base(component: &str) -> Tree {
    let image = running(component);
    map([("sha256", digest(&image)), ("size", num(image.len() as u64)), ("version", text("1.4.2"))])
}

/// What runs: release 1.4.2 of line 1, sequence 4, feature level 3, security level 6.
pub fn installed() -> Installed {
    Installed {
        scope: id("product"),
        line: id("1"),
        sequence: 4,
        feature_level: 3,
        security_level: 6,
        manifest: Some(Digest::of(b"the manifest of release 1.4.2")),
        images: RUNNING.iter().map(|(c, _)| (id(c), Digest::of(&running(c)))).collect(),
    }
}

/// A device on which nothing was installed by `pkg` yet.
pub fn empty() -> DeviceState {
    DeviceState { vendor: id("acme"), name: id("cam"), hardware: vec![id("cam-x1")], installed: Vec::new() }
}

/// The device that runs [`installed`].
pub fn standard() -> DeviceState {
    DeviceState { installed: vec![installed()], ..empty() }
}

/// The state digest of [`installed`].
pub fn state() -> Digest {
    standard().state_digest(&installed())
}

/// [`state`] as a reference in a manifest.
pub fn state_ref() -> Tree {
    Tree::Bytes(state().0.to_vec())
}

/// A state file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StateFile {
    product: ProductTable,
    #[serde(default)]
    installed: Vec<InstalledTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProductTable {
    vendor: String,
    name: String,
    hardware: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct InstalledTable {
    scope: String,
    line: String,
    sequence: u64,
    feature_level: u64,
    security_level: u64,
    manifest: Option<String>,
    image: Vec<ImageTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ImageTable {
    component: String,
    sha256: String,
}

fn hex(text: &str) -> Digest {
    Digest::from_hex(text).expect("64 hex digits")
}

/// Reads a state file.
pub fn from_toml(file: &str) -> DeviceState {
    let file: StateFile = toml::from_str(file).expect("a state file");
    let installed = file.installed.into_iter().map(|i| Installed {
        scope: id(&i.scope),
        line: id(&i.line),
        sequence: i.sequence,
        feature_level: i.feature_level,
        security_level: i.security_level,
        manifest: i.manifest.as_deref().map(hex),
        images: i.image.iter().map(|image| (id(&image.component), hex(&image.sha256))).collect(),
    });
    DeviceState {
        vendor: id(&file.product.vendor),
        name: id(&file.product.name),
        hardware: file.product.hardware.iter().map(|h| id(h)).collect(),
        installed: installed.collect(),
    }
}

/// Writes a state file.
pub fn to_toml(device: &DeviceState) -> String {
    use std::fmt::Write;
    let hardware: Vec<_> = device.hardware.iter().map(|h| format!("{:?}", h.as_str())).collect();
    let mut out = format!(
        "[product]\nvendor = {:?}\nname = {:?}\nhardware = [{}]\n",
        device.vendor.as_str(),
        device.name.as_str(),
        hardware.join(", ")
    );
    for i in &device.installed {
        write!(
            out,
            "\n[[installed]]\nscope = {:?}\nline = {:?}\nsequence = {}\nfeature-level = {}\nsecurity-level = {}\n",
            i.scope.as_str(),
            i.line.as_str(),
            i.sequence,
            i.feature_level,
            i.security_level
        )
        .expect("memory");
        if let Some(manifest) = i.manifest {
            writeln!(out, "manifest = \"{manifest}\"").expect("memory");
        }
        for (component, sha256) in &i.images {
            write!(
                out,
                "\n[[installed.image]]\ncomponent = {:?}\nsha256 = \"{sha256}\"\n",
                component.as_str()
            )
            .expect("memory");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_file_reads_as_it_was_written() {
        let mut device = standard();
        device.installed.push(Installed { scope: id("modem"), manifest: None, ..installed() });
        assert_eq!(format!("{:?}", from_toml(&to_toml(&device))), format!("{device:?}"));
        assert_eq!(format!("{:?}", from_toml(&to_toml(&empty()))), format!("{:?}", empty()));
    }
}
