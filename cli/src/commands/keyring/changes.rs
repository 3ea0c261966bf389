//! The arguments that `keyring new` and `keyring edit` share, and the changes they mean.

use crate::out::{Failure, Outcome, shown};
use pkg_builder::keyring::{Binding, Change};
use pkg_builder::keys::read_public;
use pkg_format::cose::KeyId;
use pkg_format::keyring::{Asked, ProductName, Role};
use pkg_format::manifest::Channel;
use pkg_format::{Digest, Id, KeyringStatement, Label};
use pkg_verify::PublicKey;
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub(super) struct ChangeArgs {
    /// Add a root key, which signs keyrings (repeatable)
    #[arg(long, value_name = "PUB", num_args = 1.., help_heading = "Changes")]
    root: Vec<PathBuf>,
    /// How many Ed25519 root keys must sign a keyring [default: 1, or unchanged]
    #[arg(long, value_name = "N", help_heading = "Changes")]
    threshold: Option<u64>,
    /// Add a key with its roles: security, feature, notice, withdrawal, delivery, catalogue (repeatable)
    #[arg(long, value_name = "ROLE[,ROLE]=PUB", help_heading = "Changes")]
    add: Vec<String>,
    /// How many Ed25519 keys of a role must sign; ROLE may also be security-exception
    #[arg(long, value_name = "ROLE=N", help_heading = "Changes")]
    role_threshold: Vec<String>,
    /// How many ML-DSA-65 keys of a role must sign as well (0: none); ROLE may also be root or security-exception
    #[arg(long, value_name = "ROLE=N", help_heading = "Changes")]
    post_quantum: Vec<String>,
    /// Limit a key, given by file, key id or label, to a product, a channel or a scope (repeatable)
    #[arg(long, value_name = "KEY=VENDOR/NAME|stable|testing|scope:ID", help_heading = "Changes")]
    bind: Vec<String>,
}

/// The name for a key or keyring, taken from its file name.
pub(super) fn stem(path: &Path) -> String {
    path.file_stem().map_or_else(String::new, |s| s.to_string_lossy().into_owned())
}

fn usage(argument: &str, why: &str, example: &str) -> Failure {
    Failure::cannot(format!("{argument}: {why}")).hint(format!("write {example}"))
}

fn labelled(path: &Path) -> Outcome<(PublicKey, Label)> {
    let label =
        Label::new(&stem(path)).map_err(|e| Failure::cannot(format!("{}: {}", shown(path), e.why)))?;
    Ok((read_public(path)?, label))
}

impl ChangeArgs {
    /// Refuses arguments that cannot make a first version.
    pub(super) fn complete(&self) -> Outcome<()> {
        match (self.root.is_empty(), self.add.is_empty()) {
            (true, _) => Err(Failure::cannot("no root key").hint("give --root PUB; root keys sign keyrings")),
            (_, true) => Err(Failure::cannot("no signing key").hint("give --add ROLE=PUB")),
            _ => Ok(()),
        }
    }

    /// The additions, to `before` or to a new keyring.
    pub(super) fn parse(&self, before: Option<&KeyringStatement>) -> Outcome<Vec<Change>> {
        let roots = self.root.iter().map(|p| labelled(p)).collect::<Outcome<Vec<_>>>()?;
        let added = self.add.iter().map(|text| add(text)).collect::<Outcome<Vec<_>>>()?;
        let mut known = before.map(names).unwrap_or_default();
        known.extend(added.iter().map(|(key, label, _)| (key.id(), label.to_string())));
        let bound = self.bind.iter().map(|text| bind(text, &known)).collect::<Outcome<Vec<_>>>()?;
        let thresholds =
            self.role_threshold.iter().map(|text| threshold(text)).collect::<Outcome<Vec<_>>>()?;
        let besides = self.post_quantum.iter().map(|text| post_quantum(text)).collect::<Outcome<Vec<_>>>()?;
        Ok(roots
            .into_iter()
            .map(|(key, label)| Change::AddRoot(key, label))
            .chain(self.threshold.map(Change::RootThreshold))
            .chain(added.into_iter().map(|(key, label, roles)| Change::Add(key, label, roles)))
            .chain(thresholds)
            .chain(besides)
            .chain(bound)
            .collect())
    }

