//! The images of two packages compared: decoded, listed, and their files held against each other.

use crate::error::Error;
use crate::options::CompareOptions;
use crate::side::{Package, Side};
use crate::statements::ImagePair;
use pkg_contents::{Image as Bytes, Inside, Limits, ListOptions, Listing, list};
use pkg_format::manifest::Image;
use pkg_format::{Digest, Id, delivery};
use pkg_install::{PreviewBase, Seen, preview};
use std::fmt;
use std::fs::File;
use std::io::Read;

/// Images larger than this are compared by their digests only: 16 GiB.
const LARGEST: u64 = 16 << 30;

/// How the images of one component compare.
#[derive(Debug)]
pub struct ImageDifference {
    /// The component.
    pub component: String,
    /// Size in bytes and digest of the image in the old package, if it has one.
    pub old: Option<(u64, Digest)>,
    /// The same of the new package.
    pub new: Option<(u64, Digest)>,
    /// What was found.
    pub found: ImageFinding,
}

/// What comparing the images of one component found.
#[derive(Debug)]
pub enum ImageFinding {
    /// Both packages have the same bytes.
    Same,
    /// Only one of the packages has an image.
    OneSided,
    /// Both were listed: the format of the new one, and how the listings compare.
    Listed(String, Inside),
    /// The bytes differ, and the images were not listed.
    NotListed(NotListed),
}

/// Why an image was not listed. As text, it is the reason in words.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotListed {
    /// It is larger than 16 GiB.
    TooLarge,
    /// Its package is not verified, and the image is far larger than the bytes stored for it could explain.
    Disproportionate {
        /// The bytes that its manifest claims.
        size: u64,
        /// The bytes that are stored.
        stored: u64,
        /// How many bytes so few stored bytes are unpacked to.
        limit: u64,
    },
    /// The old package has it as a delta from an image that was not given.
    OldNeedsBase(delivery::Base),
    /// The new package has it as a delta from an image that was not given.
    NewNeedsBase(delivery::Base),
    /// The only package that was given has it as a delta.
    NeedsBase(delivery::Base),
    /// Its package does not hold it.
    Missing,
}

impl fmt::Display for NotListed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let needs = |f: &mut fmt::Formatter<'_>, side: &str, base: &delivery::Base| {
            write!(f, "{side} is a delta from version {}, whose image was not given", base.version)
        };
        match self {
            NotListed::TooLarge => write!(f, "it is larger than {} GiB", LARGEST >> 30),
            NotListed::Disproportionate { size, stored, limit } => write!(
                f,
                "its {size} bytes exceed the limit for an unverified package: {limit} bytes for {stored} stored bytes"
            ),
            NotListed::OldNeedsBase(base) => needs(f, "OLD", base),
            NotListed::NewNeedsBase(base) => needs(f, "NEW", base),
            NotListed::NeedsBase(base) => needs(f, "it", base),
            NotListed::Missing => f.write_str("its package does not hold it"),
        }
    }
}

impl ImageDifference {
    /// Why nobody can say what differs, if the images differ and that is so.
    pub fn unexplained(&self) -> Option<String> {
        match &self.found {
            ImageFinding::NotListed(why) => Some(why.to_string()),
            ImageFinding::Listed(_, Inside::Unexplained(why)) => Some(why.clone()),
            ImageFinding::Same | ImageFinding::OneSided | ImageFinding::Listed(_, Inside::Files(_)) => None,
        }
    }
}

/// The images of both packages that are worth a look, decoded into temporary files.
pub(crate) struct Decoded<'m> {
    pairs: Vec<Pair<'m>>,
    olds: Vec<(Id, Seen)>,
    news: Vec<(Id, Seen)>,
}

/// The images of a component, and what is known of them before they are decoded.
struct Pair<'m> {
    images: ImagePair<'m>,
    /// How many bytes each takes where it is stored.
    stored: (u64, u64),
    limit: Option<NotListed>,
}

impl Pair<'_> {
    fn is_wanted(&self) -> bool {
        let ImagePair { old, new } = self.images;
        self.limit.is_none() && old.is_some() && new.is_some() && !self.images.is_same()
    }
}

