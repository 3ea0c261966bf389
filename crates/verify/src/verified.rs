//! A package whose statements are verified: its payload comes out chunk by chunk, each after its
//! digest matched, and its end is proven.

use crate::archive::Archive;
use crate::error::{Result, refuse};
use crate::io::{self, Read};
use crate::layout::{Layout, Stretch};
use crate::statements::Statements;
use alloc::vec::Vec;
use core::ops::Deref;
use pkg_format::Rule;
use pkg_format::container::Member;
use pkg_format::delivery::Chunk;

/// A package whose statements are verified. Made by [`crate::Unverified::verify`] and nothing
/// else.
///
/// It dereferences to its [`Statements`].
pub struct Verified<R> {
    statements: Statements,
    layout: Layout<R>,
    /// Bytes of chunks that were skipped.
    skipped: u64,
    /// What broke it: nothing more comes out.
    broken: Option<Broken>,
    chunk: Vec<u8>,
}

/// Why a package gives nothing more.
#[derive(Clone, Copy)]
enum Broken {
    Refused(Rule),
    Unread,
}

/// Proof that a package was read to its end and that every byte of it matched, but for chunks that the caller
/// skipped. An installer asks for it before it activates anything.
#[derive(Debug, Clone)]
pub struct Complete {
    statements: Statements,
    skipped: u64,
}

/// One payload of a verified package.
pub struct Payload<'a, R> {
    verified: &'a mut Verified<R>,
    index: usize,
}

/// A document embedded in a package, after its digest matched.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct EmbeddedEvidence {
    /// Its index among the manifest's evidence entries.
    pub index: u64,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl<R> Deref for Verified<R> {
    type Target = Statements;

    fn deref(&self) -> &Statements {
        &self.statements
    }
}

impl Deref for Complete {
    type Target = Statements;

    fn deref(&self) -> &Statements {
        &self.statements
    }
}

impl Complete {
    /// How many bytes of payload were [skipped](Payload::danger_skip_chunks) instead of read and compared. Whoever skips
    /// has those images from before, and compares each finished image with its signed digest.
    pub fn skipped(&self) -> u64 {
        self.skipped
    }

    /// The statements, to be kept.
    pub fn into_statements(self) -> Statements {
        self.statements
    }
}

impl<R> Verified<R> {
    /// The statements, to be kept. The payload is given up.
    pub fn into_statements(self) -> Statements {
        self.statements
    }
}

impl<R: Read> Verified<R> {
    pub(crate) fn new(statements: Statements, archive: Archive<R>) -> Result<Self> {
        let layout = Layout::new(&statements, archive)?;
        Ok(Verified { statements, layout, skipped: 0, broken: None, chunk: Vec::new() })
    }

    /// Runs one step; once one was refused, all are.
    fn step<T>(&mut self, step: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        match self.broken {
            Some(Broken::Refused(rule)) => {
                return refuse(rule, "an earlier part of this package was refused");
            }
            Some(Broken::Unread) => return Err(io::Error::new("an earlier read failed").into()),
            None => {}
        }
        let result = step(self);
        if let Err(error) = &result {
            self.broken = Some(error.rule().map_or(Broken::Unread, Broken::Refused));
        }
        result
    }

