//! Whole files: the same verdict as the streaming reader, with chunks hashed on several threads.

use crate::archive::Archive;
use crate::error::{Error, Result};
use crate::keyring::Keyring;
use crate::open::open;
use crate::policy::Policy;
use crate::verified::{Complete, embedded_evidence};
use alloc::{format, string::String, vec::Vec};
use pkg_format::container::{BLOCK_LEN, Member, member_len};
use pkg_format::{Digest, Refusal, Rule};
use pkg_sha256::Hasher;
use std::io::{self, Read};
use std::num::NonZeroUsize;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// A source that can be read at any place, from several threads.
pub trait ReadAt: Sync {
    /// Reads at `offset` into `buffer`; returns how many bytes, none at the end.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;
}

#[cfg(unix)]
impl ReadAt for std::fs::File {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(self, buffer, offset)
    }
}

#[cfg(windows)]
impl ReadAt for std::fs::File {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        std::os::windows::fs::FileExt::seek_read(self, buffer, offset)
    }
}

impl ReadAt for [u8] {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let rest = usize::try_from(offset).ok().and_then(|at| self.get(at..)).unwrap_or_default();
        (&mut &*rest).read(buffer)
    }
}

/// Reads a source forward from a place.
struct Forward<'s, S: ?Sized> {
    source: &'s S,
    at: u64,
}

impl<S: ReadAt + ?Sized> Read for Forward<'_, S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.source.read_at(self.at, buffer)?;
        self.at = self.at.saturating_add(u64::try_from(n).unwrap_or(u64::MAX));
        Ok(n)
    }
}

/// A stretch of the file with a signed digest.
struct Stretch {
    at: u64,
    len: u64,
    sha256: Digest,
    rule: Rule,
    what: String,
}

/// Verifies a whole package: statements first, then every stored byte, on `threads` threads.
///
/// `progress` is called with the number of bytes that were hashed since the call before, from any
/// thread. Where several things are wrong, the one that stands first in the file is reported, as
/// the streaming reader does.
pub fn verify_whole<S: ReadAt + ?Sized>(
    source: &S,
    keyring: &Keyring,
    policy: &Policy,
    threads: NonZeroUsize,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Complete> {
    let unverified = open(Forward { source, at: 0 })?;
    let start = unverified.position();
    let statements = unverified.verify(keyring, policy)?.into_statements();
    let (stretches, layout) = lay_out(source, start, &statements)?;
    let end = layout.as_ref().err().map_or(u64::MAX, |(at, _)| *at);
    hash_all(source, &stretches, end, threads, progress)?;
    match layout {
        Ok(()) => Ok(Complete::of(statements)),
        Err((_, error)) => Err(error),
    }
}

/// A fault and where in the file it stands.
type Fault = (u64, Error);

/// Walks headers, padding and end. Gives every stretch to be hashed before the first fault.
fn lay_out<S: ReadAt + ?Sized>(
    source: &S,
    start: u64,
    statements: &crate::Statements,
) -> Result<(Vec<Stretch>, Result<(), Fault>)> {
    let (manifest, delivery) = (statements.manifest(), statements.delivery());
    let mut stretches = Vec::new();
    let mut at = start;
    let archive_at = |at| {
        let mut archive = Archive::new(Forward { source, at });
        archive.begin();
        archive
    };
    // Enters a member, hands its place to `inside`, then checks its padding.
    let member =
        |at: &mut u64, member: Member, size: u64, inside: &mut dyn FnMut(u64)| -> Result<(), Fault> {
            archive_at(*at).enter_sized(member, size).map_err(|e| (*at, e))?;
            let body = at.saturating_add(BLOCK_LEN);
            inside(body);
            let after = body.saturating_add(size);
            archive_at(after).pad(size).map_err(|e| (after, e))?;
            *at = at.saturating_add(member_len(size).unwrap_or(u64::MAX));
            Ok(())
        };
    let payloads = delivery.map_or(&[][..], |d| &d.payloads);
    for (index, payload) in payloads.iter().enumerate() {
        let mut inside = |body: u64| {
            let mut at = body;
            for (n, chunk) in payload.chunks.iter().enumerate() {
                let what = format!("chunk {n} of payload {index}");
                stretches.push(Stretch {
                    at,
                    len: chunk.stored_bytes,
                    sha256: chunk.sha256,
                    rule: Rule::Pay1,
                    what,
                });
                at = at.saturating_add(chunk.stored_bytes);
            }
        };
        if let Err(fault) = member(&mut at, Member::Payload(index), payload.stored_bytes(), &mut inside) {
            return Ok((stretches, Err(fault)));
        }
    }
    for (place, (index, size)) in embedded_evidence(manifest, delivery)?.into_iter().enumerate() {
        let entry = usize::try_from(index).ok().and_then(|i| manifest.common().evidence.get(i));
        let Some(sha256) = entry.map(|e| e.sha256) else { continue };
        let what = format!("evidence entry {index}");
        let mut inside =
            |at: u64| stretches.push(Stretch { at, len: size, sha256, rule: Rule::Pay2, what: what.clone() });
        if let Err(fault) = member(&mut at, Member::Evidence(place), size, &mut inside) {
            return Ok((stretches, Err(fault)));
        }
    }
    let end = archive_at(at).end().map_err(|e| (at, e));
    Ok((stretches, end))
}

/// How much of each stretch is read and hashed at once.
const PIECE: usize = 64 << 10;

/// A stretch on its way through the hash.
struct Lane<'s> {
    stretch: &'s Stretch,
    hash: Hasher,
    read: u64,
    piece: Vec<u8>,
}

