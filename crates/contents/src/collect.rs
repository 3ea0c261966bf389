//! Entries as they are found, counted against the limits.

use crate::build_id::{ELF, build_id};
use crate::bundle::Bundle;
use crate::entry::{self, BEHIND, BOOT, Entry, Kind, MANIFEST, PARTITIONS, SUPERBLOCK, UNUSED};
use crate::error::{Error, Result, unread};
use crate::fields::{narrow, wide};
use crate::image::Image;
use crate::options::ListOptions;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::Write;
use std::sync::atomic::Ordering;

/// How much is read and hashed at once.
pub(crate) const PIECE: usize = 128 << 10;

/// How much of a file is kept to find its build id: linkers put the note into the first page or two.
const HEAD: usize = 64 << 10;

/// The longest path: Linux takes no longer one, and a directory that holds itself ends here.
const PATH: usize = 4096;

/// How many files are copied at once: each is open meanwhile.
const COPIES: usize = 64;

/// What was found so far.
pub(crate) struct Collector<'o> {
    options: &'o ListOptions<'o>,
    pub(crate) entries: Vec<Entry>,
    /// The path of the part of the image that is read now, where an image has parts.
    prefix: Option<String>,
    paths: usize,
    content: u64,
    /// How many bytes may still come out of compression.
    decoded: u64,
    /// The files that were found, while a reader asks for them.
    members: Option<Vec<Member>>,
    /// What the image is to another updater.
    pub(crate) bundle: Option<Bundle>,
}

/// A file whose content is an image to look into: which entry it is, and its bytes.
pub(crate) struct Member {
    pub(crate) index: usize,
    pub(crate) image: Image,
}

impl<'o> Collector<'o> {
    pub(crate) fn new(options: &'o ListOptions<'o>, image: &Image) -> Self {
        // What is stored a thousand times smaller than it is read is made to waste time.
        let content = image.size().saturating_mul(256).saturating_add(64 << 20);
        Collector {
            options,
            entries: Vec::new(),
            prefix: None,
            paths: 0,
            content: content.min(options.limits.content),
            decoded: options.limits.decoded,
            members: None,
            bundle: None,
        }
    }

    /// How the image is listed.
    pub(crate) fn options(&self) -> &'o ListOptions<'o> {
        self.options
    }

    /// How many bytes may still come out of compression; what came is taken off, and may be hashed too.
    pub(crate) fn decoded(&mut self, size: Option<u64>) -> u64 {
        let size = size.unwrap_or(0);
        self.decoded = self.decoded.saturating_sub(size);
        let more = size.saturating_mul(256).min(self.options.limits.content);
        self.content = self.content.max(more);
        self.decoded
    }

    /// Puts what is found from now on under the path of a part; gives the path before.
    pub(crate) fn under(&mut self, prefix: Option<String>) -> Option<String> {
        std::mem::replace(&mut self.prefix, prefix)
    }

    /// The path of the part that is read now.
    pub(crate) fn prefix(&self) -> Option<&str> {
        self.prefix.as_deref()
    }

    /// Keeps the files that are found from now on, until `members` is called.
    pub(crate) fn keep_members(&mut self) {
        self.members = Some(Vec::new());
    }

    /// The files that were found since.
    pub(crate) fn members(&mut self) -> Vec<Member> {
        self.members.take().unwrap_or_default()
    }

    /// A temporary file for the content of a file, if it is to be kept and there is room.
    pub(crate) fn copy(&mut self, path: &str, size: u64) -> Result<Option<File>> {
        let room = self.members.as_ref().is_some_and(|members| members.len() < COPIES);
        let name = self.prefix.as_ref().map_or(path, |p| path.strip_prefix(p.as_str()).unwrap_or(path));
        // The images of a bundle are not in folders.
        if !room || name.trim_start_matches('/').contains('/') || size > self.decoded(None) {
            return Ok(None);
        }
        self.decoded(Some(size));
        Ok(Some(tempfile::tempfile_in(self.options.scratch).map_err(Error::Scratch)?))
    }

    /// Keeps the content of an entry.
    pub(crate) fn keep(&mut self, index: usize, image: Image) {
        if let Some(members) = &mut self.members {
            members.push(Member { index, image });
        }
    }

    /// The whole path of something in the part that is read now.
    pub(crate) fn full(&self, path: &str) -> String {
        match (&self.prefix, path) {
            (None, path) => path.into(),
            (Some(prefix), entry::ROOT) => prefix.clone(),
            (Some(prefix), path) => format!("{prefix}/{path}"),
        }
    }

