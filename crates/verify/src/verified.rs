//! A package whose statements are verified: its payload comes out chunk by chunk, each after its
//! digest matched, and its end is proven.

use crate::archive::Archive;
use crate::error::{Result, refuse};
use crate::io::{self, Read};
use crate::statements::Statements;
use alloc::{format, vec::Vec};
use core::ops::Deref;
use pkg_format::container::Member;
use pkg_format::delivery::{self, Chunk};
use pkg_format::{Delivery, Digest, Manifest, Rule};
use pkg_sha256::Hasher;

/// A package whose statements are verified. Made by [`crate::Unverified::verify`] and nothing
/// else.
///
/// It dereferences to its [`Statements`].
pub struct Verified<R> {
    statements: Statements,
    archive: Archive<R>,
    /// Payloads entered so far, and chunks read of the one entered last.
    payloads: usize,
    chunks: usize,
    /// Evidence members read so far, and those there are: index in the manifest and size.
    evidence: usize,
    embedded_evidence: Vec<(u64, u64)>,
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

/// Proof that every byte of a package, to its end, was read and matched. An installer asks for it
/// before it activates anything.
#[derive(Debug, Clone)]
pub struct Complete {
    statements: Statements,
}

/// One payload of a verified package.
pub struct Payload<'a, R> {
    verified: &'a mut Verified<R>,
    index: usize,
}

/// A document that travels in a package, after its digest matched.
#[derive(Debug, Clone)]
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
    /// For the whole-file reader, which covers the bytes itself.
    #[cfg(feature = "std")]
    pub(crate) fn of(statements: Statements) -> Self {
        Complete { statements }
    }
}

/// What travels as evidence in a package with these statements.
pub(crate) fn embedded_evidence(manifest: &Manifest, delivery: Option<&Delivery>) -> Result<Vec<(u64, u64)>> {
    let listed = delivery.map_or(&[][..], |d| &d.evidence);
    Ok(delivery::embedded_evidence(manifest, listed)?)
}

impl<R: Read> Verified<R> {
    pub(crate) fn new(statements: Statements, archive: Archive<R>) -> Result<Self> {
        let embedded_evidence = embedded_evidence(&statements.manifest, statements.delivery.as_ref())?;
        Ok(Verified {
            statements,
            archive,
            payloads: 0,
            chunks: 0,
            evidence: 0,
            embedded_evidence,
            broken: None,
            chunk: Vec::new(),
        })
    }

    /// The statements, for the whole-file reader, which covers the other bytes itself.
    #[cfg(feature = "std")]
    pub(crate) fn into_statements(self) -> Statements {
        self.statements
    }

    /// Runs one step; once one was refused, all are.
    fn step<T>(&mut self, step: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        match self.broken {
            Some(Broken::Refused(rule)) => {
                return refuse(rule, "an earlier part of this package was refused");
            }
            Some(Broken::Unread) => return Err(io::failed("an earlier read failed").into()),
            None => {}
        }
        let result = step(self);
        if let Err(error) = &result {
            self.broken = Some(error.rule().map_or(Broken::Unread, Broken::Refused));
        }
        result
    }

    fn payload(&self, index: usize) -> Option<&delivery::Payload> {
        self.statements.delivery.as_ref()?.payloads.get(index)
    }

    /// The next payload; what was left of the one before is read and checked first. `None` after
    /// the last.
    pub fn next_payload(&mut self) -> Result<Option<Payload<'_, R>>> {
        let index = self.step(Verified::advance)?;
        Ok(index.map(|index| Payload { verified: self, index }))
    }

    fn advance(&mut self) -> Result<Option<usize>> {
        while self.read_chunk()?.is_some() {}
        let index = self.payloads;
        let Some(size) = self.payload(index).map(delivery::Payload::stored_bytes) else { return Ok(None) };
        self.archive.enter_sized(Member::Payload(index), size)?;
        self.payloads = index.saturating_add(1);
        self.chunks = 0;
        Ok(Some(index))
    }

    /// Reads the next chunk of the payload entered last into `self.chunk` and checks it; behind
    /// the last one, reads the padding.
    fn read_chunk(&mut self) -> Result<Option<Chunk>> {
        let Some(index) = self.payloads.checked_sub(1) else { return Ok(None) };
        let Some(payload) = self.payload(index) else { return Ok(None) };
        let (chunk, last) = (payload.chunks.get(self.chunks).copied(), payload.chunks.len());
        let size = payload.stored_bytes();
        self.chunk.clear();
        let Some(chunk) = chunk else { return Ok(None) };
        let mut hash = Hasher::new();
        let bytes = &mut self.chunk;
        self.archive.stream(chunk.stored_bytes, |piece| {
            hash.update(piece);
            grow(bytes, piece.len(), chunk.stored_bytes);
            bytes.extend_from_slice(piece);
        })?;
        if Digest(hash.finish()) != chunk.sha256 {
            self.chunk.clear();
            return refuse(Rule::Pay1, format!("chunk {} of payload {index}", self.chunks));
        }
        self.chunks = self.chunks.saturating_add(1);
        if self.chunks == last {
            self.archive.pad(size)?;
        }
        Ok(Some(chunk))
    }

    /// The next document that travels in the package; payloads are read and checked first. `None`
    /// after the last.
    pub fn next_evidence(&mut self) -> Result<Option<EmbeddedEvidence>> {
        self.step(|v| {
            let mut bytes = Vec::new();
            let index = v.read_evidence(|piece| bytes.extend_from_slice(piece))?;
            Ok(index.map(|index| EmbeddedEvidence { index, bytes }))
        })
    }

    fn read_evidence(&mut self, mut piece: impl FnMut(&[u8])) -> Result<Option<u64>> {
        while self.advance()?.is_some() {}
        let Some(&(index, size)) = self.embedded_evidence.get(self.evidence) else { return Ok(None) };
        self.archive.enter_sized(Member::Evidence(self.evidence), size)?;
        let mut hash = Hasher::new();
        self.archive.stream(size, |p| {
            hash.update(p);
            piece(p);
        })?;
        let entry =
            usize::try_from(index).ok().and_then(|i| self.statements.manifest.common().evidence.get(i));
        if entry.map(|e| e.sha256) != Some(Digest(hash.finish())) {
            return refuse(Rule::Pay2, format!("evidence entry {index}"));
        }
        self.archive.pad(size)?;
        self.evidence = self.evidence.saturating_add(1);
        Ok(Some(index))
    }

    /// Reads and checks everything that is left, to the end of the archive.
    pub fn finish(mut self) -> Result<Complete> {
        self.step(|v| {
            while v.read_evidence(|_| ())?.is_some() {}
            v.archive.end()
        })?;
        Ok(Complete { statements: self.statements })
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
    pub fn next_chunk(&mut self) -> Result<Option<(Chunk, &[u8])>> {
        let chunk = self.verified.step(Verified::read_chunk)?;
        Ok(chunk.map(|chunk| (chunk, self.verified.chunk.as_slice())))
    }

    /// The same, to be kept: the bytes are handed over instead of copied.
    pub fn take_chunk(&mut self) -> Result<Option<(Chunk, Vec<u8>)>> {
        let chunk = self.verified.step(Verified::read_chunk)?;
        Ok(chunk.map(|chunk| (chunk, core::mem::take(&mut self.verified.chunk))))
    }
}