    /// The removals.
    pub(super) fn less(
        &self,
        before: &KeyringStatement,
        remove: &[String],
        remove_root: &[String],
        revoke: &[String],
    ) -> Outcome<Vec<Change>> {
        let known = names(before);
        let ids = |keys: &[String], change: fn(KeyId) -> Change| {
            keys.iter().map(|text| Ok(change(named(text, &known)?))).collect::<Outcome<Vec<_>>>()
        };
        let mut all = ids(remove, Change::Remove)?;
        all.extend(ids(remove_root, Change::RemoveRoot)?);
        all.extend(ids(revoke, Change::Revoke)?);
        Ok(all)
    }
}

/// The ids and labels of a keyring.
pub(super) fn names(keyring: &KeyringStatement) -> Vec<(KeyId, String)> {
    let roots = keyring.roots.iter().map(|r| (r.id(), r.label.to_string()));
    roots.chain(keyring.keys.iter().map(|k| (k.id(), k.label.to_string()))).collect()
}

/// Finds a key by its file, its key id, the beginning of that id, or its label.
fn named(text: &str, known: &[(KeyId, String)]) -> Outcome<KeyId> {
    if Path::new(text).is_file() {
        return Ok(read_public(Path::new(text))?.id());
    }
    if let Some(id) = Digest::from_hex(text) {
        return Ok(id);
    }
    let begins = |id: &KeyId| text.len() >= 8 && id.to_string().starts_with(text);
    let mut found: Vec<_> =
        known.iter().filter(|(id, label)| begins(id) || label == text).map(|(id, _)| *id).collect();
    found.sort();
    found.dedup();
    match found.as_slice() {
        [one] => Ok(*one),
        [] => Err(Failure::cannot(format!("{text} is neither a file nor a key id or label of this keyring"))
            .hint("pkg keyring show FILE lists them")),
        _ => Err(Failure::cannot(format!("{text} is the label of {} keys", found.len()))
            .hint("give the key id or the file")),
    }
}

fn add(text: &str) -> Outcome<(PublicKey, Label, Vec<Role>)> {
    let bad = |why: &str| usage(&format!("--add {text}"), why, "--add security,delivery=release.pub");
    let (roles, path) = text.split_once('=').ok_or_else(|| bad("no ="))?;
    let role = |word: &str| {
        Role::ALL.iter().copied().find(|r| r.as_str() == word).ok_or_else(|| bad(&format!("no role {word}")))
    };
    let roles = roles.split(',').map(role).collect::<Outcome<Vec<_>>>()?;
    let (key, label) = labelled(Path::new(path))?;
    Ok((key, label, roles))
}

fn threshold(text: &str) -> Outcome<Change> {
    let bad = |why: &str| usage(&format!("--role-threshold {text}"), why, "--role-threshold security=2");
    let (word, n) = number(text, &bad)?;
    Ok(Change::Threshold(asked(word).ok_or_else(|| bad(&format!("no role {word}")))?, n))
}

fn post_quantum(text: &str) -> Outcome<Change> {
    let bad = |why: &str| usage(&format!("--post-quantum {text}"), why, "--post-quantum security=1");
    match number(text, &bad)? {
        ("root", n) => Ok(Change::PostQuantum(None, n)),
        (word, n) => {
            let asked = asked(word).ok_or_else(|| bad(&format!("no role {word}")))?;
            Ok(Change::PostQuantum(Some(asked), n))
        }
    }
}

/// `WORD=N`
fn number<'t>(text: &'t str, bad: &dyn Fn(&str) -> Failure) -> Outcome<(&'t str, u64)> {
    let (word, n) = text.split_once('=').ok_or_else(|| bad("no ="))?;
    Ok((word, n.parse().map_err(|_| bad("no number"))?))
}

fn asked(word: &str) -> Option<Asked> {
    Asked::ALL.iter().copied().find(|a| a.as_str() == word)
}

fn bind(text: &str, known: &[(KeyId, String)]) -> Outcome<Change> {
    let bad = |why: &str| usage(&format!("--bind {text}"), why, "--bind release.pub=acme/cam-x1");
    let (key, to) = text.split_once('=').ok_or_else(|| bad("no ="))?;
    let id = |text: &str| Id::new(text).map_err(|e| bad(&e.why));
    let binding = match to.split_once('/') {
        _ if to.starts_with("scope:") => Binding::Scope(id(to.trim_start_matches("scope:"))?),
        Some((vendor, name)) => Binding::Product(ProductName { vendor: id(vendor)?, name: id(name)? }),
        None => {
            let channel = Channel::ALL.iter().copied().find(|c| c.as_str() == to);
            Binding::Channel(channel.ok_or_else(|| bad("expected VENDOR/NAME, a channel or scope:ID"))?)
        }
    };
    Ok(Change::Bind(named(key, known)?, binding))
}
