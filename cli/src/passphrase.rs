//! Reads passphrases and PINs from a file, a descriptor or the terminal, never from an argument or the
//! environment, and opens keys with them.

use crate::options::UnlockArgs;
use crate::out::{Failure, Outcome, shown, warning};
use crate::{hint, interrupt};
use pkg_builder::keys::{Access, Doubt, ExposedKeys, KeyUri, Signer};
use pkg_builder::{Description, Error, KeyError};
use pkg_files::open_source;
use pkg_verify::PublicKey;
use std::collections::BTreeMap;
use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, PoisonError};
use zeroize::Zeroizing;

/// The longest passphrase file that is read.
const LIMIT: usize = 4 << 10;

/// The lines that were read already: a pipe gives its line only once, and several keys may need it.
static READ: Mutex<BTreeMap<String, Zeroizing<String>>> = Mutex::new(BTreeMap::new());

/// The first line of FILE, or of descriptor N of `fd:N`.
fn from_file(source: &str, exposed: ExposedKeys) -> std::io::Result<Zeroizing<String>> {
    let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    match read.get(source) {
        Some(line) => Ok(line.clone()),
        None => {
            let line = first_line(source, exposed)?;
            read.insert(source.to_owned(), line.clone());
            Ok(line)
        }
    }
}

fn first_line(source: &str, exposed: ExposedKeys) -> std::io::Result<Zeroizing<String>> {
    let path =
        source.strip_prefix("fd:").map_or_else(|| PathBuf::from(source), |n| Path::new("/dev/fd").join(n));
    let (mut file, regular) = open_source(&path)?;
    // Anybody who can read the file knows the passphrase; anybody who can write it chooses that of the next key.
    if regular
        && exposed == ExposedKeys::Refuse
        && let Some(found) = pkg_files::exposed(&path, &file)?
    {
        return Err(found.error());
    }
    // Byte by byte into memory that is already allocated, so that no unwiped buffer or copy is left.
    let mut line = Zeroizing::new(String::with_capacity(LIMIT));
    let mut bytes = Zeroizing::new(Vec::with_capacity(LIMIT));
    while bytes.last() != Some(&b'\n') && file.by_ref().take(1).read_to_end(&mut bytes)? == 1 {
        if bytes.len() >= LIMIT {
            return Err(std::io::Error::other("its first line is longer than a passphrase"));
        }
    }
    let text =
        std::str::from_utf8(&bytes).map_err(|_| std::io::Error::other("its first line is not UTF-8"))?;
    line.push_str(text);
    let length = line.trim_end_matches(['\n', '\r']).len();
    line.truncate(length);
    Ok(line)
}

/// A passphrase for a new key: asked for twice on a terminal.
pub(crate) fn new(source: Option<&str>) -> Outcome<Zeroizing<String>> {
    let passphrase = match source {
        Some(source) => from_file(source, ExposedKeys::Refuse)
            .map_err(|e| Failure::file("read", Path::new(source), &e))?,
        None if std::io::stdin().is_terminal() => {
            let ask = |prompt| rpassword::prompt_password(prompt).map(Zeroizing::new);
            loop {
                let asked = ask("Passphrase for the new key: ")
                    .and_then(|first| Ok((first, ask("Repeat the passphrase: ")?)));
                let (first, second) =
                    asked.map_err(|e| Failure::file("read", Path::new("the terminal"), &e))?;
                if *first == *second {
                    break first;
                }
                crate::out::error("the two passphrases differ; type them again");
            }
        }
        None => {
            return Err(Failure::cannot("there is no terminal to ask for a passphrase")
                .hint("give --passphrase-file FILE or fd:N, or --no-passphrase"));
        }
    };
    if passphrase.is_empty() {
        return Err(Failure::cannot("the passphrase is empty")
            .hint("for a key without a passphrase, give --no-passphrase"));
    }
    Ok(passphrase)
}

/// The keys of one command, opened one after the other.
pub(crate) struct Keys<'a> {
    unlock: &'a UnlockArgs,
    /// How many keys there are, and how many have been opened.
    count: usize,
    opened: usize,
}

