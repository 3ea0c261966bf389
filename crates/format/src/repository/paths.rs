//! Where each object of a repository is, below its base address (SPEC, appendix C).
//!
//! Only [`head`] changes; every other object is created once. Nothing in a path can leave the base: ids begin with a
//! letter or digit and have no slash, and digests are hex.

use super::{LogName, TreeHead};
use crate::Digest;
use alloc::{format, string::String};

fn log(of: &LogName) -> String {
    format!("products/{}/{}/{}", of.vendor, of.name, of.channel)
}

/// The newest head of a log: a container with `head.cbor` and `head.cose`.
pub fn head(of: &LogName) -> String {
    format!("{}/head", log(of))
}

/// The head of one version. Creating it is what publishes.
pub fn head_version(of: &LogName, version: u64) -> String {
    format!("{}/heads/{version}", log(of))
}

/// The page that completes the log to this size and root.
pub fn page(of: &LogName, log_after: &TreeHead) -> String {
    format!("{}/log/{}", log(of), log_after.root)
}

/// One keyring version: a container with `keyring.cbor` and `keyring.cose`.
pub fn keyring(version: u64) -> String {
    format!("keyrings/{version}")
}

/// A package, by the digest of the file.
pub fn package(digest: &Digest) -> String {
    format!("packages/{digest}")
}

/// The delta that leads from one state to another, if there is one.
pub fn delta(target_state: &Digest, base_state: &Digest) -> String {
    format!("deltas/{target_state}/{base_state}")
}