    /// The next payload; what was left of the one before is read and checked first. `None` after
    /// the last.
    ///
    /// # Errors
    ///
    /// CON-2 to CON-8 and PAY-1, or what keeps the reader from reading. After an error nothing more comes out.
    pub fn next_payload(&mut self) -> Result<Option<Payload<'_, R>>> {
        let index = self.step(Verified::advance)?;
        Ok(index.map(|index| Payload { verified: self, index }))
    }

    fn advance(&mut self) -> Result<Option<usize>> {
        let check = |archive: &mut Archive<R>, stretch: &Stretch| stretch.check(archive, |_| ());
        while self.layout.stretch(&self.statements, check)?.is_some() {}
        match self.layout.next(&self.statements) {
            Some(Member::Payload(index)) => {
                self.layout.enter(&self.statements)?;
                Ok(Some(index))
            }
            _ => Ok(None),
        }
    }

    /// Reads the next chunk of the payload entered last into `self.chunk` and checks it.
    fn read_chunk(&mut self) -> Result<Option<Chunk>> {
        let bytes = &mut self.chunk;
        bytes.clear();
        let read = |archive: &mut Archive<R>, stretch: &Stretch| {
            let checked = stretch.check(archive, |piece| {
                grow(bytes, piece.len(), stretch.len);
                bytes.extend_from_slice(piece);
            });
            checked.inspect_err(|_| bytes.clear())
        };
        let stretch = self.layout.stretch(&self.statements, read)?;
        Ok(stretch.and_then(|stretch| stretch.chunk()))
    }

    /// The next embedded document; payloads are read and checked first. `None` after the last.
    ///
    /// # Errors
    ///
    /// CON-2 to CON-8, PAY-1 and PAY-2, or what keeps the reader from reading.
    pub fn next_evidence(&mut self) -> Result<Option<EmbeddedEvidence>> {
        self.step(|v| {
            while v.advance()?.is_some() {}
            if v.layout.enter(&v.statements)?.is_none() {
                return Ok(None);
            }
            let mut bytes = Vec::new();
            let read = |archive: &mut Archive<R>, stretch: &Stretch| {
                stretch.check(archive, |piece| bytes.extend_from_slice(piece))
            };
            let document = v.layout.stretch(&v.statements, read)?.and_then(|stretch| stretch.document());
            Ok(document.map(|index| EmbeddedEvidence { index, bytes }))
        })
    }

    /// Reads and checks everything that is left, to the end of the archive.
    ///
    /// # Errors
    ///
    /// CON-2 to CON-8, PAY-1 and PAY-2, or what keeps the reader from reading.
    pub fn finish(self) -> Result<Complete> {
        self.finish_by(|archive, stretch| stretch.check(archive, |_| ()))
    }

    /// Like [`Verified::finish`], where `read` covers what is left of the stretches.
    pub(crate) fn finish_by(
        mut self,
        read: impl FnMut(&mut Archive<R>, &Stretch) -> Result<()>,
    ) -> Result<Complete> {
        self.step(|v| v.layout.walk(&v.statements, read))?;
        Ok(Complete { statements: self.statements, skipped: self.skipped })
    }
}

/// Makes room for a piece that arrived: twice what there is, but never more than the whole will be.
fn grow(bytes: &mut Vec<u8>, piece: usize, whole: u64) {
    let needed = bytes.len().saturating_add(piece);
    if bytes.capacity() < needed {
        let whole = usize::try_from(whole).unwrap_or(usize::MAX);
        let capacity = bytes.len().saturating_mul(2).min(whole).max(needed);
        bytes.reserve_exact(capacity.saturating_sub(bytes.len()));
    }
}

impl<R: Read> Payload<'_, R> {
    /// Its place among the payloads, which is that of its image among the images.
    pub fn index(&self) -> usize {
        self.index
    }

    /// The next chunk: what it decodes to, and its stored bytes, whose digest matched. `None`
    /// after the last.
    ///
    /// # Errors
    ///
    /// PAY-1 where the digest does not match, CON-5 and CON-6, or what keeps the reader from reading.
    pub fn next_chunk(&mut self) -> Result<Option<(Chunk, &[u8])>> {
        let chunk = self.verified.step(Verified::read_chunk)?;
        Ok(chunk.map(|chunk| (chunk, self.verified.chunk.as_slice())))
    }

    /// The same, to be kept: the bytes are handed over instead of copied.
    ///
    /// # Errors
    ///
    /// Like [`Payload::next_chunk`].
    pub fn take_chunk(&mut self) -> Result<Option<(Chunk, Vec<u8>)>> {
        let chunk = self.verified.step(Verified::read_chunk)?;
        Ok(chunk.map(|chunk| (chunk, core::mem::take(&mut self.verified.chunk))))
    }

    /// Skips the next `count` chunks, or as many as are left, without reading them: for an installer that goes on
    /// where it was interrupted. A [`Seekable`](crate::io::Seekable) reader seeks.
    ///
    /// **What is skipped is compared with no digest here**, and [`Complete::skipped`] says how much it was. Skip only
    /// what was decoded before, and compare the finished image with its signed digest before you use it.
    ///
    /// # Errors
    ///
    /// CON-5 and CON-6, or what keeps the reader from reading.
    pub fn danger_skip_chunks(&mut self, count: usize) -> Result<()> {
        self.verified.step(|v| {
            for _ in 0..count {
                let skip = |archive: &mut Archive<R>, stretch: &Stretch| archive.skip(stretch.len);
                let Some(stretch) = v.layout.stretch(&v.statements, skip)? else { break };
                v.skipped = v.skipped.saturating_add(stretch.len);
            }
            Ok(())
        })
    }
}
