//! Holds the library to the deltas in a folder, which the second verifier drew and judged.
//!
//! ```text
//! python3 tests/second-verifier/layouts.py FOLDER COUNT SEED
//! cargo run -p pkg-tests --example layouts -- FOLDER
//! ```

use pkg_format::{Digest, Rule};
use pkg_tests::delta_vectors::DeltaVector;
use std::error::Error;
use std::fs;
use std::process::ExitCode;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("layouts FOLDER")?;
    let mut paths: Vec<_> =
        fs::read_dir(folder)?.map(|entry| entry.map(|e| e.path())).collect::<Result<_, _>>()?;
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "delta"));
    paths.sort();
    let mut wrong = 0usize;
    for path in &paths {
        let (name, vector) = DeltaVector::read(&fs::read_to_string(path)?);
        let found = vector.rebuilt();
        if found != vector.expect {
            wrong += 1;
            println!("{name}: expected {}, found {}", told(vector.expect), told(found));
        }
    }
    println!("{} deltas, {wrong} disagree", paths.len());
    Ok(ExitCode::from(u8::from(wrong > 0 || paths.is_empty())))
}

fn told(verdict: Result<Digest, Rule>) -> String {
    verdict.map_or_else(|rule| rule.id().into(), |sha256| sha256.to_string())
}
