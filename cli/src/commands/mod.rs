//! One file for each command: its arguments, what it does, what it prints.

pub(crate) mod advisory;
pub(crate) mod apply;
pub(crate) mod audit;
pub(crate) mod build;
pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod decide;
pub(crate) mod delta;
pub(crate) mod diff;
pub(crate) mod explain;
pub(crate) mod farm;
pub(crate) mod fetch;
pub(crate) mod help;
pub(crate) mod init;
pub(crate) mod inspect;
mod judge;
pub(crate) mod key;
pub(crate) mod keyring;
pub(crate) mod man;
pub(crate) mod new;
pub(crate) mod offline_signing;
pub(crate) mod patch;
pub(crate) mod plan;
pub(crate) mod publish;
pub(crate) mod records;
pub(crate) mod repository;
pub(crate) mod schema;
pub(crate) mod sign;
pub(crate) mod site;
pub(crate) mod unpack;
pub(crate) mod verify;

use crate::hint;
use crate::out::{Failure, shown};
use std::path::{Component, Path, PathBuf};

/// The path of something that exists, as a description in the folder `from` names it.
fn described(from: &Path, to: &Path) -> Option<String> {
    relative(&from.canonicalize().ok()?, &to.canonicalize().ok()?)
}

/// The way from one absolute path to another.
fn relative(from: &Path, to: &Path) -> Option<String> {
    let common = from.components().zip(to.components()).take_while(|(a, b)| a == b).count();
    let up = from.components().skip(common).map(|_| Component::ParentDir);
    let path: PathBuf = up.chain(to.components().skip(common)).collect();
    match path.as_os_str().is_empty() {
        true => Some(".".into()),
        false => path.to_str().map(str::to_owned),
    }
}

impl From<pkg_builder::Error> for Failure {
    fn from(error: pkg_builder::Error) -> Failure {
        let hint = hint::build(&error);
        let error = match error {
            pkg_builder::Error::Named { error, .. } => *error,
            other => other,
        };
        let failure = match &error {
            pkg_builder::Error::Refused { refusal, .. } => Failure::refused(refusal.to_string()),
            pkg_builder::Error::Package { what, path, error: pkg_verify::Error::Refused(refusal) } => {
                Failure::rule(&format!("{what} {}", shown(path)), refusal)
            }
            pkg_builder::Error::File { action, path, error } => return Failure::file(action, path, error),
            other => Failure::cannot(other.to_string()),
        };
        failure.maybe_hint(hint)
    }
}

impl From<pkg_install::Error> for Failure {
    fn from(error: pkg_install::Error) -> Failure {
        use pkg_install::Error as E;
        let hint = match &error {
            E::Package(pkg_verify::Error::Refused(refusal)) => {
                return Failure::refused(refusal.to_string()).hint(hint::refusal(refusal));
            }
            E::Write { path, error } => return Failure::file("write", path, error),
            E::ReadBase { path, error } => return Failure::file("read the base", path, error),
            E::ReadPatch { path, error } => return Failure::file("read", path, error),
            E::NeedsBase { component, .. } => {
                return Failure::cannot(error.to_string()).hint(format!(
                    "give --base {component}=FILE with the file or partition that holds that image, or apply the full package"
                ));
            }
            E::NoSuchImage { .. } => "give one of them: --image NAME=FILE",
            E::NotAFile { .. } => "give the path of a regular file, or a path that does not exist yet",
            // The user gave this path and may want to keep the file.
            E::Stranger { found: "no journal", .. } => {
                "give --journal the path of a journal, or a path that does not exist yet"
            }
            E::Twice { .. } => "give each component once, each with a path of its own",
            E::Stranger { .. } => "find out who created it, and remove it",
            E::Link { .. } => "give the path that it points to",
            E::Moved { .. } => "find out which other process writes there, and run the command again",
            E::Busy { .. } => "wait until the other run has ended",
            E::Same { .. } => "write to the inactive slot; a file can be replaced without --in-place",
            E::TooSmall { .. } => "give a larger partition; nothing was written",
            E::ReadBack { .. } => "run the command again; if the error stays, replace the storage",
            E::LyingJournal { .. } => "run the same command again: it writes the whole image",
            E::NoImages { .. } => "pkg inspect shows its text",
            _ => return Failure::cannot(error.to_string()),
        };
        Failure::cannot(error.to_string()).hint(hint)
    }
}
