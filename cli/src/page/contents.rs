//! What the images are, and what they are to another updater.

use super::layout::{Sheet, fold};
use super::prose::plain;
use pkg_contents::{Bundle, Listing, Updater};
use pkg_diff::ImageContents;
use pkg_format::Id;

pub(super) fn write(sheet: &mut Sheet<'_>, contents: &[(Id, ImageContents)]) {
    if contents.is_empty() {
        return;
    }
    sheet.head("Contents of the images");
    for (component, found) in contents {
        match found {
            ImageContents::Listed(listing) => listed(sheet, component, listing),
            ImageContents::NotListed(why) => {
                sheet.item(&format!("{component}  not read: {}", plain(&why.to_string())));
            }
        }
    }
}

fn listed(sheet: &mut Sheet<'_>, component: &Id, listing: &Listing) {
    let what = match (&listing.unread, listing.is_known()) {
        (None, true) => format!("{}, {} entries", listing.format(), listing.entries.len()),
        (Some(why), _) if !listing.formats.is_empty() => {
            format!("{}, not read: {}", listing.format(), plain(why))
        }
        _ => "bytes of no known format".into(),
    };
    sheet.item(&format!("{component}  {what}"));
    if let Some(bundle) = &listing.bundle {
        describe(sheet, bundle);
    }
}

fn describe(sheet: &mut Sheet<'_>, bundle: &Bundle) {
    let updater = match bundle.updater {
        Updater::Rauc => "RAUC",
        Updater::Swupdate => "SWUpdate",
        Updater::Mender => "Mender",
        Updater::Mcuboot => "MCUboot",
        _ => bundle.updater.as_str(),
    };
    sheet.under(&format!("says to {updater}, which checks it with keys of its own:"));
    for device in fold(&bundle.compatible).0 {
        sheet.quote_under("compatible", device);
    }
    if let Some(version) = &bundle.version {
        sheet.quote_under("version", version);
    }
    if let Some(hash) = &bundle.hash {
        sheet.quote_under("hash", hash);
    }
    let (shown, folded) = fold(&bundle.images);
    for image in shown {
        sheet.quote_under("slot", &image.slot);
        if let Some(file) = &image.file {
            sheet.quote_under("file", file);
        }
        if let Some(digest) = &image.sha256 {
            sheet.quote_under("sha256", digest);
        }
    }
    sheet.folded(folded);
}
