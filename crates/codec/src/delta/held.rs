//! Bytes of the base that are at hand: a few windows of it. Most stretches begin a little behind an earlier one, so more is
//! read than was asked for: at most twice what was asked for of the bytes before, so that no map makes a decoder read
//! much more than it needs.

use super::Base;
use crate::Error;
use alloc::vec;
use alloc::vec::Vec;

/// Windows, before the tables are made smaller: stretches often go on in turns, some here, some there.
const WINDOWS: usize = 4;
/// Bytes that are read where nothing says that those behind them are needed.
const FEW: usize = 2 << 10;

/// Some parts of the base, each with zeros where it goes on past an end of the base.
pub(super) struct Held {
    /// The one that was used last comes first.
    windows: Vec<Window>,
}

/// A part of the base.
struct Window {
    bytes: Vec<u8>,
    /// The place of the first of them, plus the bytes of a margin: there are zeros before the base.
    from: u64,
    /// How many bytes are held.
    len: usize,
    /// How many bytes were asked for since they were read.
    asked: usize,
}

impl Held {
    /// Windows of so many bytes, fewer with tables of which the size is halved so many times.
    pub(super) fn new(most: usize, halved: u32) -> Self {
        let window = || Window { bytes: vec![0; most], from: 0, len: 0, asked: 0 };
        Self { windows: core::iter::repeat_with(window).take(super::shrunk(WINDOWS, halved)).collect() }
    }

    /// Bytes of its buffers.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        self.windows.iter().map(|window| window.bytes.capacity()).sum()
    }

    /// Forgets what is held: the base may be another one, or have changed.
    pub(super) fn forget(&mut self) {
        self.windows.iter_mut().for_each(|window| (window.len, window.asked) = (0, 0));
    }

    /// `len` base bytes from `at` on, with `margin` bytes before and after them.
    pub(super) fn around(
        &mut self,
        base: &dyn Base,
        at: u64,
        len: usize,
        margin: usize,
    ) -> Result<&[u8], Error> {
        if at.saturating_add(wide(len)) > base.size() {
            return Err(Error::ReadBase { reason: "it is shorter than it was".into() });
        }
        let whole = len.saturating_add(margin.saturating_mul(2));
        let nth = |found: &dyn Fn(&Window) -> bool| self.windows.iter().position(found);
        let holds =
            nth(&|window| window.skip(at).is_some_and(|skip| skip.saturating_add(whole) <= window.len));
        let goes_on = || nth(&|window| window.goes_on(at));
        let found = holds.or_else(goes_on).unwrap_or(self.windows.len().saturating_sub(1));
        if let Some(until) = self.windows.get_mut(..=found) {
            until.rotate_right(1);
        }
        let Some(window) = self.windows.first_mut() else { return Ok(&[]) };
        if holds.is_none() {
            let ahead = if window.goes_on(at) { window.asked.saturating_mul(2) } else { 0 };
            window.read(base, at, whole.max(ahead).max(FEW).min(window.bytes.len()), margin)?;
        }
        window.asked = window.asked.saturating_add(len);
        let skip = window.skip(at).unwrap_or(0);
        Ok(window.bytes.get(skip..skip.saturating_add(whole)).unwrap_or_default())
    }
}

impl Window {
    /// How far behind its first byte a place is.
    fn skip(&self, at: u64) -> Option<usize> {
        at.checked_sub(self.from).and_then(|skip| usize::try_from(skip).ok())
    }

    /// Whether a place is in it, or a little behind it.
    fn goes_on(&self, at: u64) -> bool {
        self.len > 0 && self.skip(at).is_some_and(|skip| skip <= self.len.saturating_add(FEW))
    }

