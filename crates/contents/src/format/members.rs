//! The files in a bundle of another updater: its manifest, its signatures, and images that are looked into.

use super::{Format, read};
use crate::collect::{Collector, Member};
use crate::entry::{Kind, hex, text};
use crate::error::{OrUnread, Result, Stop, unread};
use crate::fields::narrow;
use crate::image::Image;
use crate::settings::{LARGEST, MOST, Setting};
use std::collections::{BTreeMap, BTreeSet};

/// The files of a bundle, by their paths in the listing.
pub(crate) struct Members {
    all: Vec<Member>,
    /// Where what the bundle holds begins among the entries.
    first: usize,
    /// The path of the bundle with a slash, where it is a part of an image.
    prefix: String,
    /// Entries that are told in another way.
    told: BTreeSet<usize>,
}

impl Members {
    /// The files that were found from entry `first` on.
    pub(crate) fn new(found: &mut Collector<'_>, first: usize) -> Members {
        let prefix = found.prefix().map(|prefix| format!("{prefix}/")).unwrap_or_default();
        Members { all: found.members(), first, prefix, told: BTreeSet::new() }
    }

    /// The name of a file in the bundle.
    fn name<'f>(&self, found: &'f Collector<'_>, index: usize) -> &'f str {
        let path = found.entries.get(index).map_or("", |entry| entry.path.as_str());
        path.strip_prefix(&self.prefix).unwrap_or(path)
    }

    /// Takes out a file that is read in a way of its own, with its name; its entry goes.
    pub(crate) fn take(
        &mut self,
        found: &Collector<'_>,
        is: impl Fn(&str) -> bool,
    ) -> Option<(String, Image)> {
        let at = self.all.iter().position(|member| is(self.name(found, member.index)))?;
        let member = self.all.remove(at);
        let name = self.name(found, member.index).to_owned();
        self.told.insert(member.index);
        Some((name, member.image))
    }

    /// Takes out all such files. More than `most` of them are refused.
    pub(crate) fn take_all(
        &mut self,
        found: &Collector<'_>,
        most: usize,
        is: impl Fn(&str) -> bool,
    ) -> Result<Vec<(String, Image)>> {
        let all = std::mem::take(&mut self.all);
        let (taken, rest): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|member| is(self.name(found, member.index)));
        self.all = rest;
        if taken.len() > most {
            return unread(format!("more than {most} files of a kind in a bundle"));
        }
        self.told.extend(taken.iter().map(|member| member.index));
        Ok(taken.into_iter().map(|m| (self.name(found, m.index).to_owned(), m.image)).collect())
    }

    /// The names and digests of all files.
    pub(crate) fn digests(&self, found: &Collector<'_>) -> BTreeMap<String, String> {
        let files = found.entries.iter().enumerate().skip(self.first);
        files
            .filter_map(|(index, entry)| {
                let digest = hex(&entry.sha256?);
                Some((digest, self.name(found, index).to_owned()))
            })
            .collect()
    }

    /// Looks into every file that is an image, and drops the entries of those and of what was taken out.
    pub(crate) fn open(&mut self, found: &mut Collector<'_>, depth: usize) -> Result<()> {
        for Member { index, image } in std::mem::take(&mut self.all) {
            let path = found.entries.get(index).map(|e| e.path.clone()).or_unread("a missing file")?;
            if opened(&image, path, found, depth)? {
                self.told.insert(index);
            }
        }
        let mut index = 0usize;
        let told = std::mem::take(&mut self.told);
        found.entries.retain(|_| {
            let is_told = told.contains(&index);
            index = index.saturating_add(1);
            !is_told
        });
        Ok(())
    }
}

/// Lists what a file holds under its path. False if it is no image, or none that can be read: it counts as bytes.
pub(crate) fn opened(image: &Image, path: String, found: &mut Collector<'_>, depth: usize) -> Result<bool> {
    if matches!(Format::detect(image)?, None | Some(Format::Elf)) {
        return Ok(false);
    }
    let (before, bundle) = (found.entries.len(), found.bundle.take());
    let outer = found.under(Some(path));
    let result = read(image, found, &mut Vec::new(), depth);
    found.under(outer);
    found.bundle = bundle;
    match result {
        // Compressed bytes of no known format are no more than that.
        Ok(()) if !matches!(found.entries.get(before..), Some([one]) if one.kind == Kind::Unknown) => {
            Ok(true)
        }
        Ok(()) | Err(Stop::Unread(_)) => {
            found.entries.truncate(before);
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

/// The bytes of a manifest.
pub(crate) fn manifest(image: &Image) -> Result<Vec<u8>> {
    match image.size() > LARGEST {
        true => unread("a manifest of more than 1 MiB"),
        false => image.untracked().bytes(0, narrow(image.size())),
    }
}

/// What a manifest says, beside what changes with every build: versions, times, and the sizes and digests of the files
/// in the bundle, which are compared themselves. A digest that is of none of them stays.
pub(crate) fn essence(settings: &[Setting], digests: &BTreeMap<String, String>) -> Vec<u8> {
    let mut lines: Vec<String> = Vec::new();
    for setting in settings {
        let (_, key) = setting.split();
        if key == "version" || key.ends_with(".version") || NOISE.contains(&key) {
            continue;
        }
        let file = digests.get(&setting.value.to_ascii_lowercase());
        let value = file.map_or_else(|| setting.value.clone(), |file| format!("digest of {file}"));
        lines.push(format!("{}={value}\n", setting.path));
    }
    lines.concat().into_bytes()
}

/// Keys whose values change with every build.
const NOISE: [&str; 7] =
    ["build", "description", "size", "artifact_name", "verity-hash", "verity-salt", "verity-size"];

/// A list of digests and names, one a line, as `sha256sum` writes it.
pub(crate) fn sums(bytes: &[u8]) -> Result<Vec<Setting>> {
    let lines = text(bytes);
    let each = lines.lines().filter_map(|line| line.split_once(' '));
    let all: Vec<_> =
        each.map(|(digest, name)| Setting { path: name.trim().into(), value: digest.into() }).collect();
    (all.len() <= MOST).then_some(all).or_unread("a manifest with too many lines")
}
