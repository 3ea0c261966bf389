//! `pkg inspect --contents`: what the images are.

use super::changed;
use crate::commands::diff::{compare_failed, package};
use crate::interrupt;
use crate::options::all_cores;
use crate::out::Outcome;
use pkg_contents::{Bundle, Listing};
use pkg_diff::{CompareOptions, ImageContents};
use pkg_format::{Digest, Id};
use pkg_verify::Keyring;
use serde_json::{Value, json};
use std::path::Path;

/// Decodes the images of the package whose statements were shown.
pub(super) fn read(
    path: &Path,
    keyring: Option<&Keyring>,
    shown: Option<Digest>,
) -> Outcome<Vec<(Id, ImageContents)>> {
    let (_, package) = package::open(path, keyring, Vec::new())?;
    if Some(package.preview.manifest_digest()) != shown {
        return Err(changed(path));
    }
    let scratch = std::env::temp_dir();
    let options = CompareOptions { jobs: all_cores(), scratch: &scratch, interrupted: interrupt::flag() };
    pkg_diff::contents(package, &options).map_err(compare_failed)
}

pub(super) fn as_json(contents: &[(Id, ImageContents)]) -> Value {
    let image = |(component, found): &(Id, ImageContents)| match found {
        ImageContents::Listed(listing) => listed(component, listing),
        ImageContents::NotListed(why) => {
            json!({"component": component.as_str(), "format": null, "entries": null, "unread": why.to_string()})
        }
    };
    contents.iter().map(image).collect()
}

fn listed(component: &Id, listing: &Listing) -> Value {
    json!({
        "component": component.as_str(),
        "format": listing.format(),
        "entries": listing.is_known().then_some(listing.entries.len()),
        "unread": listing.unread,
        "bundle": listing.bundle.as_ref().map(bundle),
    })
}

fn bundle(bundle: &Bundle) -> Value {
    let images = bundle
        .images
        .iter()
        .map(|image| json!({"slot": image.slot, "file": image.file, "sha256": image.sha256}));
    json!({
        "updater": bundle.updater.as_str(),
        "compatible": bundle.compatible,
        "version": bundle.version,
        "hash": bundle.hash,
        "images": images.collect::<Value>(),
    })
}
