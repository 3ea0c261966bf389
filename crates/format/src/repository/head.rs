//! The head: what a repository signs about the log of one product and channel.

use super::{Entry, TreeHead};
use crate::cbor::{Item, MapBuilder, Table, Tree, strict::Keys};
use crate::channel::Channel;
use crate::manifest::{self, Kind};
use crate::statement::{counter, format_is_ours, same_bytes};
use crate::{FORMAT, Id, Refusal, Result, Rule, limits};
use alloc::{format, vec::Vec};

/// Which log a head is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogName {
    /// The repository: an id that clients pin. It stays the same wherever the files are.
    pub repository: Id,
    /// Who makes the product.
    pub vendor: Id,
    /// What the product is called.
    pub name: Id,
    /// Whom its releases are for.
    pub channel: Channel,
}

/// The newest state of a log, as its repository signs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Which log.
    pub of: LogName,
    /// Rises with every head of this log.
    pub version: u64,
    /// When it was issued, unix seconds.
    pub issued: u64,
    /// After how many seconds a newer one should be there.
    pub max_age: u64,
    /// The newest keyring version that the repository has; no older one judges this head.
    pub keyring: u64,
    /// The log: every manifest that was ever published.
    pub log: TreeHead,
    /// What devices need now: notices and withdrawals in force, and each release that no newer one replaces.
    /// Sorted by manifest digest.
    pub current: Vec<Entry>,
}

impl Head {
    /// Reads the bytes of `head.cbor` and judges them by every rule of the statement alone.
    ///
    /// # Errors
    ///
    /// The first rule that the statement breaks, and the field where it does.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > limits::HEAD {
            let why = format!("{} bytes, at most {}", bytes.len(), limits::HEAD);
            return Err(Refusal::new(Rule::Con4, why));
        }
        let mut t = Item::open(bytes, Keys::Text)?.table()?;
        format_is_ours(&mut t)?;
        let head = Head {
            of: LogName {
                repository: t.req("repository")?,
                vendor: t.req("vendor")?,
                name: t.req("name")?,
                channel: t.req("channel")?,
            },
            version: counter(&mut t, "version")?,
            issued: manifest::issued(&mut t)?,
            max_age: max_age(&mut t)?,
            keyring: counter(&mut t, "keyring")?,
            log: t.req("log")?,
            current: t.list("current", limits::CURRENT)?,
        };
        t.finish()?;
        for (index, entry) in head.current.iter().enumerate() {
            offered(entry).map_err(|e| e.at_index(index).within("current"))?;
        }
        let manifests: Vec<_> = head.current.iter().map(|e| e.manifest).collect();
        crate::cbor::sorted(&manifests).map_err(|e| e.within("current"))?;
        head.lists_no_more_than_the_log().map_err(|e| e.within("current"))?;
        same_bytes(&head.to_tree(), bytes)?;
        Ok(head)
    }

    fn lists_no_more_than_the_log(&self) -> Result<()> {
        let listed = u64::try_from(self.current.len()).unwrap_or(u64::MAX);
        match listed <= self.log.size {
            true => Ok(()),
            false => Err(Refusal::new(Rule::Man5, format!("{listed} entries of a log of {}", self.log.size))),
        }
    }

    /// The head as it is written.
    pub fn to_tree(&self) -> Tree {
        MapBuilder::new()
            .put("format", &FORMAT)
            .put("repository", &self.of.repository)
            .put("vendor", &self.of.vendor)
            .put("name", &self.of.name)
            .put("channel", &self.of.channel)
            .put("version", &self.version)
            .put("issued", &self.issued)
            .put("max-age", &self.max_age)
            .put("keyring", &self.keyring)
            .put("log", &self.log)
            .list("current", &self.current)
            .done()
    }
}

fn max_age(t: &mut Table<'_>) -> Result<u64> {
    let seconds = t.req("max-age")?;
    match (1..=limits::MAX_AGE).contains(&seconds) {
        true => Ok(seconds),
        false => {
            let why = format!("{seconds} seconds, expected 1 to {}", limits::MAX_AGE);
            Err(Refusal::new(Rule::Man5, why).within("max-age"))
        }
    }
}

