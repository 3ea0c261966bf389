//! How a file differs, on one line.

use super::super::format::size;
use super::super::prose::plain;
use crate::colours::DIM;
use pkg_contents::{Aspect, Change, Entry};
use std::collections::BTreeSet;

/// How a file differs.
pub(super) fn how(change: &Change) -> String {
    let one = |e: &Entry| match (&e.sha256, &e.target) {
        (Some(_), _) => format!("{DIM}{}{DIM:#}", size(e.size).replace(' ', "\u{a0}")),
        (None, Some(target)) => format!("→ {}", plain(target)),
        (None, None) => e.kind.as_str().into(),
    };
    match change {
        Change::Added(entry) | Change::Removed(entry) => one(entry),
        Change::Changed(both, aspects) => {
            let (old, new) = both.as_ref();
            aspects.iter().map(|a| aspect(*a, old, new)).collect::<Vec<_>>().join(", ")
        }
    }
}

fn aspect(aspect: Aspect, old: &Entry, new: &Entry) -> String {
    let mode = |e: &Entry| e.mode.map_or_else(|| "-".into(), |m| format!("{m:o}"));
    let owner = |e: &Entry| e.owner.map_or_else(|| "-".into(), |(u, g)| format!("{u}:{g}"));
    let target = |e: &Entry| e.target.as_deref().map_or_else(|| "-".into(), plain);
    let device = |e: &Entry| e.device.map_or_else(|| "-".into(), |(a, b)| format!("{a}, {b}"));
    let word = aspect.as_str();
    match aspect {
        Aspect::Content if old.size == new.size => {
            format!("{word}, still {}{}", size(new.size), build_id(old, new))
        }
        Aspect::Content => format!("{word}, {} → {}{}", size(old.size), size(new.size), build_id(old, new)),
        Aspect::Type => format!("{word} {} → {}", old.kind.as_str(), new.kind.as_str()),
        Aspect::Mode => format!("{word} {} → {}", mode(old), mode(new)),
        Aspect::Owner => format!("{word} {} → {}", owner(old), owner(new)),
        Aspect::Target => format!("{word} {} → {}", target(old), target(new)),
        Aspect::Device => format!("{word} {} → {}", device(old), device(new)),
        Aspect::Attributes => attributes(old, new),
    }
}

/// Attributes that differ: `security.capability 0x01 → 0x02`.
fn attributes(old: &Entry, new: &Entry) -> String {
    let names: BTreeSet<_> = old.attributes.keys().chain(new.attributes.keys()).collect();
    let value = |e: &Entry, name: &str| e.attributes.get(name).map_or_else(|| "-".into(), |v| plain(v));
    let differ = names.into_iter().filter(|n| old.attributes.get(*n) != new.attributes.get(*n));
    let all: Vec<_> = differ.map(|n| format!("{} {} → {}", plain(n), value(old, n), value(new, n))).collect();
    all.join(", ")
}

/// The build ids of a program, if they differ.
fn build_id(old: &Entry, new: &Entry) -> String {
    let short = |id: &Vec<u8>| id.iter().take(4).map(|b| format!("{b:02x}")).collect::<String>();
    match (&old.build_id, &new.build_id) {
        (Some(old), Some(new)) if old != new => format!(", build id {}… → {}…", short(old), short(new)),
        _ => String::new(),
    }
}
