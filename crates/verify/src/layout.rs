//! What follows the statements in a package, and the one reader of it: members in their order, each made of
//! stretches with a signed digest.

use crate::archive::Archive;
use crate::error::{Result, refuse};
use crate::io::Read;
use crate::statements::Statements;
use alloc::{format, vec::Vec};
use pkg_format::container::Member;
use pkg_format::delivery::{self, Chunk};
use pkg_format::{Digest, Rule};
use pkg_sha256::Hasher;

/// Consecutive bytes that have one signed digest.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stretch {
    /// Their number.
    pub(crate) len: u64,
    /// Their digest.
    sha256: Digest,
    /// What they are.
    of: Part,
}

/// What a stretch is.
#[derive(Debug, Clone, Copy)]
enum Part {
    /// A chunk, its place in its payload, and the place of that among the payloads.
    Chunk { chunk: Chunk, number: usize, payload: usize },
    /// A document, by its place among the manifest's evidence entries.
    Evidence { index: u64 },
}

impl Stretch {
    /// The chunk that it is.
    pub(crate) fn chunk(&self) -> Option<Chunk> {
        match self.of {
            Part::Chunk { chunk, .. } => Some(chunk),
            Part::Evidence { .. } => None,
        }
    }

    /// The document that it is, by its place among the manifest's evidence entries.
    pub(crate) fn document(&self) -> Option<u64> {
        match self.of {
            Part::Chunk { .. } => None,
            Part::Evidence { index } => Some(index),
        }
    }

    /// Refuses the package unless `hash` went over the bytes that were signed.
    pub(crate) fn matches(&self, hash: Hasher) -> Result<()> {
        if Digest(hash.finish()) == self.sha256 {
            return Ok(());
        }
        match self.of {
            Part::Chunk { number, payload, .. } => {
                refuse(Rule::Pay1, format!("chunk {number} of payload {payload}"))
            }
            Part::Evidence { index } => refuse(Rule::Pay2, format!("evidence entry {index}")),
        }
    }

    /// Reads it, passes on its bytes piece by piece, and compares its digest at the end.
    pub(crate) fn check<R: Read>(
        &self,
        archive: &mut Archive<R>,
        mut piece: impl FnMut(&[u8]),
    ) -> Result<()> {
        let mut hash = Hasher::new();
        archive.stream(self.len, |bytes| {
            hash.update(bytes);
            piece(bytes);
        })?;
        self.matches(hash)
    }
}

/// Reads what follows the statements. Headers, padding and end are read and checked here; what is done with a
/// stretch is up to the caller.
pub(crate) struct Layout<R> {
    archive: Archive<R>,
    /// The embedded documents: place in the manifest, and size.
    evidence: Vec<(u64, u64)>,
    /// Members entered so far.
    entered: usize,
    /// Stretches read of the member entered last.
    read: usize,
}

impl<R: Read> Layout<R> {
    /// The layout that these statements sign. `archive` stands after them.
    pub(crate) fn new(statements: &Statements, archive: Archive<R>) -> Result<Self> {
        let listed = statements.delivery().map_or(&[][..], |d| &d.evidence);
        let evidence = delivery::embedded_evidence(statements.manifest(), listed)?;
        Ok(Layout { archive, evidence, entered: 0, read: 0 })
    }

    /// The member at a place, and its size.
    fn member(&self, statements: &Statements, at: usize) -> Option<(Member, u64)> {
        let payloads = payloads(statements);
        match payloads.get(at) {
            Some(payload) => Some((Member::Payload(at), payload.stored_bytes())),
            None => {
                let number = at.checked_sub(payloads.len())?;
                self.evidence.get(number).map(|(_, size)| (Member::Evidence(number), *size))
            }
        }
    }

    /// The member that comes next. None after the last.
    pub(crate) fn next(&self, statements: &Statements) -> Option<Member> {
        self.member(statements, self.entered).map(|(member, _)| member)
    }

    /// Reads the header of the next member; the stretches of the one before have been read.
    pub(crate) fn enter(&mut self, statements: &Statements) -> Result<Option<Member>> {
        let Some((member, size)) = self.member(statements, self.entered) else { return Ok(None) };
        self.archive.enter_sized(member, size)?;
        self.entered = self.entered.saturating_add(1);
        self.read = 0;
        Ok(Some(member))
    }

    /// Lets `read` read the next stretch of the member entered last; after the last one, reads the padding. None
    /// where no stretch is left.
    pub(crate) fn stretch(
        &mut self,
        statements: &Statements,
        read: impl FnOnce(&mut Archive<R>, &Stretch) -> Result<()>,
    ) -> Result<Option<Stretch>> {
        let Some(at) = self.entered.checked_sub(1) else { return Ok(None) };
        let Some((member, size)) = self.member(statements, at) else { return Ok(None) };
        let (stretch, count) = match member {
            Member::Payload(payload) => {
                let chunks = payloads(statements).get(payload).map_or(&[][..], |p| &p.chunks);
                let chunk = chunks.get(self.read).map(|chunk| Stretch {
                    len: chunk.stored_bytes,
                    sha256: chunk.sha256,
                    of: Part::Chunk { chunk: *chunk, number: self.read, payload },
                });
                (chunk, chunks.len())
            }
            Member::Evidence(number) if self.read == 0 => (self.document(statements, number), 1),
            _ => (None, 1),
        };
        let Some(stretch) = stretch else { return Ok(None) };
        read(&mut self.archive, &stretch)?;
        self.read = self.read.saturating_add(1);
        if self.read == count {
            self.archive.pad(size)?;
        }
        Ok(Some(stretch))
    }

    fn document(&self, statements: &Statements, number: usize) -> Option<Stretch> {
        let (index, len) = *self.evidence.get(number)?;
        let entry = statements.manifest().common().evidence.get(usize::try_from(index).ok()?)?;
        Some(Stretch { len, sha256: entry.sha256, of: Part::Evidence { index } })
    }

    /// Reads everything that is left, to the end of the archive.
    pub(crate) fn walk(
        &mut self,
        statements: &Statements,
        mut read: impl FnMut(&mut Archive<R>, &Stretch) -> Result<()>,
    ) -> Result<()> {
        loop {
            while self.stretch(statements, &mut read)?.is_some() {}
            if self.enter(statements)?.is_none() {
                return self.archive.end();
            }
        }
    }
}

fn payloads(statements: &Statements) -> &[delivery::Payload] {
    statements.delivery().map_or(&[], |d| &d.payloads)
}
