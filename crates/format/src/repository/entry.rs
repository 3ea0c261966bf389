//! One entry of a log: a manifest, and where its package is.

use crate::cbor::{Item, MapBuilder, Table, Tree, Wire};
use crate::manifest::release::Class;
use crate::manifest::{Kind, Manifest};
use crate::statement::counter;
use crate::{Digest, Id, Refusal, Result, Rule, limits};
use alloc::format;

/// A manifest that was published. The last entry of a log that names a manifest says where its package is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The digest of the manifest.
    pub manifest: Digest,
    /// What the manifest is.
    pub listed: Listed,
    /// The sequence of the manifest.
    pub sequence: u64,
    /// The package with the manifest. None is a tombstone: the package was published and has been removed.
    pub object: Option<Object>,
}

/// What a listed manifest is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listed {
    /// A release.
    Release(ListedRelease),
    /// A notice.
    Notice,
    /// A withdrawal.
    Withdrawal,
    /// An acknowledgement, for auditors.
    Acknowledgement,
}

/// What a device needs to know of a release to choose among many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedRelease {
    /// What is updated as one.
    pub scope: Id,
    /// The line of development.
    pub line: Id,
    /// Why the release exists.
    pub class: Class,
    /// Its feature level.
    pub feature_level: u64,
    /// Its security level.
    pub security_level: u64,
}

/// A package as a file: its digest is its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Object {
    /// The digest of the whole file.
    pub package: Digest,
    /// Its size, bytes.
    pub size: u64,
    /// How many bytes hold the statements and the block after them: one range of that length brings a package that
    /// can be opened and verified, but for its payload.
    pub front: u64,
}

impl Entry {
    /// The entry of a manifest, with the digest of its bytes.
    pub fn new(manifest: &Manifest, digest: Digest, object: Option<Object>) -> Entry {
        let listed = match (manifest.kind(), manifest.release()) {
            (Kind::Withdrawal, _) => Listed::Withdrawal,
            (Kind::Acknowledgement, _) => Listed::Acknowledgement,
            (Kind::Release, Some(release)) => Listed::Release(ListedRelease {
                scope: release.identity.scope.clone(),
                line: release.identity.line.clone(),
                class: release.class(),
                feature_level: release.identity.feature_level,
                security_level: release.identity.security_level,
            }),
            _ => Listed::Notice,
        };
        Entry { manifest: digest, listed, sequence: manifest.common().sequence, object }
    }

    /// The release that it lists, if it lists one.
    pub fn release(&self) -> Option<&ListedRelease> {
        match &self.listed {
            Listed::Release(release) => Some(release),
            _ => None,
        }
    }

    /// The kind of the listed manifest.
    pub fn kind(&self) -> Kind {
        match self.listed {
            Listed::Release(_) => Kind::Release,
            Listed::Notice => Kind::Notice,
            Listed::Withdrawal => Kind::Withdrawal,
            Listed::Acknowledgement => Kind::Acknowledgement,
        }
    }

    /// The bytes that a log is made of.
    pub fn to_bytes(&self) -> alloc::vec::Vec<u8> {
        self.encode().to_bytes()
    }
}

/// The fields that only a release has, and those that a tombstone lacks.
const OF_RELEASES: [&str; 5] = ["scope", "line", "class", "feature-level", "security-level"];
const OF_OBJECTS: [&str; 3] = ["package", "size", "front"];

impl Wire for Entry {
    fn decode(item: Item<'_>) -> Result<Self> {
        let mut t = item.table()?;
        let manifest = t.req("manifest")?;
        let listed = match t.req::<Kind>("kind")? {
            Kind::Release => Listed::Release(ListedRelease {
                scope: t.req("scope")?,
                line: t.req("line")?,
                class: t.req("class")?,
                feature_level: counter(&mut t, "feature-level")?,
                security_level: counter(&mut t, "security-level")?,
            }),
            Kind::Notice => Listed::Notice,
            Kind::Withdrawal => Listed::Withdrawal,
            Kind::Acknowledgement => Listed::Acknowledgement,
        };
        let sequence = counter(&mut t, "sequence")?;
        let object = match OF_OBJECTS.iter().any(|key| t.has(key)) {
            true => Some(Object::take(&mut t)?),
            false => None,
        };
        if let Some(field) = t.left().filter(|f| OF_RELEASES.contains(f)) {
            return Err(Refusal::new(Rule::Man6, "only a release has it").within(field));
        }
        t.finish()?;
        Ok(Entry { manifest, listed, sequence, object })
    }

