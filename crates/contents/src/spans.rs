//! Stretches of an image, so that what nobody read is known at the end.

/// How many stretches that do not touch each other are kept: 16 MiB of memory.
const MOST: usize = 1 << 20;

/// A set of bytes, as stretches.
#[derive(Default)]
pub(crate) struct Spans {
    /// Begin and end; joined and in order up to `sorted`.
    all: Vec<(u64, u64)>,
    sorted: usize,
}

impl Spans {
    /// Adds the bytes from `start` to `end`. `false`: there are too many stretches.
    pub(crate) fn add(&mut self, start: u64, end: u64) -> bool {
        if start >= end {
            return true;
        }
        match self.all.last_mut() {
            // What is read forward is one stretch.
            Some(last) if last.0 <= start && start <= last.1 => last.1 = last.1.max(end),
            _ => self.all.push((start, end)),
        }
        // Sorted when the unsorted half has grown as large as the sorted one, so that it costs little.
        if self.all.len() > self.sorted.saturating_mul(2).max(4096) {
            self.join();
        }
        self.all.len() <= MOST
    }

    fn join(&mut self) {
        self.all.sort_unstable();
        let mut joined: Vec<(u64, u64)> = Vec::with_capacity(self.all.len());
        for (start, end) in self.all.drain(..) {
            match joined.last_mut() {
                Some(last) if start <= last.1 => last.1 = last.1.max(end),
                _ => joined.push((start, end)),
            }
        }
        self.all = joined;
        self.sorted = self.all.len();
    }

    /// What is missing up to `end`.
    pub(crate) fn gaps(&mut self, end: u64) -> Vec<(u64, u64)> {
        self.join();
        let mut at = 0;
        let mut gaps = Vec::new();
        for (start, stop) in self.all.iter().copied().chain([(end, end)]) {
            if at < start.min(end) {
                gaps.push((at, start.min(end)));
            }
            at = at.max(stop);
        }
        gaps
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_added_is_a_gap() {
        let mut spans = Spans::default();
        for (start, end) in [(10, 20), (0, 5), (20, 30), (12, 14), (50, 50), (40, 45)] {
            assert!(spans.add(start, end));
        }
        assert_eq!(spans.gaps(60), [(5, 10), (30, 40), (45, 60)]);
        assert_eq!(spans.gaps(30), [(5, 10)]);
        assert_eq!(Spans::default().gaps(7), [(0, 7)]);
    }

    #[test]
    fn scattered_stretches_are_bounded() {
        let mut spans = Spans::default();
        let kept = (0..3u64 << 20).all(|i| spans.add(i * 2, i * 2 + 1));
        assert!(!kept && spans.all.len() <= MOST + 1);
    }
}
