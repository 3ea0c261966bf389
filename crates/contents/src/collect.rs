//! Entries as they are found, counted against the limits.

use crate::entry::{BEHIND, Entry, Kind};
use crate::error::{Error, Result, unread};
use crate::fields::{narrow, wide};
use crate::format::elf;
use crate::image::Image;
use crate::list::Options;
use sha2::{Digest, Sha256};
use std::sync::atomic::Ordering;

/// How much is read and hashed at once.
pub(crate) const PIECE: usize = 128 << 10;

/// How much of a file is kept to find its build id: linkers put the note into the first page or two.
const HEAD: usize = 64 << 10;

/// The longest path: Linux takes no longer one, and a directory that holds itself ends here.
const PATH: usize = 4096;

/// What was found so far.
pub(crate) struct Collector<'o> {
    options: &'o Options<'o>,
    pub(crate) entries: Vec<Entry>,
    paths: usize,
    content: u64,
}

impl<'o> Collector<'o> {
    pub(crate) fn new(options: &'o Options<'o>, image: &Image) -> Self {
        // What is stored a thousand times smaller than it is read is made to waste time.
        let content = image.size().saturating_mul(256).saturating_add(64 << 20);
        Collector { options, entries: Vec::new(), paths: 0, content: content.min(options.limits.content) }
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
    pub(crate) fn add(&mut self, entry: Entry) -> Result<()> {
        self.room(1)?;
        if entry.path.len() > PATH {
            return unread(format!("a path of more than {PATH} bytes"));
        }
        let target = entry.target.as_ref().map_or(0, String::len);
        self.paths = self.paths.saturating_add(entry.path.len()).saturating_add(target);
        if self.paths > self.options.limits.paths {
            return unread(format!("more than {} bytes of paths", self.options.limits.paths));
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
        Content { collector: self, hash: Sha256::new(), size: 0, head: Vec::new() }
    }

    /// Reads the content of `entry` from one stretch of the image, and adds it.
    pub(crate) fn add_stretch(&mut self, mut entry: Entry, image: &Image, at: u64, size: u64) -> Result<()> {
        let mut content = self.content();
        content.stretch(image, at, size)?;
        content.done(&mut entry);
        self.add(entry)
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
}

/// Hands out a stretch of an image piece by piece.
pub(crate) fn pieces(
    image: &Image,
    mut at: u64,
    mut size: u64,
    take: &mut dyn FnMut(&[u8]) -> Result<()>,
) -> Result<()> {
    if at.checked_add(size).is_none_or(|end| end > image.size()) {
        return unread("it points behind its own end");
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
}

impl Content<'_, '_> {
    /// Takes the next bytes.
    pub(crate) fn write(&mut self, piece: &[u8]) -> Result<()> {
        self.collector.look()?;
        let length = wide(piece.len());
        self.collector.content = match self.collector.content.checked_sub(length) {
            Some(left) => left,
            None => return unread("more content than an image of its size is taken for"),
        };
        if (self.size == 0 && piece.starts_with(elf::MAGIC)) || !self.head.is_empty() {
            let room = HEAD.saturating_sub(self.head.len());
            self.head.extend(piece.iter().take(room));
        }
        self.size = self.size.saturating_add(length);
        self.hash.update(piece);
        Ok(())
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

    /// Writes into the entry what is known of its content now.
    pub(crate) fn done(self, entry: &mut Entry) {
        entry.size = self.size;
        entry.sha256 = Some(self.hash.finalize().into());
        entry.build_id = elf::build_id(&self.head);
    }
}
