//! An image of SWUpdate: a cpio archive whose first member is `sw-description`.

use super::cpio;
use super::members::{Members, essence, manifest};
use crate::bundle::{Bundle, TEXTS, Updater};
use crate::collect::Collector;
use crate::error::{OrUnread, Result};
use crate::image::Image;
use crate::settings::{Setting, groups};

/// Its description, and the signature of that.
const DESCRIPTION: &str = "sw-description";
const SIGNATURE: &str = "sw-description.sig";

/// Whether the first member of an archive in the form "newc" is the description.
pub(crate) fn is(head: &[u8]) -> bool {
    let name = head.get(110..).is_some_and(|rest| rest.starts_with(b"sw-description\0"));
    name && (head.starts_with(b"070702") || head.starts_with(b"070701"))
}

/// Lists the files, and looks into the images.
pub(crate) fn read(
    image: &Image,
    found: &mut Collector<'_>,
    formats: &mut Vec<&'static str>,
    depth: usize,
) -> Result<()> {
    let first = found.entries.len();
    found.keep_members();
    cpio::read(image, found, formats)?;
    let mut members = Members::new(found, first);
    let (_, description) = members.take(found, |name| name == DESCRIPTION).or_unread("no description")?;
    let text = manifest(&description)?;
    members.take(found, |name| name == SIGNATURE);
    let mut bundle = Bundle::new(Updater::Swupdate);
    let essence = match groups(&text) {
        Ok(settings) => {
            describe(&mut bundle, &settings);
            essence(&settings, &members.digests(found))
        }
        // An encrypted description, or one with what is not read here, is compared as it is.
        Err(_) => text,
    };
    found.bundle = Some(bundle);
    members.open(found, depth)?;
    found.manifest(&essence)
}

/// The keys that say where an image goes, in the order of preference.
const PLACES: [&str; 7] = ["device", "volume", "mtdname", "partition", "path", "name", "type"];

fn describe(bundle: &mut Bundle, settings: &[Setting]) {
    bundle.version(settings.iter().find(|s| s.path == "software/version").map(|s| s.value.as_str()));
    // Each is looked up among all settings.
    let mut left = TEXTS;
    for setting in settings {
        let (group, key) = setting.split();
        if group.ends_with("/hardware-compatibility") {
            bundle.for_device(&setting.value);
        }
        if key == "filename" && left > 0 {
            left = left.saturating_sub(1);
            let of =
                |key: &&str| settings.iter().find(|s| s.split() == (group, key)).map(|s| s.value.as_str());
            let place = PLACES.iter().find_map(&of).unwrap_or("-");
            bundle.image(place, Some(&setting.value), of(&"sha256"));
        }
    }
}
