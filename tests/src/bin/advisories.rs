//! Writes the CSAF documents of hard manifests into a folder: `cargo run -p pkg-tests --bin advisories
//! DIR`. `tests/csaf/run` gives them to the BSI's validator.

use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    let Some(folder) = std::env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("advisories: give a folder");
        return ExitCode::FAILURE;
    };
    for case in pkg_tests::advisories::cases() {
        let document = case.csaf();
        if let Err(e) = std::fs::write(folder.join(&document.file_name), document.text) {
            eprintln!("advisories: {}: {e}", folder.display());
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
