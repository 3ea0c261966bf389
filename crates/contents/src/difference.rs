//! What differs between two listings.

use crate::entry::{Entry, Kind, Listing};
use std::cmp::Ordering;

/// In what a file differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aspect {
    /// What it is.
    Type,
    /// Its bytes.
    Content,
    /// Its permission bits.
    Mode,
    /// Its user or group.
    Owner,
    /// Where it leads.
    Target,
    /// Its device numbers.
    Device,
    /// Its extended attributes, inode flags, or the names of its owners.
    Attributes,
}

impl Aspect {
    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Aspect::Type => "type",
            Aspect::Content => "content",
            Aspect::Mode => "mode",
            Aspect::Owner => "owner",
            Aspect::Target => "target",
            Aspect::Device => "device",
            Aspect::Attributes => "attributes",
        }
    }
}

/// A path that is not the same on both sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Only the new image has it.
    Added(Entry),
    /// Only the old image has it.
    Removed(Entry),
    /// Both have it; old, then new.
    Changed(Box<(Entry, Entry)>, Vec<Aspect>),
}

impl Change {
    /// The path.
    pub fn path(&self) -> &str {
        match self {
            Change::Added(entry) | Change::Removed(entry) => &entry.path,
            Change::Changed(both, _) => &both.1.path,
        }
    }

    /// What it is, or was.
    pub fn kind(&self) -> Kind {
        match self {
            Change::Added(entry) | Change::Removed(entry) => entry.kind,
            Change::Changed(both, _) => both.1.kind,
        }
    }

    /// `added`, `removed` or `changed`.
    pub fn as_str(&self) -> &'static str {
        match self {
            Change::Added(_) => "added",
            Change::Removed(_) => "removed",
            Change::Changed(..) => "changed",
        }
    }

    /// The sign of it in a list for people.
    pub fn sign(&self) -> char {
        match self {
            Change::Added(_) => '+',
            Change::Removed(_) => '-',
            Change::Changed(..) => '~',
        }
    }
}

/// How two images of one component, whose bytes are not the same, compare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inside {
    /// All of both was read, and this differs: at least one entry.
    Files(Vec<Change>),
    /// Bytes differ that no difference was found for, and why: an image could not be read, or nothing
    /// differs in what was compared. Nobody may call that "nothing".
    Unexplained(String),
}

impl Inside {
    /// Compares two listings of images whose bytes differ.
    pub fn compare(old: &Listing, new: &Listing) -> Inside {
        for (side, listing) in [("old", old), ("new", new)] {
            if let Some(why) = &listing.unread {
                let what = format!("the {side} image could not be read as {}: {why}", listing.format());
                return Inside::Unexplained(what);
            }
        }
        match (old.is_known(), new.is_known()) {
            (true, true) => match differences(old, new) {
                changes if changes.is_empty() => Inside::Unexplained(
                    "the bytes differ, but no file, attribute or region does; only times, the layout or a journal can".into(),
                ),
                changes => Inside::Files(changes),
            },
            (false, false) => Inside::Unexplained("its format is unknown".into()),
            (false, true) => Inside::Unexplained("the format of the old image is unknown".into()),
            (true, false) => Inside::Unexplained("the format of the new image is unknown".into()),
        }
    }
}

/// What differs, sorted by path.
pub fn differences(old: &Listing, new: &Listing) -> Vec<Change> {
    let (mut olds, mut news) = (old.entries.iter().peekable(), new.entries.iter().peekable());
    let mut changes = Vec::new();
    loop {
        let order = match (olds.peek(), news.peek()) {
            (None, None) => return changes,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(old), Some(new)) => old.path.cmp(&new.path),
        };
        let old = if order.is_le() { olds.next() } else { None };
        let new = if order.is_ge() { news.next() } else { None };
        match (old, new) {
            (Some(old), Some(new)) => {
                let aspects = aspects(old, new);
                if !aspects.is_empty() {
                    changes.push(Change::Changed(Box::new((old.clone(), new.clone())), aspects));
                }
            }
            (Some(old), None) => changes.push(Change::Removed(old.clone())),
            (None, Some(new)) => changes.push(Change::Added(new.clone())),
            (None, None) => {}
        }
    }
}

fn aspects(old: &Entry, new: &Entry) -> Vec<Aspect> {
    let all = [
        (Aspect::Type, old.kind != new.kind),
        (Aspect::Content, (old.size, old.sha256) != (new.size, new.sha256)),
        (Aspect::Mode, old.mode != new.mode),
        (Aspect::Owner, old.owner != new.owner),
        (Aspect::Target, old.target != new.target),
        (Aspect::Device, old.device != new.device),
        (Aspect::Attributes, old.attributes != new.attributes),
    ];
    all.into_iter().filter(|(_, differs)| *differs).map(|(aspect, _)| aspect).collect()
}
