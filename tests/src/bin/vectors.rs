//! Writes `format-spec/vectors/`, and `delta-vectors/`, `keyring-vectors/` and `repository-vectors/` beside it:
//! `cargo run -p pkg-tests --bin vectors`.
//!
//! Files that no vector writes any more are removed, all but the README.

use pkg_tests::{delta_vectors, repository_vectors, rotations, tool, vectors};
use std::collections::BTreeMap;
use std::fs;

fn main() -> std::io::Result<()> {
    write("format-spec/vectors", &vectors::files())?;
    write("format-spec/delta-vectors", &delta_vectors::files())?;
    write("format-spec/keyring-vectors", &rotations::files())?;
    write("format-spec/repository-vectors", &repository_vectors::files())
}

fn write(folder: &str, files: &BTreeMap<String, Vec<u8>>) -> std::io::Result<()> {
    let folder = tool::workspace().join(folder);
    fs::create_dir_all(&folder)?;
    for entry in fs::read_dir(&folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name != "README.md" && !files.contains_key(&name) {
            fs::remove_file(entry.path())?;
        }
    }
    for (name, bytes) in files {
        fs::write(folder.join(name), bytes)?;
    }
    Ok(())
}
