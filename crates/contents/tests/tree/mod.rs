//! The images of `tests/images`, and the tree that is in them.
#![allow(dead_code, reason = "each test uses its part")]

use sha2::{Digest, Sha256};
use std::path::Path;

pub(crate) const LONG: &str = "usr/lib/deep/er/a long name that no old format could take äöü.txt";

/// Longer than the field of a tar header.
pub(crate) fn longer() -> String {
    format!("usr/lib/deep/er/{}.txt", "n".repeat(120))
}

/// Bytes that do not compress.
pub(crate) fn noise(seed: &str, length: usize) -> Vec<u8> {
    let blocks = (0..).flat_map(|i| Sha256::digest(format!("{seed}{i}")).to_vec());
    blocks.take(length).collect()
}

/// The content of `usr/bin/tool`: with a hole of two blocks.
pub(crate) fn tool() -> Vec<u8> {
    [noise("tool", 300), vec![0; 9000], noise("t2", 700)].concat()
}

/// Every image, by its name.
pub(crate) fn images() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/images");
    let mut images = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder of images") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().and_then(|n| n.to_str()).expect("a name").to_owned();
        if !name.ends_with(".md") {
            images.push((name, std::fs::read(&path).expect("an image")));
        }
    }
    images.sort();
    assert!(images.len() >= 12, "{images:?}");
    images
}