impl<'m> Decoded<'m> {
    /// Decodes the images that differ, and reads both packages up to the end of their payloads.
    pub(crate) fn read<R: Read>(
        pairs: Vec<ImagePair<'m>>,
        (old, old_package): (&Side, &mut Package<R>),
        (new, new_package): (&Side, &mut Package<R>),
        options: &CompareOptions<'_>,
    ) -> Result<Decoded<'m>, Error> {
        let pair = |images: ImagePair<'m>| {
            let component = images.component();
            let stored = (stored_bytes(old, None, component), stored_bytes(new, Some(old), component));
            let limit = images.old.and_then(|i| beyond(i.size, stored.0, old.is_vouched));
            let limit = limit.or(images.new.and_then(|i| beyond(i.size, stored.1, new.is_vouched)));
            Pair { images, stored, limit }
        };
        let pairs: Vec<_> = pairs.into_iter().map(pair).collect();
        let wanted = |image: &Image| {
            pairs.iter().any(|p| p.is_wanted() && p.images.component() == image.component.as_str())
        };
        let olds = decoded(old_package, &wanted, options)?;
        // A delta that starts from the very images of the old package needs no other base.
        for (component, seen) in &olds {
            let Seen::Image(file) = seen else { continue };
            let is_given = new_package.bases.iter().any(|b| b.component == *component);
            if !is_given && starts_from(new, old, component) {
                let file = file.try_clone().map_err(Error::ReadTemporary)?;
                let name = old_package.path.clone();
                new_package.bases.push(PreviewBase { component: component.clone(), file, name });
            }
        }
        let news = decoded(new_package, &wanted, options)?;
        Ok(Decoded { pairs, olds, news })
    }

    /// Lists the decoded images and compares them.
    pub(crate) fn compare(&self, options: &CompareOptions<'_>) -> Result<Vec<ImageDifference>, Error> {
        let size = |image: Option<&Image>| image.map(|i| (i.size, i.sha256));
        let one = |pair: &Pair<'_>| {
            let ImagePair { old, new } = pair.images;
            let found = self.found(pair, options)?;
            let component = pair.images.component().into();
            Ok(ImageDifference { component, old: size(old), new: size(new), found })
        };
        self.pairs.iter().map(one).collect()
    }

    fn found(&self, pair: &Pair<'_>, options: &CompareOptions<'_>) -> Result<ImageFinding, Error> {
        let images = &pair.images;
        let component = images.component();
        Ok(match (seen(&self.olds, component), seen(&self.news, component)) {
            _ if images.is_same() => ImageFinding::Same,
            _ if images.old.is_none() || images.new.is_none() => ImageFinding::OneSided,
            (Some(Seen::Image(old)), Some(Seen::Image(new))) => listed((old, new), pair.stored, options)?,
            (Some(Seen::NeedsBase(base)), _) => {
                ImageFinding::NotListed(NotListed::OldNeedsBase(base.clone()))
            }
            (_, Some(Seen::NeedsBase(base))) => {
                ImageFinding::NotListed(NotListed::NewNeedsBase(base.clone()))
            }
            _ => ImageFinding::NotListed(pair.limit.clone().unwrap_or(NotListed::Missing)),
        })
    }
}

fn seen<'d>(all: &'d [(Id, Seen)], component: &str) -> Option<&'d Seen> {
    all.iter().find(|(c, _)| c.as_str() == component).map(|(_, seen)| seen)
}

/// Decodes the wanted images of a package into temporary files.
pub(crate) fn decoded<R: Read>(
    package: &mut Package<R>,
    wanted: &dyn Fn(&Image) -> bool,
    options: &CompareOptions<'_>,
) -> Result<Vec<(Id, Seen)>, Error> {
    let install =
        pkg_install::InstallOptions { jobs: options.jobs, ..pkg_install::InstallOptions::default() };
    let seen = preview(&mut package.preview, wanted, &package.bases, options.scratch, &install);
    seen.map_err(|error| match error {
        pkg_install::Error::Package(error) => Error::Package { path: package.path.clone(), error },
        pkg_install::Error::Write { path, error } => Error::WriteTemporary { folder: path, error },
        other => Error::Decode(other),
    })
}

/// How many bytes an image takes where it is stored: in its package, and for a delta also those of its base, which is
/// a file that was given or an image of the package `before`.
pub(crate) fn stored_bytes(side: &Side, before: Option<&Side>, component: &str) -> u64 {
    let mut payloads = side.delivery.iter().flat_map(|d| &d.payloads);
    let Some(payload) = payloads.find(|p| p.component.as_str() == component) else { return 0 };
    let base = payload.base.as_ref().map_or(0, |base| match before {
        Some(old) if images(old).iter().any(|i| i.sha256 == base.sha256) => {
            stored_bytes(old, None, component)
        }
        _ => base.size,
    });
    payload.stored_bytes().saturating_add(base)
}

fn images(side: &Side) -> &[Image] {
    side.manifest.release().map_or(&[][..], |r| &r.images)
}

/// Why an image of this size is not decoded, if it is not.
pub(crate) fn beyond(size: u64, stored: u64, is_vouched: bool) -> Option<NotListed> {
    if size > LARGEST {
        return Some(NotListed::TooLarge);
    }
    let limit = pkg_contents::unpacked(stored);
    (!is_vouched && size > limit).then_some(NotListed::Disproportionate { size, stored, limit })
}

/// Whether a delta in `new` starts from the image that `old` has of the component.
fn starts_from(new: &Side, old: &Side, component: &Id) -> bool {
    let payload = new.delivery.iter().flat_map(|d| &d.payloads).find(|p| p.component == *component);
    let base = payload.and_then(|p| p.base.as_ref()).map(|b| b.sha256);
    let there = images(old).iter().find(|i| i.component == *component).map(|i| i.sha256);
    base.is_some() && base == there
}

/// Lists both images side by side, and compares the listings.
fn listed(
    (old, new): (&File, &File),
    stored: (u64, u64),
    options: &CompareOptions<'_>,
) -> Result<ImageFinding, Error> {
    let bytes = |file: &File| file.try_clone().and_then(Bytes::file).map_err(Error::ReadTemporary);
    let (old, new) = (bytes(old)?, bytes(new)?);
    let limited = |stored| ListOptions {
        limits: Limits::for_stored(stored),
        scratch: options.scratch,
        interrupted: options.interrupted,
    };
    let (of_old, of_new) = (limited(stored.0), limited(stored.1));
    let (old, new) = std::thread::scope(|scope| {
        let old = scope.spawn(|| list(&old, &of_old));
        let new = list(&new, &of_new);
        (old.join().unwrap_or(Err(pkg_contents::Error::Interrupted)), new)
    });
    let (old, new): (Listing, Listing) = (old.map_err(Error::List)?, new.map_err(Error::List)?);
    Ok(ImageFinding::Listed(new.format(), Inside::compare(&old, &new)))
}
