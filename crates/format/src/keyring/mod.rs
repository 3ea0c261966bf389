//! The keyring: the keys a client trusts, with roles and thresholds (SPEC 5).

mod head;
mod key;

pub use head::{Head, LineHead};
pub use key::{Asked, Place, ProductName, Role, Root, TrustedKey};

use crate::cbor::{Item, MapBuilder, Tree, Wire, strict::Keys};
use crate::cose::{Algorithm, KeyId};
use crate::statement::{counter, format_is_ours, same_bytes};
use crate::{FORMAT, Id, Refusal, Result, Rule, limits};
use alloc::{format, vec::Vec};

/// The statement of a keyring. Trust in it is established by the verifier, not here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyringStatement {
    /// Names the keyring; newer versions have the same name.
    pub name: Id,
    /// Rises with each change.
    pub version: u64,
    /// The keys that sign keyrings.
    pub roots: Vec<Root>,
    /// How many of them with Ed25519 must.
    pub root_threshold: u64,
    /// The keys that sign statements.
    pub keys: Vec<TrustedKey>,
    /// How many keys with Ed25519 must sign, where it is not one.
    pub thresholds: Vec<(Asked, u64)>,
    /// How many keys with ML-DSA-65 must sign besides, where any must.
    pub post_quantum: PostQuantum,
    /// Keys that sign nothing any more.
    pub revoked: Vec<KeyId>,
    /// The newest release of each line: written when a security or feature key is revoked, and kept in the
    /// versions after it.
    pub heads: Vec<Head>,
}

/// How many keys with ML-DSA-65 must sign, besides as many with Ed25519 as ever: it is AND, never OR.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PostQuantum {
    /// How many roots must sign a keyring, where any must.
    pub root: Option<u64>,
    /// How many keys must sign what is asked, where any must.
    pub asked: Vec<(Asked, u64)>,
}

/// The name of [`PostQuantum::root`] in its map.
const ROOT: &str = "root";

impl KeyringStatement {
    /// The name and the version that the bytes of a `keyring.cbor` claim: enough to put it in its place among
    /// others before anybody vouched for it, and far cheaper than [`decode`](Self::decode), which whoever acts
    /// on it calls as well.
    ///
    /// # Errors
    /// The bytes are not in the one form of SPEC 3.1, or `format`, `name` or `version` is not what it must be.
    pub fn name_and_version(bytes: &[u8]) -> Result<(Id, u64)> {
        let mut t = Item::open(bytes, Keys::Text)?.table()?;
        format_is_ours(&mut t)?;
        Ok((t.req("name")?, counter(&mut t, "version")?))
    }