    /// Whether `more` entries have room; directories ask before they hold all their names in memory.
    pub(crate) fn room(&self, more: usize) -> Result<()> {
        self.look()?;
        match self.entries.len().saturating_add(more) > self.options.limits.entries {
            true => unread(format!("more than {} entries", self.options.limits.entries)),
            false => Ok(()),
        }
    }

    /// Adds an entry.
    pub(crate) fn add(&mut self, mut entry: Entry) -> Result<()> {
        self.room(1)?;
        if self.prefix.is_some() {
            entry.path = self.full(&entry.path);
        }
        if entry.path.len() > PATH {
            return unread(format!("a path of more than {PATH} bytes"));
        }
        let target = entry.target.as_ref().map_or(0, String::len);
        let attributes: usize = entry.attributes.iter().map(|(k, v)| k.len().saturating_add(v.len())).sum();
        let held = entry.path.len().saturating_add(target).saturating_add(attributes);
        self.paths = self.paths.saturating_add(held);
        if self.paths > self.options.limits.paths {
            return unread(format!("more than {} bytes of paths and attributes", self.options.limits.paths));
        }
        self.entries.push(entry);
        Ok(())
    }

    /// Stops where the caller said so.
    pub(crate) fn look(&self) -> Result<()> {
        match self.options.interrupted.load(Ordering::Relaxed) {
            true => Err(Error::Interrupted.into()),
            false => Ok(()),
        }
    }

    /// Begins the content of a file.
    pub(crate) fn content(&mut self) -> Content<'_, 'o> {
        Content { collector: self, hash: Sha256::new(), size: 0, head: Vec::new(), copy: None }
    }

    /// Reads the content of `entry` from one stretch of the image, and adds it.
    pub(crate) fn add_stretch(&mut self, mut entry: Entry, image: &Image, at: u64, size: u64) -> Result<()> {
        let mut content = self.content();
        content.stretch(image, at, size)?;
        content.done(&mut entry);
        let (index, kind) = (self.entries.len(), entry.kind);
        self.add(entry)?;
        if let (Kind::File, Some(part)) = (kind, image.part(at, size)) {
            self.keep(index, part);
        }
        Ok(())
    }

    /// Lists what is behind the end of what the format describes, unless it is padding.
    pub(crate) fn behind(&mut self, image: &Image, at: u64) -> Result<()> {
        let size = image.size().saturating_sub(at);
        let mut entry = Entry::new(BEHIND.into(), Kind::Behind);
        let mut content = self.content();
        let mut blank = true;
        pieces(image, at, size, &mut |piece| {
            blank = blank && (piece.iter().all(|b| *b == 0) || piece.iter().all(|b| *b == 0xff));
            content.write(piece)
        })?;
        content.done(&mut entry);
        if blank { Ok(()) } else { self.add(entry) }
    }

    /// Adds bytes that are no file.
    fn region(&mut self, path: &str, bytes: &[u8]) -> Result<()> {
        let mut entry = Entry::new(path.into(), Kind::Region);
        let mut content = self.content();
        content.write(bytes)?;
        content.done(&mut entry);
        if bytes.iter().all(|b| *b == 0) { Ok(()) } else { self.add(entry) }
    }

    /// Adds boot code.
    pub(crate) fn boot(&mut self, bytes: &[u8]) -> Result<()> {
        self.region(BOOT, bytes)
    }

    /// Adds a table of partitions.
    pub(crate) fn table(&mut self, bytes: &[u8]) -> Result<()> {
        self.region(PARTITIONS, bytes)
    }

    /// Adds what the manifest of a bundle says.
    pub(crate) fn manifest(&mut self, bytes: &[u8]) -> Result<()> {
        self.region(MANIFEST, bytes)
    }

    /// Adds what a superblock says beside sizes, places, times and random numbers.
    pub(crate) fn superblock(&mut self, bytes: &[u8]) -> Result<()> {
        self.region(SUPERBLOCK, bytes)
    }

