//! The images of both packages, and what is in them.

use super::side::{Package, Side};
use crate::commands::apply::failure;
use crate::interrupt;
use crate::out::{Failure, Outcome};
use pkg_contents::{Image as Bytes, Inside, Limits, Listing, list};
use pkg_diff::statements::ImagePair;
use pkg_format::manifest::Image;
use pkg_format::{Digest, Id};
use pkg_install::{InstallOptions, PreviewBase, Seen, preview};
use std::fs::File;
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// Images larger than this are compared by their digests only: 16 GiB.
const LARGEST: u64 = 16 << 30;

/// How the image of a component compares.
pub(crate) struct Compared {
    pub(crate) component: String,
    /// Size and digest before and after.
    pub(crate) old: Option<(u64, Digest)>,
    pub(crate) new: Option<(u64, Digest)>,
    pub(crate) look: Look,
}

/// The result of the comparison.
pub(crate) enum Look {
    /// The same bytes on both sides.
    Same,
    /// Only one side has it.
    OneSided,
    /// The files were compared: the format of the new image, and the result.
    Inside(String, Inside),
    /// The files were not compared: why, and what would help.
    Unseen(String, Option<String>),
}

impl Compared {
    /// Why the difference cannot be explained, if so.
    pub(crate) fn unexplained(&self) -> Option<&str> {
        match &self.look {
            Look::Unseen(why, _) | Look::Inside(_, Inside::Unexplained(why)) => Some(why),
            Look::Same | Look::OneSided | Look::Inside(_, Inside::Files(_)) => None,
        }
    }
}

type Taken<'s> = (&'s mut Side, Package, Vec<PreviewBase>);

/// Decodes what differs, reads both packages to their ends, and compares.
pub(super) fn compare(
    pairs: &[ImagePair<'_>],
    (old, mut old_package, old_bases): Taken<'_>,
    (new, mut new_package, mut new_bases): Taken<'_>,
    jobs: NonZeroUsize,
) -> Outcome<Vec<Compared>> {
    // What each image takes in its package, and whether it is worth its size on the disk.
    let held: Vec<_> = pairs.iter().map(|p| (stored(old, None, p), stored(new, Some(old), p))).collect();
    let too_large = |p: &ImagePair<'_>, (before, after): (u64, u64)| {
        let one = |i: Option<&Image>, side: &Side, held| i.and_then(|i| beyond(i.size, held, side.vouched));
        one(p.old, old, before).or(one(p.new, new, after))
    };
    let limits: Vec<_> = pairs.iter().zip(&held).map(|(p, held)| too_large(p, *held)).collect();
    let wanted_ones: Vec<_> = pairs
        .iter()
        .zip(&limits)
        .filter(|(p, limit)| limit.is_none() && p.old.is_some() && p.new.is_some() && !p.is_same())
        .map(|(p, _)| p.component().to_owned())
        .collect();
    let differs = |component: &Id| wanted_ones.iter().any(|c| c == component.as_str());
    let wanted = |image: &Image| differs(&image.component);
    let scratch = std::env::temp_dir();
    let options = InstallOptions { jobs, ..InstallOptions::default() };
    let seen = |package: &mut Package, bases: &[PreviewBase], side: &Side| {
        preview(package, &wanted, bases, &scratch, &options).map_err(|e| match e {
            pkg_install::Error::Package(e) => failure(e, &side.path),
            pkg_install::Error::Write { path, error } => {
                Failure::file("write a temporary file in", &path, &error)
                    .hint("set another folder for temporary files: TMPDIR=DIR pkg diff …")
            }
            other => other.into(),
        })
    };
    let olds = seen(&mut old_package, &old_bases, old)?;
    // A delta that starts from the very images of the old package needs no other base.
    for (component, seen) in &olds {
        let Seen::Image(file) = seen else { continue };
        if new_bases.iter().any(|b| b.component == *component) || !starts_from(new, old, component) {
            continue;
        }
        let file = file.try_clone().map_err(|e| Failure::file("read an image of", &old.path, &e))?;
        new_bases.push(PreviewBase { component: component.clone(), file, name: PathBuf::from(&old.path) });
    }
    let news = seen(&mut new_package, &new_bases, new)?;
    old.read_rest(old_package)?;
    new.read_rest(new_package)?;
    let all = pairs.iter().zip(held).zip(limits);
    all.map(|((pair, held), limit)| compared(pair, &olds, &news, held, limit)).collect()
}