impl Lane<'_> {
    /// Reads the next piece. `false` at the end of the stretch.
    fn fill<S: ReadAt + ?Sized>(&mut self, source: &S) -> Result<bool> {
        let left = self.stretch.len.saturating_sub(self.read);
        let length = usize::try_from(left).map_or(PIECE, |left| left.min(PIECE));
        self.piece.clear();
        let mut from = Archive::new(Forward { source, at: self.stretch.at.saturating_add(self.read) });
        from.append(u64::try_from(length).unwrap_or(left), &mut self.piece)?;
        self.read = self.read.saturating_add(u64::try_from(length).unwrap_or(left));
        Ok(length > 0)
    }

    /// Compares the digest of what was read.
    fn judge(self) -> Result<()> {
        match Digest(self.hash.finish()) == self.stretch.sha256 {
            true => Ok(()),
            false => Err(Refusal::new(self.stretch.rule, self.stretch.what.clone()).into()),
        }
    }
}

/// What is at fault, in the order in which it stands in the file.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Stretch,
    Layout,
}

/// Hashes the stretches that begin before `end`; reports the fault that stands first.
fn hash_all<S: ReadAt + ?Sized>(
    source: &S,
    stretches: &[Stretch],
    end: u64,
    threads: NonZeroUsize,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<()> {
    let next = AtomicUsize::new(0);
    // At the same place a stretch of no bytes stands before the header that follows it.
    let first: Mutex<((u64, Kind), Option<Error>)> = Mutex::new(((end, Kind::Layout), None));
    let fault = || first.lock().unwrap_or_else(PoisonError::into_inner);
    // Stretches are in the order of the file: what begins behind a fault needs no look.
    let take = || {
        let stretch = stretches.get(next.fetch_add(1, Ordering::Relaxed))?;
        ((stretch.at, Kind::Stretch) < fault().0).then(|| Lane {
            stretch,
            hash: Hasher::new(),
            read: 0,
            piece: Vec::new(),
        })
    };
    let report = |at: u64, error: Error| {
        let mut first = fault();
        if (at, Kind::Stretch) < first.0 {
            *first = ((at, Kind::Stretch), Some(error));
        }
    };
    let work = || {
        let mut lanes: Vec<Lane<'_>> = Vec::new();
        loop {
            while lanes.len() < pkg_sha256::lanes() {
                let Some(lane) = take() else { break };
                lanes.push(lane);
            }
            if lanes.is_empty() {
                break;
            }
            lanes = read_and_hash(source, lanes, progress, &report);
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads.get().min(stretches.len()) {
            scope.spawn(work);
        }
        work();
    });
    match first.into_inner().unwrap_or_else(PoisonError::into_inner).1 {
        Some(error) => Err(error),
        None => Ok(()),
    }
}

/// Takes every lane one piece further; gives back those that are not at their end.
fn read_and_hash<'s, S: ReadAt + ?Sized>(
    source: &S,
    lanes: Vec<Lane<'s>>,
    progress: &(dyn Fn(u64) + Sync),
    report: &dyn Fn(u64, Error),
) -> Vec<Lane<'s>> {
    let mut live = Vec::with_capacity(lanes.len());
    for mut lane in lanes {
        let at = lane.stretch.at;
        let ended = match lane.fill(source) {
            Ok(true) => {
                live.push(lane);
                continue;
            }
            Ok(false) => lane.judge(),
            Err(error) => Err(error),
        };
        if let Err(error) = ended {
            report(at, error);
        }
    }
    let mut streams: Vec<_> = live.iter_mut().map(|lane| (&mut lane.hash, lane.piece.as_slice())).collect();
    pkg_sha256::update_all(&mut streams);
    progress(live.iter().fold(0, |n, lane| n.saturating_add(u64::try_from(lane.piece.len()).unwrap_or(0))));
    live
}