/// A device can act on every entry: there is a package, and it is for devices.
fn offered(entry: &Entry) -> Result<()> {
    if entry.kind() == Kind::Acknowledgement {
        return Err(Refusal::new(Rule::Man4, "an acknowledgement is not for devices").within("kind"));
    }
    match entry.object {
        Some(_) => Ok(()),
        None => Err(Refusal::new(Rule::Man1, "missing").within("package")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Digest;
    use crate::repository::{Listed, Object};

    fn notice(n: u8) -> Entry {
        let object = Some(Object { package: Digest([n; 32]), size: 9_000, front: 4_096 });
        Entry { manifest: Digest([n; 32]), listed: Listed::Notice, sequence: u64::from(n), object }
    }

    fn head() -> Head {
        let id = |s| Id::new(s).unwrap();
        Head {
            of: LogName {
                repository: id("acme-updates"),
                vendor: id("acme"),
                name: id("cam-x1"),
                channel: Channel::Stable,
            },
            version: 3,
            issued: 1_790_000_000,
            max_age: 259_200,
            keyring: 2,
            log: TreeHead { size: 2, root: Digest::of(b"root") },
            current: [notice(1), notice(2)].into(),
        }
    }

    fn refused(head: &Head) -> (Rule, alloc::string::String) {
        let refusal = Head::decode(&head.to_tree().to_bytes()).unwrap_err();
        (refusal.rule, refusal.at)
    }

    #[test]
    fn what_is_written_reads_back() {
        let empty = Head { log: TreeHead::EMPTY, current: Vec::new(), ..head() };
        for head in [head(), empty] {
            assert_eq!(Head::decode(&head.to_tree().to_bytes()), Ok(head));
        }
    }

    #[test]
    fn each_fault_has_its_rule() {
        let with = |current: Vec<Entry>| Head { current, ..head() };
        let late = crate::manifest::ISSUED.end() + 1;
        for (head, rule, at) in [
            (Head { version: 0, ..head() }, Rule::Ver7, "version"),
            (Head { keyring: 0, ..head() }, Rule::Ver7, "keyring"),
            (Head { issued: late, ..head() }, Rule::Ver13, "issued"),
            (Head { max_age: 0, ..head() }, Rule::Man5, "max-age"),
            (Head { max_age: limits::MAX_AGE + 1, ..head() }, Rule::Man5, "max-age"),
            (Head { log: TreeHead { size: 1, ..head().log }, ..head() }, Rule::Man5, "current"),
            (Head { log: TreeHead { size: 0, ..head().log }, ..head() }, Rule::Man4, "log.root"),
            (with([notice(2), notice(1)].into()), Rule::Man7, "current[1]"),
            (with([notice(1), notice(1)].into()), Rule::Man7, "current[1]"),
            (with([Entry { object: None, ..notice(1) }].into()), Rule::Man1, "current[0].package"),
            (
                with([Entry { listed: Listed::Acknowledgement, ..notice(1) }].into()),
                Rule::Man4,
                "current[0].kind",
            ),
            (with(alloc::vec![notice(1); limits::CURRENT + 1]), Rule::Man5, "current"),
        ] {
            assert_eq!(refused(&head), (rule, at.into()));
        }
        let long = alloc::vec![0; usize::try_from(limits::HEAD).unwrap() + 1];
        assert_eq!(Head::decode(&long).unwrap_err().rule, Rule::Con4);
    }

    #[test]
    fn every_field_but_current_is_needed_and_no_other_is_known() {
        let Tree::Map(fields) = head().to_tree() else { unreachable!() };
        for (key, _) in fields.iter().filter(|(k, _)| k != "current") {
            let rest = Tree::Map(fields.iter().filter(|(k, _)| k != key).cloned().collect());
            assert_eq!(Head::decode(&rest.to_bytes()).unwrap_err().rule, Rule::Man1, "{key}");
        }
        let more = Tree::Map(fields.into_iter().chain([("x-note".into(), Tree::text("a"))]).collect());
        assert_eq!(Head::decode(&more.to_bytes()).unwrap_err().rule, Rule::Man2);
    }
}
