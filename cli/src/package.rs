//! A package that a command reads: how it is opened, and how a failure with it is reported.

use crate::interrupt::Interruptible;
use crate::out::{Failure, Outcome, shown};
use crate::{hint, inputs};
use pkg_verify::{Error, Unverified};
use std::fs::File;
use std::path::Path;

/// Opens a package; what it holds is read while it is verified.
pub(crate) fn open(path: &Path) -> Outcome<Unverified<Interruptible<File>>> {
    let file = File::open(path).map_err(|e| Failure::file("read", path, &e))?;
    pkg_verify::open(Interruptible(file)).map_err(|e| failure(e, path))
}

/// Why a package was refused or could not be read, with a hint.
pub(crate) fn failure(error: Error, path: &Path) -> Failure {
    match error {
        Error::Refused(refusal) => {
            let message =
                format!("[{}] {}: {}", refusal.rule.id(), shown(path), inputs::without_rule(&refusal));
            Failure::refused(message).hint(hint::refusal(&refusal))
        }
        Error::Io(error) => Failure::file("read", path, &error),
        other => Failure::cannot(other.to_string()),
    }
}
