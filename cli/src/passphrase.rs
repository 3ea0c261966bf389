//! Where passphrases come from: a file, a descriptor or the terminal; never an argument or the
//! environment.

use crate::out::{Failure, Outcome, shown};
use pkg_build::keys::{FileSigner, PrivateKey};
use pkg_build::{Error, KeyError};
use std::io::{BufRead, BufReader, IsTerminal};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use zeroize::Zeroizing;

/// The longest passphrase file that is read.
const LIMIT: u64 = 4 << 10;

/// What was read already: a pipe gives its line only once, and several keys may want it.
static READ: Mutex<Option<(String, Zeroizing<String>)>> = Mutex::new(None);

/// The first line of FILE, or of descriptor N of `fd:N`.
fn from_file(source: &str) -> std::io::Result<Zeroizing<String>> {
    let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    match &*read {
        Some((from, line)) if from == source => Ok(line.clone()),
        _ => {
            let line = first_line(source)?;
            *read = Some((source.to_owned(), line.clone()));
            Ok(line)
        }
    }
}

fn first_line(source: &str) -> std::io::Result<Zeroizing<String>> {
    let path =
        source.strip_prefix("fd:").map_or_else(|| PathBuf::from(source), |n| Path::new("/dev/fd").join(n));
    let mut line = Zeroizing::new(String::new());
    std::io::Read::take(BufReader::new(std::fs::File::open(path)?), LIMIT).read_line(&mut line)?;
    if u64::try_from(line.len()).is_ok_and(|n| n >= LIMIT) {
        return Err(std::io::Error::other("its first line is longer than a passphrase"));
    }
    let length = line.trim_end_matches(['\n', '\r']).len();
    line.truncate(length);
    Ok(line)
}

/// The passphrase that opens `what`.
fn existing(source: Option<&str>, what: &str) -> pkg_build::Result<Zeroizing<String>> {
    match source {
        Some(source) => {
            from_file(source).map_err(|error| Error::File { action: "read", path: source.into(), error })
        }
        None if std::io::stdin().is_terminal() => {
            rpassword::prompt_password(format!("Passphrase of {what}: "))
                .map(Zeroizing::new)
                .map_err(|error| Error::File { action: "read", path: "the terminal".into(), error })
        }
        None => Err(Error::Key { name: what.into(), reason: KeyError::NeedsPassphrase }),
    }
}

/// A passphrase for a new key: asked for twice on a terminal.
pub(crate) fn new(source: Option<&str>) -> Outcome<Zeroizing<String>> {
    let passphrase = match source {
        Some(source) => from_file(source).map_err(|e| Failure::file("read", Path::new(source), &e))?,
        None if std::io::stdin().is_terminal() => {
            let ask = |prompt| rpassword::prompt_password(prompt).map(Zeroizing::new);
            let asked =
                ask("Passphrase for the new key: ").and_then(|first| Ok((first, ask("The same again: ")?)));
            let (first, second) = asked.map_err(|e| Failure::file("read", Path::new("the terminal"), &e))?;
            if *first != *second {
                return Err(Failure::cannot("the two passphrases differ").hint("run the command again"));
            }
            first
        }
        None => {
            return Err(Failure::cannot("no terminal to ask for a passphrase on")
                .hint("give --passphrase-file FILE or fd:N, or --no-passphrase"));
        }
    };
    if passphrase.is_empty() {
        return Err(
            Failure::cannot("the passphrase is empty").hint("for a key without one, say --no-passphrase")
        );
    }
    Ok(passphrase)
}

/// A signer for the key that a URI or path names.
pub(crate) fn signer(uri: &str, source: Option<&str>) -> Outcome<FileSigner> {
    let open = || {
        if uri.starts_with("pkcs11:") || uri.starts_with("exec:") {
            return Err(Error::Key { name: uri.into(), reason: KeyError::Uri });
        }
        let key = PrivateKey::read(Path::new(uri), &mut || existing(source, uri))?;
        FileSigner::new(uri, key)
    };
    let signer = open().map_err(Failure::from)?;
    let public = pkg_build::keys::Signer::public_key(&signer);
    if pkg_verify::is_example_key(&public.id()) {
        crate::out::warning(&format!(
            "{} is an EXAMPLE key: anybody can sign with it; never ship what it signed",
            shown(Path::new(uri))
        ));
    }
    Ok(signer)
}
