//! Whole files: the same verdict as the streaming reader, with chunks hashed on several threads.

use crate::error::{Error, Result, refuse};
use crate::io;
use crate::keyring::Keyring;
use crate::layout::Stretch;
use crate::open::open;
use crate::policy::Policy;
use crate::verified::Complete;
use alloc::vec::Vec;
use pkg_files::ReadAt;
use pkg_format::Rule;
use pkg_sha256::Hasher;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// Reads a source forward.
struct Forward<'s, S: ?Sized> {
    source: &'s S,
    at: u64,
}

impl<S: ReadAt + ?Sized> io::Read for Forward<'_, S> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, io::Error> {
        let n = self.source.fill_at(self.at, buffer)?;
        self.skip(u64::try_from(n).unwrap_or(u64::MAX))?;
        Ok(n)
    }

    fn skip(&mut self, bytes: u64) -> Result<(), io::Error> {
        self.at = self.at.saturating_add(bytes);
        Ok(())
    }
}

/// Verifies a whole package: statements first, then every stored byte, on `threads` threads.
///
/// `progress` is called with the number of bytes that were hashed since the call before, from any
/// thread. Where several things are wrong, the one that comes first in the file is reported, as
/// the streaming reader does.
///
/// # Errors
///
/// Those of [`open`], [`Unverified::verify`](crate::Unverified::verify) and
/// [`Verified::finish`](crate::Verified::finish).
pub fn verify_whole<S: ReadAt + Sync + ?Sized>(
    source: &S,
    keyring: &Keyring,
    policy: &Policy,
    threads: NonZeroUsize,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Complete> {
    let verified = open(Forward { source, at: 0 })?.verify(keyring, policy)?;
    // The layout first, in one thread; it ends at the first fault, and every stretch it found comes before that.
    let mut stretches = Vec::new();
    let complete = verified.finish_by(|archive, stretch| {
        stretches.push((archive.position(), *stretch));
        archive.skip(stretch.len)
    });
    hash_all(source, &stretches, threads, progress)?;
    complete
}

/// How much of each stretch is read and hashed at once.
const PIECE: usize = 64 << 10;

/// A stretch on its way through the hash.
struct Lane {
    /// Its number among the stretches.
    number: usize,
    stretch: Stretch,
    hash: Hasher,
    /// Where the next piece is, and how many bytes are left.
    at: u64,
    left: u64,
    piece: Vec<u8>,
}

impl Lane {
    /// Reads the next piece. `false` at the end of the stretch.
    fn fill<S: ReadAt + ?Sized>(&mut self, source: &S) -> Result<bool> {
        let length = usize::try_from(self.left).map_or(PIECE, |left| left.min(PIECE));
        self.piece.resize(length, 0);
        if source.fill_at(self.at, &mut self.piece).map_err(io::Error::from)? != length {
            return refuse(Rule::Con6, "the file ends inside a member");
        }
        let read = u64::try_from(length).unwrap_or(self.left);
        self.at = self.at.saturating_add(read);
        self.left = self.left.saturating_sub(read);
        Ok(length > 0)
    }
}

/// Hashes the stretches, each with its place in the file; reports the fault that comes first.
fn hash_all<S: ReadAt + Sync + ?Sized>(
    source: &S,
    stretches: &[(u64, Stretch)],
    threads: NonZeroUsize,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<()> {
    let next = AtomicUsize::new(0);
    let first: Mutex<Option<(usize, Error)>> = Mutex::new(None);
    let fault = || first.lock().unwrap_or_else(PoisonError::into_inner);
    let comes_first = |first: &Option<(usize, Error)>, number| first.as_ref().is_none_or(|f| number < f.0);
    // Stretches are taken in the order of the file: what comes after a fault needs no look.
    let take = || {
        let number = next.fetch_add(1, Ordering::Relaxed);
        let (at, stretch) = *stretches.get(number)?;
        let lane = Lane { number, stretch, hash: Hasher::new(), at, left: stretch.len, piece: Vec::new() };
        comes_first(&fault(), number).then_some(lane)
    };
    let report = |number, error| {
        let mut first = fault();
        if comes_first(&first, number) {
            *first = Some((number, error));
        }
    };
    let work = || {
        let mut lanes: Vec<Lane> = Vec::new();
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
    match first.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some((_, error)) => Err(error),
        None => Ok(()),
    }
}

/// Takes every lane one piece further; gives back those that are not at their end.
fn read_and_hash<S: ReadAt + ?Sized>(
    source: &S,
    lanes: Vec<Lane>,
    progress: &(dyn Fn(u64) + Sync),
    report: &dyn Fn(usize, Error),
) -> Vec<Lane> {
    let mut live = Vec::with_capacity(lanes.len());
    for mut lane in lanes {
        let number = lane.number;
        let ended = match lane.fill(source) {
            Ok(true) => {
                live.push(lane);
                continue;
            }
            Ok(false) => lane.stretch.matches(lane.hash),
            Err(error) => Err(error),
        };
        if let Err(error) = ended {
            report(number, error);
        }
    }
    let mut streams: Vec<_> = live.iter_mut().map(|lane| (&mut lane.hash, lane.piece.as_slice())).collect();
    pkg_sha256::update_all(&mut streams);
    progress(live.iter().fold(0, |n, lane| n.saturating_add(u64::try_from(lane.piece.len()).unwrap_or(0))));
    live
}