    /// Reads the bytes of `keyring.cbor` and judges them by every rule of the statement alone.
    ///
    /// # Errors
    ///
    /// The first rule that the statement breaks, and the field where it does.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let mut t = Item::open(bytes, Keys::Text)?.table()?;
        format_is_ours(&mut t)?;
        for key in ["roots", "keys"] {
            if !t.has(key) {
                return Err(Refusal::new(Rule::Man1, "missing").within(key));
            }
        }
        let keyring = KeyringStatement {
            name: t.req("name")?,
            version: counter(&mut t, "version")?,
            roots: t.list("roots", limits::KEYS)?,
            root_threshold: t.req("root-threshold")?,
            keys: t.list("keys", limits::KEYS)?,
            thresholds: t.opt_with("thresholds", take_thresholds)?.unwrap_or_default(),
            post_quantum: t.opt_with("post-quantum", take_post_quantum)?.unwrap_or_default(),
            revoked: t.set("revoked", limits::KEYS)?,
            heads: t.list("heads", limits::KEYS)?,
        };
        t.finish()?;
        keyring.check()?;
        same_bytes(&keyring.to_tree(), bytes)?;
        Ok(keyring)
    }

    fn check(&self) -> Result<()> {
        for (key, mut ids) in [
            ("roots", self.roots.iter().map(Root::id).collect::<Vec<_>>()),
            ("keys", self.keys.iter().map(TrustedKey::id).collect::<Vec<_>>()),
        ] {
            ids.sort_unstable();
            if ids.iter().zip(ids.iter().skip(1)).any(|(a, b)| a == b) {
                return Err(Refusal::new(Rule::Key3, "a key twice").within(key));
            }
        }
        self.heads_in_order().map_err(|e| e.within("heads"))?;
        let roots = |alg| {
            let of = |r: &&Root| r.alg == alg && !self.revoked.contains(&r.id());
            self.roots.iter().filter(of).count()
        };
        let keys = |role, alg| {
            let of =
                |k: &&TrustedKey| k.alg == alg && k.roles.contains(&role) && !self.revoked.contains(&k.id());
            self.keys.iter().filter(of).count()
        };
        let (classical, post) = (Algorithm::Ed25519, Algorithm::MlDsa65);
        met(self.root_threshold, roots(classical), classical).map_err(|e| e.within("root-threshold"))?;
        for (asked, n) in &self.thresholds {
            met(*n, keys(asked.role(), classical), classical)
                .map_err(|e| e.within(asked.as_str()).within("thresholds"))?;
        }
        if let Some(n) = self.post_quantum.root {
            met(n, roots(post), post).map_err(|e| e.within(ROOT).within("post-quantum"))?;
        }
        for (asked, n) in &self.post_quantum.asked {
            met(*n, keys(asked.role(), post), post)
                .map_err(|e| e.within(asked.as_str()).within("post-quantum"))?;
        }
        fits(self.root_threshold, self.post_quantum.root.unwrap_or(0))
            .map_err(|e| e.within("root-threshold"))?;
        for asked in Asked::ALL {
            let threshold = self.threshold(*asked).max(self.threshold(asked.role().into()));
            fits(threshold, self.post_quantum_threshold(*asked)).map_err(|e| e.within(asked.as_str()))?;
        }
        Ok(())
    }

    /// One head a line, sorted: one list has one form.
    fn heads_in_order(&self) -> Result<()> {
        let place = |h: &Head| [&h.vendor, &h.name, &h.scope, &h.at.line].map(Clone::clone);
        if self.heads.iter().zip(self.heads.iter().skip(1)).any(|(a, b)| place(a) >= place(b)) {
            let why = "not sorted by vendor, name, scope and line, or a line twice";
            return Err(Refusal::new(Rule::Man7, why));
        }
        let scope = |h: &Head| [&h.vendor, &h.name, &h.scope].map(Clone::clone);
        match self.heads.chunk_by(|a, b| scope(a) == scope(b)).find(|of| of.len() > limits::HEADS) {
            Some(of) => {
                let why = format!("{} lines of one scope, at most {}", of.len(), limits::HEADS);
                Err(Refusal::new(Rule::Man5, why))
            }
            None => Ok(()),
        }
    }

    /// How far the lines of a scope had come when a release key was last revoked.
    pub fn heads_of(&self, vendor: &Id, name: &Id, scope: &Id) -> Vec<LineHead> {
        let here = |h: &&Head| (&h.vendor, &h.name, &h.scope) == (vendor, name, scope);
        self.heads.iter().filter(here).map(|h| h.at.clone()).collect()
    }

    /// The keyring as it is written.
    pub fn to_tree(&self) -> Tree {
        let map = MapBuilder::new()
            .put("format", &FORMAT)
            .put("name", &self.name)
            .put("version", &self.version)
            .list("roots", &self.roots)
            .put("root-threshold", &self.root_threshold)
            .list("keys", &self.keys)
            .list("revoked", &self.revoked)
            .list("heads", &self.heads);
        let numbers = |map: &[(Asked, u64)]| -> Vec<_> {
            map.iter().map(|(asked, n)| (asked.as_str().into(), n.encode())).collect()
        };
        let mut post_quantum = numbers(&self.post_quantum.asked);
        post_quantum.extend(self.post_quantum.root.map(|n| (ROOT.into(), n.encode())));
        [("thresholds", numbers(&self.thresholds)), ("post-quantum", post_quantum)]
            .into_iter()
            .filter(|(_, numbers)| !numbers.is_empty())
            .fold(map, |map, (key, numbers)| map.tree(key, Tree::Map(numbers)))
            .done()
    }

    /// How many distinct keys with Ed25519 must sign what is asked.
    pub fn threshold(&self, asked: Asked) -> u64 {
        let set = |asked| number(&self.thresholds, asked);
        set(asked).or_else(|| set(asked.role().into())).unwrap_or(1)
    }

    /// Whether a number of its own is asked for this, with either algorithm.
    pub fn declares(&self, asked: Asked) -> bool {
        number(&self.thresholds, asked).or_else(|| number(&self.post_quantum.asked, asked)).is_some()
    }

    /// How many distinct keys with ML-DSA-65 must sign what is asked, besides. What is not pure is
    /// asked for no less than what is.
    pub fn post_quantum_threshold(&self, asked: Asked) -> u64 {
        let set = |asked| number(&self.post_quantum.asked, asked).unwrap_or(0);
        set(asked).max(set(asked.role().into()))
    }
}

fn number(numbers: &[(Asked, u64)], asked: Asked) -> Option<u64> {
    numbers.iter().find(|(a, _)| *a == asked).map(|(_, n)| *n)
}

/// A map from words to numbers; not empty.
fn numbers(item: Item<'_>) -> Result<Vec<(&str, Item<'_>)>> {
    match item.entries()? {
        entries if entries.is_empty() => Err(Refusal::new(Rule::Man9, "an empty map")),
        entries => Ok(entries),
    }
}

fn asked_number(word: &str, n: Item<'_>) -> Result<(Asked, u64)> {
    let asked = Asked::ALL.iter().copied().find(|a| a.as_str() == word);
    let asked =
        asked.ok_or_else(|| Refusal::new(Rule::Man2, format!("no role {}", crate::refusal::quote(word))))?;
    Ok((asked, n.uint().map_err(|e| e.within(word))?))
}

fn take_thresholds(item: Item<'_>) -> Result<Vec<(Asked, u64)>> {
    numbers(item)?.into_iter().map(|(word, n)| asked_number(word, n)).collect()
}

fn take_post_quantum(item: Item<'_>) -> Result<PostQuantum> {
    let mut found = PostQuantum::default();
    for (word, n) in numbers(item)? {
        match word {
            ROOT => found.root = Some(n.uint().map_err(|e| e.within(ROOT))?),
            word => found.asked.push(asked_number(word, n)?),
        }
    }
    Ok(found)
}

/// A threshold is at least one and at most the number of keys.
fn met(threshold: u64, keys: usize, alg: Algorithm) -> Result<()> {
    match usize::try_from(threshold) {
        Ok(n) if (1..=keys).contains(&n) => Ok(()),
        _ => Err(Refusal::new(Rule::Key5, format!("{threshold} of {keys} keys with {}", alg.as_str()))),
    }
}

/// A statement has room for so many signatures: what asks for more can never be met, and devices that
/// took such a keyring would take nothing any more.
fn fits(ed25519: u64, ml_dsa_65: u64) -> Result<()> {
    let asked = ed25519.saturating_add(ml_dsa_65);
    match usize::try_from(asked) {
        Ok(n) if n <= limits::SIGNERS => Ok(()),
        _ => {
            let why = format!("{asked} signatures, a statement has at most {}", limits::SIGNERS);
            Err(Refusal::new(Rule::Key5, why))
        }
    }
}
