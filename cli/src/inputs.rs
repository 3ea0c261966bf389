//! Files that commands take beside packages: keyrings. The state of a device is read in [`crate::state`].

use crate::hint;
use crate::options::{ExampleArgs, KeyringArgs};
use crate::out::{Failure, Outcome, shown, warning};
use pkg_format::Refusal;
use pkg_verify::Keyring;
use std::io::Read;
use std::path::Path;

/// Signatures and state files are small; what is larger is something else.
const LIMIT: u64 = 4 << 20;

/// Reads a small file.
pub(crate) fn small_file(path: &Path) -> Outcome<Vec<u8>> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .and_then(|f| f.take(LIMIT.saturating_add(1)).read_to_end(&mut bytes))
        .map_err(|e| Failure::file("read", path, &e))?;
    // A part of a file could say something else than the whole.
    match u64::try_from(bytes.len()) {
        Ok(length) if length <= LIMIT => Ok(bytes),
        _ => Err(Failure::cannot(format!("{} is larger than {} MiB", shown(path), LIMIT >> 20))
            .hint("check that this is the right file")),
    }
}

/// The longest document that is read: what is made of a manifest of 1 MiB stays below it.
const DOCUMENT: u64 = 64 << 20;

/// A document in text that was published before.
pub(crate) fn document(path: &Path) -> Outcome<String> {
    let failed = |e: std::io::Error| Failure::file("read", path, &e);
    // A pipe or a device would have no end, or wait for one.
    if !std::fs::metadata(path).map_err(failed)?.is_file() {
        return Err(Failure::cannot(format!("{} is not a file", shown(path)))
            .hint("give the document as it was published"));
    }
    let mut text = String::new();
    let read = std::fs::File::open(path)
        .and_then(|f| f.take(DOCUMENT.saturating_add(1)).read_to_string(&mut text))
        .map_err(|e| failed(e).hint("give the document as it was published"))?;
    match u64::try_from(read) {
        Ok(length) if length <= DOCUMENT => Ok(text),
        _ => Err(Failure::cannot(format!("{} is larger than {} MiB", shown(path), DOCUMENT >> 20))
            .hint("check that this is the right file")),
    }
}

/// The bytes of a keyring, which its predecessors make larger from year to year.
pub(crate) fn keyring_file(path: &Path) -> Outcome<Vec<u8>> {
    pkg_build::keyring::read_file(path).map_err(|e| Failure::file("read", path, &e))
}

/// Opens a keyring that the user names, and so pins.
pub(crate) fn keyring(args: &KeyringArgs) -> Outcome<Keyring> {
    keyring_at(&args.keyring, args.example)
}

/// The same of a keyring that may be absent.
pub(crate) fn keyring_at(path: &Path, example: ExampleArgs) -> Outcome<Keyring> {
    let keyring = Keyring::open(&keyring_file(path)?, example.allowed()).map_err(|e| match e {
        pkg_verify::Error::Refused(refusal) => {
            let message =
                format!("[{}] keyring {}: {}", refusal.rule.id(), shown(path), without_rule(&refusal));
            Failure::refused(message).hint(hint::refusal(&refusal))
        }
        other => Failure::cannot(other.to_string()),
    })?;
    if keyring.has_example_keys() {
        warning(&format!("keyring {} trusts EXAMPLE keys: anybody can sign with them", shown(path)));
    }
    Ok(keyring)
}

/// A refusal without its id, where that stands before.
pub(crate) fn without_rule(refusal: &Refusal) -> String {
    match refusal.at.is_empty() {
        true => refusal.why.clone(),
        false => format!("{}: {}", refusal.at, refusal.why),
    }
}
