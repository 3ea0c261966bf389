//! What is offered: each package once, and no more of them than fit in memory. Without any key somebody can put one
//! genuine package into a folder under thousands of names, or every package that its maker ever signed.

use crate::remember::Memory;
use crate::repository::Repository;
use crate::sources::{self, log};
use pkg_decide::Fit;
use pkg_verify::format::manifest::{Body, Channel};
use pkg_verify::format::repository::Entry;
use pkg_verify::io::Seekable;
use pkg_verify::{Statements, Verified};
use std::cmp::Reverse;
use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};

/// Packages of each sort that are held at a time: a round decides on one, and the next round sees the rest.
const HELD: usize = 64;

/// The bytes of their manifests, together: decoded they take some ten times as much. One is held always.
const BYTES: usize = 4 << 20;

/// Files of one source that are tried for one package: where that many copies are spoilt, another source is asked.
const COPIES: usize = 4;

/// Where a package is.
#[derive(Clone)]
pub(crate) enum Place {
    File(PathBuf),
    /// In the repository, in full; perhaps there is a delta, too.
    Listed(Entry),
}

impl Place {
    /// The folder, or none for the repository.
    fn source(&self) -> Option<&Path> {
        match self {
            Place::File(path) => path.parent(),
            Place::Listed(_) => None,
        }
    }
}

/// Names are quoted: they come from outside.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::File(path) => write!(f, "{path:?}"),
            Place::Listed(entry) => write!(f, "the listed package {}", entry.manifest.short()),
        }
    }
}

/// A package whose statements are verified, and the places that hold it.
pub(crate) struct Offer {
    /// In the order of the sources.
    pub(crate) places: Vec<Place>,
    pub(crate) package: Statements,
    bytes: usize,
}

impl Offer {
    /// Notes one more place with the same package: the first may turn out to be spoilt or gone.
    fn also_at(&mut self, place: Place) {
        let beside = self.places.iter().filter(|p| p.source() == place.source()).count();
        if beside < COPIES {
            self.places.push(place);
        }
    }
}

/// What a package can do here. Each sort has room of its own, so that none crowds out another.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Step,
    Informational,
    /// Installed, or refused.
    Rest,
}

/// The packages whose statements can be verified, as many as are held. Payloads stay unread. Of the steps that a
/// repository lists only the best one is fetched, unless `all` are wanted.
///
/// `hear` gets each of them before any is dropped, so that withdrawals count, however much is offered.
pub(crate) fn gather(
    folders: &[String],
    repository: Option<&mut Repository>,
    memory: &Memory,
    all: bool,
    mut hear: impl FnMut(&Statements),
) -> Vec<Offer> {
    let mut held: Vec<Offer> = Vec::new();
    for path in sources::list(folders, "pkg", sources::PACKAGES) {
        match verified(&path, memory) {
            Ok(package) => {
                hear(&package);
                add(&mut held, Place::File(path), package.into_statements(), memory);
            }
            Err(why) => log(&format!("{path:?}: {why}")),
        }
    }
    if let Some(repository) = repository {
        repository.offers(memory, all, &mut |entry, package| {
            hear(&package);
            add(&mut held, Place::Listed(entry.clone()), package, memory);
        });
    }
    held
}

fn add(held: &mut Vec<Offer>, place: Place, package: Statements, memory: &Memory) {
    let name = (package.manifest_digest(), package.delivery_digest());
    let same = held.iter_mut().find(|o| (o.package.manifest_digest(), o.package.delivery_digest()) == name);
    if let Some(offer) = same {
        offer.also_at(place);
        return;
    }
    let of = sort(&package, memory);
    if of == Sort::Step && ways(held, &package, &place, memory) >= COPIES {
        log(&format!("{place}: more ways to bring one release than are held of a source"));
        return;
    }
    let bytes = package.manifest().to_tree().to_bytes().len();
    held.push(Offer { places: vec![place], package, bytes });
    bound(held, of, memory);
}

/// How many packages from the same source bring the same release to this device: another source may have a good one.
fn ways(held: &[Offer], package: &Statements, place: &Place, memory: &Memory) -> usize {
    let same = |o: &&Offer| {
        o.package.manifest_digest() == package.manifest_digest()
            && o.places.first().is_some_and(|first| first.source() == place.source())
            && sort(&o.package, memory) == Sort::Step
    };
    held.iter().filter(same).count()
}

/// Reads the statements of a package, and verifies them. An install that resumes seeks past what it has already.
pub(crate) fn verified(path: &Path, memory: &Memory) -> Result<Verified<Seekable<File>>, pkg_verify::Error> {
    pkg_verify::open(Seekable::new(sources::open(path)?))?
        .verify(&memory.keyring, &memory.state.device.policy)
}

fn sort(package: &Statements, memory: &Memory) -> Sort {
    let device = &memory.state.device;
    match (device.state.fits(package, &device.policy), package.manifest().release()) {
        (Ok(Fit::Step), _) => Sort::Step,
        (Ok(_), None) => Sort::Informational,
        _ => Sort::Rest,
    }
}

/// Drops the least important of a sort while there are too many.
fn bound(held: &mut Vec<Offer>, of: Sort, memory: &Memory) {
    loop {
        let same: Vec<_> = (0..held.len())
            .filter(|i| held.get(*i).is_some_and(|o| sort(&o.package, memory) == of))
            .collect();
        let bytes =
            same.iter().filter_map(|i| held.get(*i)).fold(0usize, |sum, o| sum.saturating_add(o.bytes));
        if same.len() <= HELD && (bytes <= BYTES || same.len() <= 1) {
            return;
        }
        let device = &memory.state.device;
        let runs = |p: &&Statements| device.state.fits(p, &device.policy) == Ok(Fit::Installed);
        let running: Vec<_> = held.iter().map(|o| &o.package).filter(runs).collect();
        let rank = |i: &usize| held.get(*i).map(|o| rank(&o.package, memory, &running));
        let Some(least) = same.iter().copied().max_by_key(rank) else { return };
        let dropped = held.remove(least);
        dropped.places.first().iter().for_each(|place| {
            log(&format!("{place}: more is offered than is held at a time"));
        });
    }
}

/// The order of importance: releases for users before those for testing, fixes before features; news before what is
/// known, withdrawals before notices; newer before older.
fn rank(
    package: &Statements,
    memory: &Memory,
    running: &[&Statements],
) -> (bool, bool, Reverse<u64>, Reverse<u64>) {
    let manifest = package.manifest();
    let sequence = Reverse(manifest.common().sequence);
    match manifest.release() {
        Some(release) => {
            let (testing, level) =
                (release.identity.channel == Channel::Testing, release.identity.security_level);
            (testing, release.security().is_none(), Reverse(level), sequence)
        }
        None => {
            let news = memory.state.choices.is_news(&memory.state.device, package, running);
            (!news, !matches!(manifest.body(), Body::Withdrawal(_)), Reverse(0), sequence)
        }
    }
}
