//! From an image to its listing: what it is, then what is in it.

use crate::collect::Collector;
use crate::entry::{Entry, Listing};
use crate::error::{Error, Result, Stop, unread};
use crate::format::{self, Format, magic};
use crate::image::Image;
use crate::options::ListOptions;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Lists what an image holds. An image that is unsound or beyond a limit is no error: the listing says why
/// it has no entries.
///
/// # Errors
/// The image or a temporary file could not be read or written, or the caller interrupted.
///
/// ```
/// # use pkg_contents::{Image, Limits, ListOptions, list};
/// # let interrupted = std::sync::atomic::AtomicBool::new(false);
/// let options = ListOptions { limits: Limits::default(), scratch: &std::env::temp_dir(), interrupted: &interrupted };
/// let listing = list(&Image::memory(b"no format that anybody knows".to_vec()), &options)?;
/// assert!(!listing.is_known() && listing.entries.is_empty());
/// # Ok::<(), pkg_contents::Error>(())
/// ```
pub fn list(image: &Image, options: &ListOptions<'_>) -> Result<Listing, Error> {
    let mut formats = Vec::new();
    let mut found = Collector::new(options, image);
    // Readers of other people are called below. Should one panic, nothing of the image is kept.
    let read = catch_unwind(AssertUnwindSafe(|| inside(image, &mut found, &mut formats)));
    let read = read.unwrap_or_else(|_| unread("the reader failed"));
    let bundle = found.bundle;
    match read {
        Ok(entries) => Ok(Listing { formats, entries, bundle, unread: None }),
        Err(Stop::Unread(why)) => Ok(Listing { formats, entries: Vec::new(), bundle, unread: Some(why) }),
        Err(Stop::Error(error)) => Err(error),
    }
}

/// How deep images may be nested: a file system in a compressed partition of a disk has depth 3.
const DEPTH: usize = 4;

/// Reads an image, and tells its formats from outside in.
fn inside(image: &Image, found: &mut Collector<'_>, formats: &mut Vec<&'static str>) -> Result<Vec<Entry>> {
    if Format::detect(image)?.is_none() && magic::named(image)?.is_none() {
        return Ok(Vec::new());
    }
    format::read(image, found, formats, DEPTH)?;
    let mut entries = std::mem::take(&mut found.entries);
    entries.sort_by(|a, b| a.path.cmp(&b.path));
    match entries.windows(2).all(|pair| matches!(pair, [a, b] if a.path != b.path)) {
        true => Ok(entries),
        false => unread("the same name twice"),
    }
}
