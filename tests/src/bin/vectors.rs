//! Writes `format-spec/vectors/`: `cargo run -p pkg-tests --bin vectors`.
//!
//! Files that no vector writes any more are removed, all but the README.

use pkg_tests::{tool, vectors};
use std::fs;

fn main() -> std::io::Result<()> {
    let folder = tool::workspace().join("format-spec/vectors");
    fs::create_dir_all(&folder)?;
    let files = vectors::files();
    for entry in fs::read_dir(&folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name != "README.md" && !files.contains_key(&name) {
            fs::remove_file(entry.path())?;
        }
    }
    for (name, bytes) in &files {
        fs::write(folder.join(name), bytes)?;
    }
    Ok(())
}
