//! Holds the library to every vector of `format-spec/delta-vectors/`, by the way of a patch: the
//! decoder, and the rules that its errors become.

use pkg_format::delivery::Chunk;
use pkg_format::patch::{Content, Patch};
use pkg_format::{Digest, Rule};
use pkg_install::{Error, InstallOptions, Patching, apply_patch};
use pkg_tests::delta_vectors::{self, DeltaVector};
use pkg_tests::tool;
use std::collections::BTreeMap;
use std::fs;

/// What the library makes of a vector.
fn found(vector: &DeltaVector) -> Result<Digest, Rule> {
    let digest = |bytes: &[u8]| Digest(pkg_sha256::digest(bytes));
    let stored = [(0, vector.preamble.clone())].into_iter().chain(vector.chunks.iter().cloned());
    let (mut chunks, mut behind) = (Vec::new(), Vec::new());
    for (image_bytes, bytes) in stored {
        chunks.push(Chunk { image_bytes, stored_bytes: bytes.len() as u64, sha256: digest(&bytes) });
        behind.extend(bytes);
    }
    let content = |size, sha256| Content { size, sha256 };
    let patch = Patch {
        old: content(vector.base.len() as u64, digest(&vector.base)),
        new: content(vector.image(), vector.expect.unwrap_or(Digest([0; 32]))),
        decode_memory: vector.memory,
        chunks,
    };
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("old"), &vector.base).unwrap();
    let bytes = [patch.to_bytes(), behind].concat();
    let files = Patching { old: &path("old"), patch: &path("patch"), new: &path("new") };
    match apply_patch(&files, &mut bytes.as_slice(), &InstallOptions::default()) {
        Ok(_) => Ok(digest(&fs::read(path("new")).unwrap())),
        Err(error) => {
            assert!(!path("new").exists(), "nothing is left behind");
            match error {
                Error::Package(pkg_verify::Error::Refused(refusal)) => Err(refusal.rule),
                other => panic!("{other}"),
            }
        }
    }
}

#[test]
fn the_library_agrees_with_every_vector() {
    for (name, vector) in delta_vectors::all() {
        assert_eq!(found(&vector), vector.expect, "{name}: {}", vector.description);
    }
}

/// Section 12 of DELTA.md shows the bytes of a vector.
#[test]
fn the_example_is_a_vector() {
    let text = fs::read_to_string(tool::workspace().join("format-spec/DELTA.md")).unwrap();
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let vector = &delta_vectors::all()["insertion"];
    for bytes in [&vector.preamble, &vector.chunks[0].1] {
        assert!(text.contains(&format!("\n```\n{}\n```\n", hex(bytes))), "{}", hex(bytes));
    }
    assert!(text.contains(&format!("The declared memory is {} bytes", vector.memory)), "{}", vector.memory);
}

#[test]
fn the_files_are_the_vectors() {
    let folder = tool::workspace().join("format-spec/delta-vectors");
    let files: BTreeMap<String, Vec<u8>> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap()))
        .filter(|(name, _)| name != "README.md")
        .collect();
    let again = "cargo run -p pkg-tests --bin vectors";
    assert!(files == delta_vectors::files(), "written again they are others: {again}");
}

#[test]
fn every_rule_of_deltas_has_a_vector() {
    let rules: Vec<Rule> = delta_vectors::all().values().filter_map(|v| v.expect.err()).collect();
    for rule in [Rule::Dlt2, Rule::Dlt3, Rule::Dlt4, Rule::Dlt5, Rule::Dlt6] {
        assert!(rules.contains(&rule), "{}", rule.id());
    }
}