    fn encode(&self) -> Tree {
        let map = MapBuilder::new()
            .put("manifest", &self.manifest)
            .put("kind", &self.kind())
            .put("sequence", &self.sequence);
        let map = match &self.listed {
            Listed::Release(r) => map
                .put("scope", &r.scope)
                .put("line", &r.line)
                .put("class", &r.class)
                .put("feature-level", &r.feature_level)
                .put("security-level", &r.security_level),
            _ => map,
        };
        match &self.object {
            Some(o) => map.put("package", &o.package).put("size", &o.size).put("front", &o.front),
            None => map,
        }
        .done()
    }
}

impl Object {
    fn take(t: &mut Table<'_>) -> Result<Self> {
        let object = Object { package: t.req("package")?, size: t.req("size")?, front: t.req("front")? };
        let most = object.size.min(limits::FRONT);
        match (1..=most).contains(&object.front) {
            true => Ok(object),
            false => {
                let why = format!("{} bytes, expected 1 to {most}", object.front);
                Err(Refusal::new(Rule::Man5, why).within("front"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cbor::strict::Keys;

    pub(super) fn release() -> Entry {
        let id = |s| Id::new(s).unwrap();
        Entry {
            manifest: Digest::of(b"manifest"),
            listed: Listed::Release(ListedRelease {
                scope: id("product"),
                line: id("1.4"),
                class: Class::Security,
                feature_level: 4,
                security_level: 7,
            }),
            sequence: 12,
            object: Some(Object { package: Digest::of(b"package"), size: 33_000_000, front: 6_656 }),
        }
    }

    fn read(tree: &Tree) -> Result<Entry> {
        Entry::decode(Item::open(&tree.to_bytes(), Keys::Text)?)
    }

    #[test]
    fn what_is_written_reads_back() {
        let whole = release();
        let others = [Listed::Notice, Listed::Withdrawal, Listed::Acknowledgement];
        let others = others.map(|listed| Entry { listed, ..whole.clone() });
        let tombstone = Entry { object: None, ..whole.clone() };
        for entry in others.into_iter().chain([whole, tombstone]) {
            assert_eq!(read(&entry.encode()), Ok(entry));
        }
    }

    #[test]
    fn an_entry_is_small() {
        assert_eq!(release().to_bytes().len(), 197);
    }

    #[test]
    fn each_fault_has_its_rule() {
        let Tree::Map(whole) = release().encode() else { unreachable!() };
        let without = |key: &str| Tree::Map(whole.iter().filter(|(k, _)| k != key).cloned().collect());
        let with = |key: &str, value: Tree| {
            let rest = whole.iter().filter(|(k, _)| k != key).cloned();
            Tree::Map(rest.chain([(key.into(), value)]).collect())
        };
        for (key, _) in &whole {
            assert_eq!(read(&without(key)).unwrap_err().rule, Rule::Man1, "{key}");
        }
        for (key, value, rule, at) in [
            ("kind", Tree::text("notice"), Rule::Man6, "class"),
            ("kind", Tree::text("rumour"), Rule::Man4, "kind"),
            ("class", Tree::text("both"), Rule::Sep1, "class"),
            ("sequence", Tree::Uint(0), Rule::Ver7, "sequence"),
            ("front", Tree::Uint(0), Rule::Man5, "front"),
            ("front", Tree::Uint(33_000_001), Rule::Man5, "front"),
            ("front", Tree::Uint(limits::FRONT + 1), Rule::Man5, "front"),
            ("package", Tree::Bytes([1; 31].into()), Rule::Man4, "package"),
            ("url", Tree::text("elsewhere"), Rule::Man2, ""),
        ] {
            let refusal = read(&with(key, value)).unwrap_err();
            assert_eq!((refusal.rule, refusal.at.as_str()), (rule, at), "{key}");
        }
    }
}
