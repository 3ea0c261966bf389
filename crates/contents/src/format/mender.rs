//! An artifact of Mender: a tar archive with a manifest, a header, and one archive for each payload.

use super::members::{Members, essence, manifest, sums};
use super::{Format, compressed, tar};
use crate::bundle::{Bundle, TEXTS, Updater};
use crate::collect::Collector;
use crate::entry::value;
use crate::error::{Result, unread};
use crate::image::Image;
use crate::settings::{MOST, Setting, groups};

/// The most manifests, and the most headers: there are two with an augmented one, and a signature.
const FEW: usize = 8;

/// The most payloads. Mender's own client installs one.
const PAYLOADS: usize = 64;

/// The most files of a header that say something of a payload: two or three for each.
const SAID: usize = 1024;

/// Whether the first member of an archive says that it is an artifact.
pub(crate) fn is(head: &[u8]) -> bool {
    let at = |at: usize, text: &[u8]| head.get(at..).is_some_and(|rest| rest.starts_with(text));
    at(0, b"version\0") && at(257, b"ustar") && at(512, b"{\"format\":\"mender\"")
}

/// Lists the files of each payload under `data/0000`, those of the header under `header`, and looks into the images.
pub(crate) fn read(image: &Image, found: &mut Collector<'_>, depth: usize) -> Result<()> {
    let first = found.entries.len();
    found.keep_members();
    tar::read(image, found)?;
    let mut members = Members::new(found, first);
    let mut digests = members.digests(found);
    let mut settings = Vec::new();
    let lists = members.take_all(found, FEW, |name| name == "version" || name.starts_with("manifest"))?;
    for (_, file) in lists {
        settings.extend(sums(&manifest(&file)?)?);
    }
    for (name, file) in members.take_all(found, FEW, |name| name.starts_with("header"))? {
        let said = archive(&file, &name, found, &mut |files, found| header(files, found, &mut settings));
        said?;
    }
    let mut bundle = Bundle::new(Updater::Mender);
    describe(&mut bundle, &settings);
    found.bundle = Some(bundle);
    for (name, file) in members.take_all(found, PAYLOADS, |name| name.starts_with("data/"))? {
        archive(&file, &name, found, &mut |files, found| {
            digests.extend(files.digests(found));
            files.open(found, depth)
        })?;
    }
    members.open(found, depth)?;
    found.manifest(&essence(&settings, &digests))
}

/// Lists an archive in an artifact under its name without `.tar.gz`, and hands its files out.
fn archive(
    image: &Image,
    name: &str,
    found: &mut Collector<'_>,
    take: &mut dyn FnMut(&mut Members, &mut Collector<'_>) -> Result<()>,
) -> Result<()> {
    let decoded = match Format::detect(image)? {
        Some(format @ (Format::Gzip | Format::Xz | Format::Zstd)) => {
            compressed::decode(image, format, found)?
        }
        Some(Format::Tar) => image.clone(),
        _ => return unread(format!("{name} is compressed in a way that is not supported")),
    };
    let decoded = decoded.tracked();
    let name = name.split('.').next().unwrap_or_default();
    let path = found.full(name);
    let outer = found.under(Some(path));
    let first = found.entries.len();
    found.keep_members();
    tar::read(&decoded, found)?;
    let mut members = Members::new(found, first);
    found.rest(&decoded)?;
    take(&mut members, found)?;
    found.under(outer);
    Ok(())
}

/// Takes what the header says as settings; scripts stay files.
fn header(files: &mut Members, found: &mut Collector<'_>, settings: &mut Vec<Setting>) -> Result<()> {
    let said = files.take_all(found, SAID, |name| name == "header-info" || name.starts_with("headers/"))?;
    for (name, file) in said {
        let text = manifest(&file)?;
        // What a module of its maker's own says of a payload may have any form.
        match groups(&text) {
            Ok(said) => {
                let under = |s: Setting| Setting { path: format!("{name}/{}", s.path), value: s.value };
                settings.extend(said.into_iter().map(under));
            }
            Err(_) => settings.push(Setting { path: name, value: value(&text) }),
        }
        if settings.len() > MOST {
            return unread("a header with too many settings");
        }
    }
    files.open(found, 0)
}

fn describe(bundle: &mut Bundle, settings: &[Setting]) {
    let value = |path: &str| settings.iter().find(|s| s.path == path);
    let name = value("header-info/artifact_provides/artifact_name");
    let name = name.or_else(|| value("header-info/artifact_name"));
    bundle.version(name.map(|s| s.value.as_str()));
    // Each is looked up among all settings.
    let mut left = TEXTS;
    for setting in settings {
        let group = setting.split().0;
        if group.ends_with("/device_type") || group.ends_with("/device_types_compatible") {
            bundle.for_device(&setting.value);
        }
        let payload = setting.path.strip_prefix("data/").and_then(|rest| rest.split_once('/'));
        if let Some((number, file)) = payload.filter(|_| left > 0) {
            left = left.saturating_sub(1);
            let number = number.parse::<u32>().unwrap_or(0);
            let kind = value(&format!("header-info/payloads/{number}/type"));
            let kind = kind.or_else(|| value(&format!("header-info/updates/{number}/type")));
            bundle.image(kind.map_or("-", |s| &s.value), Some(file), Some(&setting.value));
        }
    }
}
