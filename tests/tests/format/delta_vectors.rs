//! Holds the library to every vector of `format-spec/delta-vectors/`, by the way of a patch: the
//! decoder, and the rules that its errors become.

use pkg_format::Rule;
use pkg_tests::delta_vectors::{self, DeltaVector};
use pkg_tests::tool;
use std::collections::BTreeMap;
use std::fs;

#[test]
fn the_library_agrees_with_every_vector() {
    for (name, vector) in delta_vectors::all() {
        assert_eq!(vector.rebuilt(), vector.expect, "{name}: {}", vector.description);
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
fn a_file_reads_back() {
    for (name, vector) in delta_vectors::all() {
        let text = vector.to_text(name);
        let (read, again) = DeltaVector::read(&text);
        assert_eq!((read.as_str(), again.to_text(name)), (name, text));
    }
}

#[test]
fn every_rule_of_deltas_has_a_vector() {
    let rules: Vec<Rule> = delta_vectors::all().values().filter_map(|v| v.expect.err()).collect();
    for rule in [Rule::Dlt2, Rule::Dlt3, Rule::Dlt4, Rule::Dlt5, Rule::Dlt6] {
        assert!(rules.contains(&rule), "{}", rule.id());
    }
}