impl<'a> Keys<'a> {
    /// Passphrases are given once for all keys or once for each, so that nobody has to guess which belongs to which
    /// and no PIN is tried on the wrong token.
    pub(crate) fn new(unlock: &'a UnlockArgs, count: usize) -> Outcome<Self> {
        match unlock.passphrase_file.len() {
            given if given > 1 && given != count => Err(Failure::cannot(format!(
                "--passphrase-file is given {given} times for {count} keys"
            ))
            .hint("give it once for all keys, or once for each key in the same order, --delivery-key last")),
            _ => Ok(Keys { unlock, count, opened: 0 }),
        }
    }

    /// A signer for the key that a URI or path names.
    pub(crate) fn signer(&mut self, uri: &str) -> Outcome<Box<dyn Signer>> {
        let signer = pkg_builder::keys::open(uri, self);
        self.opened += 1;
        debug_assert!(self.opened <= self.count, "the keys were counted");
        let signer = signer?;
        if pkg_verify::is_example_key(&signer.public_key().id()) {
            warning(&format!(
                "{} is an EXAMPLE key: anybody can sign with it; never ship anything it signed",
                shown(Path::new(uri))
            ));
        }
        Ok(signer)
    }

    /// The public key of a file that holds either half.
    pub(crate) fn half(&mut self, path: &Path) -> Outcome<PublicKey> {
        let key = pkg_builder::keys::read_half(path, self);
        self.opened += 1;
        Ok(key?)
    }

    /// The source of the passphrase or PIN for the next key.
    fn source(&self) -> Option<&'a str> {
        match self.unlock.passphrase_file.as_slice() {
            [one] => Some(one),
            several => several.get(self.opened).map(String::as_str),
        }
    }
}

/// The secret of `source`, else what is typed at the prompt.
fn secret(
    source: Option<&str>,
    exposed: ExposedKeys,
    prompt: &str,
    none: impl FnOnce() -> Error,
) -> pkg_builder::Result<Zeroizing<String>> {
    match source {
        Some(source) => from_file(source, exposed).map_err(|error| Error::File {
            action: "read",
            path: source.into(),
            error,
        }),
        None if std::io::stdin().is_terminal() => rpassword::prompt_password(crate::out::escape(prompt))
            .map(Zeroizing::new)
            .map_err(|error| Error::File { action: "read", path: "the terminal".into(), error }),
        None => Err(none()),
    }
}

impl Access for Keys<'_> {
    fn passphrase(&mut self, key: &str) -> pkg_builder::Result<Zeroizing<String>> {
        let none = || Error::Key { name: key.into(), reason: KeyError::NeedsPassphrase };
        secret(self.source(), self.exposed(), &format!("Passphrase of {key}: "), none)
    }

    fn pin(
        &mut self,
        key: &str,
        token: &str,
        source: Option<&Path>,
    ) -> pkg_builder::Result<Zeroizing<String>> {
        let none = || Error::Key { name: key.into(), reason: KeyError::NeedsPin };
        let named = source.map(|path| path.display().to_string());
        let prompt = format!("PIN of the token {token}: ");
        secret(named.as_deref().or(self.source()), self.exposed(), &prompt, none)
    }

    fn doubt(&mut self, key: &str, doubt: Doubt) {
        warning(&format!("{}: {doubt}", shown(Path::new(key))));
        if let Some(hint) = hint::doubt(doubt, &shown(Path::new(key))) {
            crate::out::hint(&hint);
        }
    }

    fn exposed(&self) -> ExposedKeys {
        match self.unlock.danger_readable_key {
            true => ExposedKeys::DangerAccept,
            false => ExposedKeys::Refuse,
        }
    }

    fn interrupted(&self) -> &'static AtomicBool {
        interrupt::raised()
    }
}

/// The path of a key file that a release description gives. URIs that run a program or load a library are
/// accepted only on the command line.
pub(crate) fn described(description: &Description, name: &str) -> Outcome<String> {
    match KeyUri::runs_code(name) {
        true => Err(Failure::cannot(format!("the release description gives the key {name}"))
            .hint("give it with --key or --delivery-key; a description must not name a program to run (docs/signers.md)")),
        false => Ok(description.key_path(name)?.display().to_string()),
    }
}
