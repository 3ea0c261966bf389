//! Input files other than packages, such as keyrings. State files are read in [`crate::state`].

use crate::hint;
use crate::options::{ExampleArgs, KeyringArgs};
use crate::out::{Failure, Outcome, shown, warning};
use pkg_format::Refusal;
use pkg_format::lang::Lang;
use pkg_verify::Keyring;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Signatures and state files are small; a larger file is something else.
const LIMIT: u64 = 4 << 20;

/// Reads a small file.
pub(crate) fn small_file(path: &Path) -> Outcome<Vec<u8>> {
    pkg_files::read_small(path, LIMIT).map_err(|e| match e.kind() {
        ErrorKind::InvalidData => {
            Failure::cannot(format!("{} is larger than {} MiB", shown(path), LIMIT >> 20))
                .hint("check that this is the right file")
        }
        _ => Failure::file("read", path, &e),
    })
}

/// Reads a text that a person wrote; messages call it `what`. Editors on other systems put a byte order mark before it, and
/// end lines with CR LF; neither is part of it.
pub(crate) fn text_file(path: &Path, what: &str) -> Outcome<String> {
    let text = String::from_utf8(small_file(path)?).map_err(|_| {
        Failure::cannot(format!("{} is not UTF-8 text", shown(path))).hint(format!("give {what}"))
    })?;
    Ok(text.trim_start_matches('\u{feff}').replace("\r\n", "\n"))
}

/// The longest document that is read: a document made from a manifest of 1 MiB is shorter.
const DOCUMENT: u64 = 64 << 20;

/// Reads a document that was published earlier.
pub(crate) fn document(path: &Path) -> Outcome<String> {
    let failed =
        |e: std::io::Error| Failure::file("read", path, &e).hint("give the document as it was published");
    let bytes = pkg_files::read_small(path, DOCUMENT).map_err(failed)?;
    String::from_utf8(bytes).map_err(|_| {
        Failure::cannot(format!("{} is not UTF-8 text", shown(path)))
            .hint("give the document as it was published")
    })
}

/// The bytes of a keyring file, which grows with every version that it keeps.
pub(crate) fn keyring_file(path: &Path) -> Outcome<Vec<u8>> {
    pkg_builder::keyring::read_file(path).map_err(|e| Failure::file("read", path, &e))
}

/// Opens a keyring that the user gives and thereby trusts.
pub(crate) fn keyring(args: &KeyringArgs) -> Outcome<Keyring> {
    keyring_at(&args.keyring, args.example)
}

/// Like [`keyring`], at a path.
pub(crate) fn keyring_at(path: &Path, example: ExampleArgs) -> Outcome<Keyring> {
    let file = keyring_file(path)?;
    let keyring = Keyring::open(&file, example.allowed()).map_err(|e| match e {
        pkg_verify::Error::Refused(refusal) if file.starts_with(b"-----BEGIN ") => {
            let id = refusal.rule.id();
            Failure::refused(format!("[{id}] {} is the file of a key, not a keyring", shown(path)))
                .hint("pkg keyring new makes a keyring of public keys")
        }
        pkg_verify::Error::Refused(refusal) => Failure::rule(&format!("keyring {}", shown(path)), &refusal),
        other => Failure::cannot(other.to_string()),
    })?;
    if keyring.has_example_keys() {
        warning(&format!("keyring {} trusts EXAMPLE keys: anybody can sign with them", shown(path)));
    }
    Ok(keyring)
}

/// No package is in these folders.
pub(crate) fn no_package(folders: &[PathBuf]) -> Failure {
    let failure = Failure::cannot("there is no package in these folders");
    match folders.iter().find(|folder| folder.join("products").is_dir()) {
        Some(repository) => {
            let path = crate::out::shown(repository);
            failure.hint(format!("{path} is a repository: pkg repository check {path} reads all of it"))
        }
        None => failure.hint("give the folders that hold the released .pkg files"),
    }
}

/// The language that `--lang` names.
pub(crate) fn lang(text: Option<&str>) -> Outcome<Option<Lang>> {
    let lang = text.map(Lang::new).transpose();
    lang.map_err(|e| Failure::cannot(format!("--lang: {}", e.why)).hint("write --lang de or --lang pt-BR"))
}

impl Failure {
    /// A refusal of `what`, with the hint of its rule.
    pub(crate) fn rule(what: &str, refusal: &Refusal) -> Self {
        Failure::refused(format!("[{}] {what}: {}", refusal.rule.id(), without_rule(refusal)))
            .hint(hint::refusal(refusal))
    }
}

/// The text of a refusal without its rule id, for messages that already show it.
pub(crate) fn without_rule(refusal: &Refusal) -> String {
    match refusal.at.is_empty() {
        true => refusal.why.clone(),
        false => format!("{}: {}", refusal.at, refusal.why),
    }
}