/// How many bytes an image takes where it comes from: stored in its package, and with a delta what it
/// starts from, which is a file that somebody gave or an image of the old package.
fn stored(side: &Side, before: Option<&Side>, pair: &ImagePair<'_>) -> u64 {
    let payloads = side.delivery.iter().flat_map(|d| &d.payloads);
    let payload = payloads.into_iter().find(|p| p.component.as_str() == pair.component());
    let Some(payload) = payload else { return 0 };
    let base = payload.base.as_ref().map_or(0, |base| {
        let given = before.and_then(|old| old.manifest.release()).map_or(&[][..], |r| &r.images);
        match given.iter().any(|i| i.sha256 == base.sha256) {
            true => before.map_or(0, |old| stored(old, None, pair)),
            false => base.size,
        }
    });
    payload.stored_bytes().saturating_add(base)
}

/// Why an image of this size is not decoded.
fn beyond(size: u64, stored: u64, vouched: bool) -> Option<(String, Option<String>)> {
    if size > LARGEST {
        return Some((format!("it is larger than {} GiB", LARGEST >> 30), None));
    }
    let limit = pkg_contents::unpacked(stored);
    let help = "give --keyring FILE: the sizes in verified packages are trusted";
    (!vouched && size > limit).then(|| {
        let why = format!(
            "its {size} bytes exceed the limit for an unverified package: {limit} bytes for {stored} stored bytes"
        );
        (why, Some(help.to_owned()))
    })
}

/// Whether a delta in `new` starts from the image that `old` has for the component.
fn starts_from(new: &Side, old: &Side, component: &Id) -> bool {
    let payload = new.delivery.iter().flat_map(|d| &d.payloads).find(|p| p.component == *component);
    let base = payload.and_then(|p| p.base.as_ref()).map(|b| b.sha256);
    let images = old.manifest.release().map_or(&[][..], |r| &r.images);
    let there = images.iter().find(|i| i.component == *component).map(|i| i.sha256);
    base.is_some() && base == there
}

fn compared(
    pair: &ImagePair<'_>,
    olds: &[(Id, Seen)],
    news: &[(Id, Seen)],
    held: (u64, u64),
    limit: Option<(String, Option<String>)>,
) -> Outcome<Compared> {
    let of = |image: Option<&Image>| image.map(|i| (i.size, i.sha256));
    let find = |all: &[(Id, Seen)]| {
        let found = all.iter().find(|(c, _)| c.as_str() == pair.component());
        found.map(|(_, seen)| match seen {
            Seen::Image(file) => Ok(file.try_clone()),
            Seen::NeedsBase(base) => Err(base.clone()),
        })
    };
    let look = match (find(olds), find(news)) {
        _ if pair.is_same() => Look::Same,
        _ if pair.old.is_none() || pair.new.is_none() => Look::OneSided,
        (Some(Ok(old)), Some(Ok(new))) => inside((old, held.0), (new, held.1))?,
        (Some(Err(base)), _) => needs("OLD", "--old-base", pair.component(), &base),
        (_, Some(Err(base))) => needs("NEW", "--base", pair.component(), &base),
        _ => {
            let (why, help) = limit.unwrap_or_else(|| ("its package does not hold it".into(), None));
            Look::Unseen(why, help)
        }
    };
    Ok(Compared { component: pair.component().into(), old: of(pair.old), new: of(pair.new), look })
}

fn needs(side: &str, option: &str, component: &str, base: &pkg_format::delivery::Base) -> Look {
    Look::Unseen(
        format!("{side} is a delta from version {}, whose image was not given", base.version),
        Some(format!("give {option} {component}=FILE (sha256 {}), or the full package", base.sha256)),
    )
}

/// Lists both images side by side, and compares.
fn inside(
    (old, old_stored): (std::io::Result<File>, u64),
    (new, new_stored): (std::io::Result<File>, u64),
) -> Outcome<Look> {
    let cannot = |e: std::io::Error| Failure::cannot(format!("cannot read a temporary file: {e}"));
    let (old, new) = (old.and_then(Bytes::file).map_err(cannot)?, new.and_then(Bytes::file).map_err(cannot)?);
    let scratch = std::env::temp_dir();
    let options = |stored| pkg_contents::Options {
        limits: Limits::of(stored),
        scratch: &scratch,
        interrupted: interrupt::flag(),
    };
    let (of_old, of_new) = (options(old_stored), options(new_stored));
    let (old, new) = std::thread::scope(|scope| {
        let old = scope.spawn(|| list(&old, &of_old));
        let new = list(&new, &of_new);
        (old.join().unwrap_or(Err(pkg_contents::Error::Interrupted)), new)
    });
    let listing = |listing: Result<Listing, pkg_contents::Error>| {
        listing.map_err(|e| {
            Failure::cannot(format!("cannot read an image: {e}")).hint("nothing was left behind")
        })
    };
    let (old, new) = (listing(old)?, listing(new)?);
    Ok(Look::Inside(new.format(), Inside::compare(&old, &new)))
}
