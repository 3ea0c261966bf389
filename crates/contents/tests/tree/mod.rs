//! The images of `tests/images`, and the tree that is in them.
#![allow(dead_code, reason = "each test uses its part")]

use pkg_contents::{Image, Limits, ListOptions, Listing, list};
use sha2::{Digest, Sha256};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::AtomicBool;

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

/// Every image of the tree, by its name.
pub(crate) fn images() -> Vec<(String, Vec<u8>)> {
    let images = folder("images");
    assert!(images.len() >= 12, "{images:?}");
    images
}

/// The files of a folder beside this one, by their names.
pub(crate) fn folder(name: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name);
    let mut images = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder of images") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().and_then(|n| n.to_str()).expect("a name").to_owned();
        if !name.ends_with(".md") {
            images.push((name, std::fs::read(&path).expect("an image")));
        }
    }
    images.sort();
    images
}

pub(crate) fn listing(image: &Image, limits: Limits) -> Listing {
    let interrupted = AtomicBool::new(false);
    let options = ListOptions { limits, scratch: &std::env::temp_dir(), interrupted: &interrupted };
    list(image, &options).expect("the image can be read")
}

/// Runs a shell command; `false` where its tool is not there.
pub(crate) fn ran(command: &str, prepare: impl FnOnce(&mut Command)) -> bool {
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("set -e; {command}")]);
    shell.env("PATH", format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap_or_default()));
    prepare(&mut shell);
    let run = shell.output().expect("sh runs");
    match run.status.code() {
        Some(0) => true,
        Some(127) => {
            println!("left out, its tool is not there: {command}");
            false
        }
        _ => panic!("{command}: {}", String::from_utf8_lossy(&run.stderr)),
    }
}