    /// Reads bytes from `margin` before `at` on.
    fn read(&mut self, base: &dyn Base, at: u64, len: usize, margin: usize) -> Result<(), Error> {
        self.len = 0;
        let margin = wide(margin);
        let from = at.saturating_sub(margin);
        let to = at.saturating_add(wide(len)).saturating_sub(margin).min(base.size());
        let before = usize::try_from(margin.saturating_sub(at)).unwrap_or(0);
        let there = usize::try_from(to.saturating_sub(from)).unwrap_or(0);
        let (zeros, rest) = self.bytes.split_at_mut_checked(before).unwrap_or_default();
        let (read, behind) = rest.split_at_mut_checked(there).unwrap_or_default();
        zeros.fill(0);
        base.read_exact_at(from, read)?;
        let unread = len.saturating_sub(before).saturating_sub(there);
        behind.get_mut(..unread).unwrap_or_default().fill(0);
        (self.from, self.len, self.asked) = (at, len, 0);
        Ok(())
    }
}

fn wide(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delta::ReadError;
    use core::sync::atomic::{AtomicU64, Ordering::Relaxed};

    /// What the same bytes are, one by one.
    fn bytes(base: &[u8], at: u64, len: usize, margin: usize) -> Vec<u8> {
        let first = i64::try_from(at).unwrap() - i64::try_from(margin).unwrap();
        let place = |k: usize| usize::try_from(first + i64::try_from(k).unwrap()).ok();
        (0..len + 2 * margin).map(|k| place(k).and_then(|at| base.get(at)).copied().unwrap_or(0)).collect()
    }

    #[test]
    fn whatever_was_read_before_the_bytes_are_those_of_the_base() {
        let mut x = 7u64;
        let mut random = |below: usize| {
            x = x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(x >> 33).unwrap() % below
        };
        for (size, halved) in [(1usize, 0), (100, 7), (70_000, 0), (300_000, 2)] {
            let base: Vec<u8> = (0..size).map(|_| u8::try_from(random(256)).unwrap()).collect();
            let mut held = Held::new((16 << 10) + 144, halved);
            let mut at = 0usize;
            for _ in 0..400 {
                // Mostly a little behind the last place, sometimes anywhere.
                at = if random(4) == 0 { random(size) } else { (at + random(900)).min(size - 1) };
                let most = if random(5) == 0 { 16 << 10 } else { 700 };
                let len = (1 + random(most)).min(size - at);
                let place = u64::try_from(at).unwrap();
                let found = held.around(&base.as_slice(), place, len, 72).unwrap();
                assert!(found == bytes(&base, place, len, 72), "{at} {len} of {size}");
            }
            held.forget();
            assert!(held.around(&base.as_slice(), 1, size, 72).is_err());
        }
    }

    /// A base that counts what is read of it.
    struct Counted(u64, AtomicU64);

    impl Base for Counted {
        fn size(&self) -> u64 {
            self.0
        }

        fn read_exact_at(&self, _: u64, buffer: &mut [u8]) -> Result<(), ReadError> {
            self.1.fetch_add(wide(buffer.len()), Relaxed);
            Ok(())
        }
    }

    #[test]
    fn little_more_is_read_than_is_asked_for() {
        let margin = 72;
        // In steps, and in pairs that seem to go on and do not.
        let steps = [1, 700, 2 << 10, (64 << 10) - 200, 64 << 10, 66 << 10];
        let steps = steps.map(|step| (step, step));
        for (first, second) in steps.into_iter().chain([(3_000, 200_000)]) {
            let (base, mut held) = (Counted(1 << 40, AtomicU64::new(0)), Held::new(17 << 10, 0));
            for (len, many) in [(1, 5000u64), (600, 500), (16 << 10, 100)] {
                let before = base.1.load(Relaxed);
                let mut at = 0;
                for n in 0..many {
                    assert!(held.around(&base, at, len, margin).is_ok());
                    at += if n % 2 == 0 { first } else { second };
                }
                let most = many * wide(FEW + 2 * margin + 3 * len) + 4 * (17 << 10);
                let read = base.1.load(Relaxed) - before;
                assert!(read <= most, "{many} times {len} by {first}, {second}: {read} of {most}");
            }
        }
    }
}
