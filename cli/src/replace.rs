//! Whether a result may replace an existing file.

use crate::out::{Failure, Outcome, shown};
use std::path::Path;

/// Refuses to replace what is at `to`, unless that was asked for or it is one of the files that the result is made
/// from. A path that does not exist yet is always allowed.
pub(crate) fn allowed(to: &Path, asked: bool, from: &[&Path]) -> Outcome<()> {
    let Ok(there) = to.canonicalize() else { return Ok(()) };
    let is_input = from.iter().filter_map(|path| path.canonicalize().ok()).any(|path| path == there);
    match asked || is_input {
        true => Ok(()),
        false => Err(Failure::cannot(format!("{} already exists", shown(to)))
            .hint("give another name with -o, or give --replace")),
    }
}