    /// Adds whatever of the image no reader has read: space that nothing uses, ends of blocks behind the
    /// ends of files. Zeros at the ends of a stretch, and stretches of nothing but 0xff, say nothing.
    /// Where a stretch lies says nothing either: files of other sizes move it.
    pub(crate) fn rest(&mut self, image: &Image) -> Result<()> {
        let mut entry = Entry::new(UNUSED.into(), Kind::Region);
        let mut content = self.content();
        let mut any = false;
        for (start, end) in image.unread() {
            let (mut zeros, mut begun, mut full) = (0u64, false, true);
            pieces(image, start, end.saturating_sub(start), &mut |piece| {
                full = full && piece.iter().all(|b| *b == 0xff);
                Ok(())
            })?;
            if full {
                continue;
            }
            pieces(image, start, end.saturating_sub(start), &mut |piece| {
                content.collector.look()?;
                let Some(last) = piece.iter().rposition(|b| *b != 0) else {
                    zeros = zeros.saturating_add(wide(piece.len()));
                    return Ok(());
                };
                let first = piece.iter().position(|b| *b != 0).filter(|_| !begun).unwrap_or(0);
                if begun {
                    content.zeros(zeros)?;
                }
                let until = last.saturating_add(1);
                content.write(piece.get(first..until).unwrap_or_default())?;
                (begun, any) = (true, true);
                zeros = wide(piece.len().saturating_sub(until));
                Ok(())
            })?;
            if begun {
                // What lies in two stretches is not what lies in one.
                content.write(&[0; 8])?;
            }
        }
        content.done(&mut entry);
        if any { self.add(entry) } else { Ok(()) }
    }
}

/// Hands out a stretch of an image piece by piece.
pub(crate) fn pieces(
    image: &Image,
    mut at: u64,
    mut size: u64,
    take: &mut dyn FnMut(&[u8]) -> Result<()>,
) -> Result<()> {
    if at.checked_add(size).is_none_or(|end| end > image.size()) {
        return unread("an offset points past the end");
    }
    let mut buffer = vec![0; PIECE.min(narrow(size))];
    while size > 0 {
        let length = narrow(size).min(PIECE);
        let piece = buffer.get_mut(..length).unwrap_or_default();
        image.fill(at, piece)?;
        take(piece)?;
        at = at.saturating_add(wide(length));
        size = size.saturating_sub(wide(length));
    }
    Ok(())
}

/// The content of a file on its way.
pub(crate) struct Content<'c, 'o> {
    collector: &'c mut Collector<'o>,
    hash: Sha256,
    size: u64,
    /// The begin of an ELF file.
    head: Vec<u8>,
    /// Where the bytes go as well.
    pub(crate) copy: Option<File>,
}

impl Content<'_, '_> {
    /// Takes the next bytes.
    pub(crate) fn write(&mut self, piece: &[u8]) -> Result<()> {
        self.collector.look()?;
        let length = wide(piece.len());
        self.collector.content = match self.collector.content.checked_sub(length) {
            Some(left) => left,
            None => return unread("more content than an image of this size is expected to hold"),
        };
        if (self.size == 0 && piece.starts_with(ELF)) || !self.head.is_empty() {
            let room = HEAD.saturating_sub(self.head.len());
            self.head.extend(piece.iter().take(room));
        }
        self.size = self.size.saturating_add(length);
        self.hash.update(piece);
        match &mut self.copy {
            Some(file) => Ok(file.write_all(piece).map_err(Error::Scratch)?),
            None => Ok(()),
        }
    }

    /// Takes a hole.
    pub(crate) fn zeros(&mut self, mut length: u64) -> Result<()> {
        let zeros = [0; 4096];
        while length > 0 {
            let n = narrow(length).min(zeros.len());
            self.write(zeros.get(..n).unwrap_or_default())?;
            length = length.saturating_sub(wide(n));
        }
        Ok(())
    }

    /// Takes a stretch of the image.
    pub(crate) fn stretch(&mut self, image: &Image, at: u64, size: u64) -> Result<()> {
        pieces(image, at, size, &mut |piece| self.write(piece))
    }

    /// What is known of the content now.
    pub(crate) fn finish(self) -> Finished {
        let sha256 = self.hash.finalize().into();
        Finished { size: self.size, sha256, build_id: build_id(&self.head), copy: self.copy }
    }

    /// Writes into the entry what is known of its content now.
    pub(crate) fn done(self, entry: &mut Entry) {
        self.finish().into(entry);
    }
}

/// Content that was read to its end.
pub(crate) struct Finished {
    size: u64,
    sha256: [u8; 32],
    build_id: Option<Vec<u8>>,
    /// The file that the bytes were copied into.
    pub(crate) copy: Option<File>,
}

impl Finished {
    /// Writes it into the entry.
    pub(crate) fn into(self, entry: &mut Entry) {
        (entry.size, entry.sha256, entry.build_id) = (self.size, Some(self.sha256), self.build_id);
    }
}
