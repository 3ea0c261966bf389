//! Images, how they are stored in the package, and the documents of the release.

use super::Page;
use super::format::evidence as indexes;
use super::format::size;
use super::layout::{Sheet, fold};
use pkg_format::delivery::{DeliveryKind, Payload};
use pkg_format::manifest::{Image, Release};
use pkg_format::{Delivery, Manifest};

/// The finished images.
pub(super) fn images(sheet: &mut Sheet<'_>, release: &Release) {
    let total: u64 = release.images.iter().map(|i| i.size).fold(0, u64::saturating_add);
    sheet.head(&format!("Images ({}, {})", release.images.len(), size(total)));
    let (shown, folded) = fold(&release.images);
    let cells = |i: &Image| {
        let version = i.version.as_ref().map(|v| v.to_string()).unwrap_or_default();
        vec![i.component.to_string(), size(i.size), version]
    };
    let rows: Vec<_> = shown.iter().map(cells).collect();
    for (line, image) in sheet.columns(&rows, &[1]).iter().zip(shown) {
        sheet.item(line);
        sheet.under(&format!("sha256 {}", image.sha256));
    }
    sheet.folded(folded);
}

/// How the images are stored in the package.
pub(super) fn write(sheet: &mut Sheet<'_>, page: &Page<'_>, release: &Release) {
    let Some(delivery) = page.delivery else {
        sheet.head("Delivery");
        return sheet.item("it is missing or breaks a rule; --json shows what can be read of it");
    };
    sheet.head(&format!("Delivery ({})", delivery.kind));
    let what = match delivery.kind {
        DeliveryKind::Full => "needs no base",
        DeliveryKind::Delta => "needs the bases below",
    };
    sheet.item(&format!("{what}; {} of memory to decode", size(delivery.decode_memory())));
    let heads = ["component", "image", "codec", "chunks", "stored", "share", "memory"];
    let pairs: Vec<_> = delivery.payloads.iter().zip(&release.images).collect();
    let (shown, folded) = fold(&pairs);
    let rows = std::iter::once(heads.map(String::from).to_vec());
    sheet.table(rows.chain(shown.iter().map(|(p, i)| row(p, i))).collect(), &[1, 3, 4, 5, 6]);
    sheet.folded(folded);
    for (payload, _) in shown {
        if let Some(base) = &payload.base {
            sheet.item(&format!("{} from {}, {}", payload.component, base.version, size(base.size)));
            sheet.under(&format!("sha256 {}", base.sha256));
        }
    }
}

fn row(payload: &Payload, image: &Image) -> Vec<String> {
    let stored = payload.stored_bytes();
    let share = u128::from(stored) * 1000 / u128::from(image.size.max(1));
    vec![
        payload.component.to_string(),
        size(image.size),
        payload.codec.to_string(),
        payload.chunks.len().to_string(),
        size(stored),
        format!("{}.{} %", share / 10, share % 10),
        size(payload.decode_memory),
    ]
}

/// The documents that the manifest refers to.
pub(super) fn evidence(sheet: &mut Sheet<'_>, page: &Page<'_>, manifest: &Manifest) {
    let all = &manifest.common().evidence;
    if all.is_empty() {
        return;
    }
    sheet.head(&format!("Evidence ({})", all.len()));
    let entries: Vec<_> = (0u64..).zip(all).collect();
    let (shown, folded) = fold(&entries);
    let cells = |(index, e): &(u64, &pkg_format::manifest::Evidence)| {
        let inside = match (manifest.release(), page.delivery) {
            (None, _) => e.uri.is_none(), // words carry every document that cannot be had elsewhere
            (Some(_), delivery) => delivery.is_some_and(|d: &Delivery| d.evidence.contains(index)),
        };
        let place = match (inside, &e.uri) {
            (true, _) => "in this package",
            (false, Some(_)) => "at its URL",
            (false, None) => "not in this package",
        };
        vec![indexes(&[*index]), e.kind.to_string(), size(e.size), place.into(), e.sha256.short()]
    };
    let rows: Vec<_> = shown.iter().map(cells).collect();
    for (line, (_, entry)) in sheet.columns(&rows, &[2]).iter().zip(shown) {
        sheet.item(line);
        let uri = entry.uri.as_ref().map(|u| format!(" · {}", u)).unwrap_or_default();
        sheet.under(&format!("{}{uri}", entry.media_type));
    }
    sheet.folded(folded);
}
