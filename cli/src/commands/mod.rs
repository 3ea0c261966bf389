//! One file for each command: its arguments, what it does, what it prints.

pub(crate) mod advisory;
pub(crate) mod apply;
pub(crate) mod audit;
pub(crate) mod build;
pub(crate) mod completions;
pub(crate) mod decide;
pub(crate) mod delta;
pub(crate) mod diff;
pub(crate) mod explain;
pub(crate) mod inspect;
pub(crate) mod key;
pub(crate) mod keyring;
pub(crate) mod man;
pub(crate) mod offline_signing;
pub(crate) mod patch;
pub(crate) mod records;
pub(crate) mod sign;
pub(crate) mod unpack;
pub(crate) mod verify;

use crate::hint;
use crate::inputs::without_rule;
use crate::out::{Failure, shown};

impl From<pkg_builder::Error> for Failure {
    fn from(error: pkg_builder::Error) -> Failure {
        let hint = hint::build(&error);
        let failure = match &error {
            pkg_builder::Error::Refused { refusal, .. } => Failure::refused(refusal.to_string()),
            pkg_builder::Error::Package { what, path, error: pkg_verify::Error::Refused(refusal) } => {
                Failure::refused(format!(
                    "[{}] {what} {}: {}",
                    refusal.rule.id(),
                    shown(path),
                    without_rule(refusal)
                ))
            }
            pkg_builder::Error::File { action, path, error } => return Failure::file(action, path, error),
            other => Failure::cannot(other.to_string()),
        };
        failure.maybe_hint(hint)
    }
}

impl From<pkg_install::Error> for Failure {
    fn from(error: pkg_install::Error) -> Failure {
        match &error {
            pkg_install::Error::Package(pkg_verify::Error::Refused(refusal)) => {
                Failure::refused(refusal.to_string()).hint(hint::refusal(refusal))
            }
            pkg_install::Error::Write { path, error } => Failure::file("write", path, error),
            pkg_install::Error::NoSuchImage { .. } => {
                Failure::cannot(error.to_string()).hint("give one of them: --image NAME=FILE")
            }
            pkg_install::Error::NotAFile { .. } => Failure::cannot(error.to_string())
                .hint("give the path of a regular file, or a path that does not exist yet"),
            // The user gave this path and may want to keep the file.
            pkg_install::Error::Stranger { found: "no journal", .. } => Failure::cannot(error.to_string())
                .hint("give --journal the path of a journal, or a path that does not exist yet"),
            pkg_install::Error::Twice { .. } => {
                Failure::cannot(error.to_string()).hint("give each component once, each with a path of its own")
            }
            pkg_install::Error::Stranger { .. } => {
                Failure::cannot(error.to_string()).hint("find out who created it, and remove it")
            }
            pkg_install::Error::Link { .. } => {
                Failure::cannot(error.to_string()).hint("give the path that it points to")
            }
            pkg_install::Error::Moved { .. } => Failure::cannot(error.to_string())
                .hint("find out which other process writes there, and run the command again"),
            pkg_install::Error::Busy { .. } => {
                Failure::cannot(error.to_string()).hint("wait until the other run has ended")
            }
            pkg_install::Error::Same { .. } => Failure::cannot(error.to_string())
                .hint("write to the inactive slot; a file can be replaced without --in-place"),
            pkg_install::Error::TooSmall { .. } => Failure::cannot(error.to_string())
                .hint("give a larger partition; nothing was written"),
            pkg_install::Error::ReadBack { .. } => Failure::cannot(error.to_string())
                .hint("run the command again; if the error stays, replace the storage"),
            pkg_install::Error::LyingJournal { .. } => Failure::cannot(error.to_string())
                .hint("run the same command again: it writes the whole image"),
            pkg_install::Error::NoImages { .. } => {
                Failure::cannot(error.to_string()).hint("pkg inspect shows its text")
            }
            pkg_install::Error::NeedsBase { component, .. } => Failure::cannot(error.to_string()).hint(format!(
                "give --base {component}=FILE with the file or partition that holds that image, or apply the full package"
            )),
            pkg_install::Error::ReadBase { path, error } => Failure::file("read the base", path, error),
            pkg_install::Error::ReadPatch { path, error } => Failure::file("read", path, error),
            _ => Failure::cannot(error.to_string()),
        }
    }
}
