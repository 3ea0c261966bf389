//! Sets of times: spans of seconds that do not touch, in order.

/// From when until when; the end does not belong to it.
pub(crate) type Span = (u64, u64);

/// Times, most often a single span.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Spans {
    first: Option<Span>,
    more: Vec<Span>,
}

impl Spans {
    /// All time.
    pub(crate) const EVER: Spans = Spans { first: Some((0, u64::MAX)), more: Vec::new() };

    /// The time from one second until another one; none where it ends before it begins.
    pub(crate) fn one(from: u64, until: u64) -> Spans {
        Spans { first: Some((from, until)).filter(|_| from < until), more: Vec::new() }
    }

    /// Every span, the earliest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Span> + '_ {
        self.first.iter().chain(&self.more).copied()
    }

    /// When it begins.
    pub(crate) fn start(&self) -> Option<u64> {
        self.first.map(|(from, _)| from)
    }

    /// When it ends.
    pub(crate) fn end(&self) -> Option<u64> {
        self.more.last().or(self.first.as_ref()).map(|(_, until)| *until)
    }

    /// Whether a time is in it.
    pub(crate) fn contains(&self, time: u64) -> bool {
        self.iter().any(|(from, until)| from <= time && time < until)
    }

    /// Whether it is all time from one second on.
    pub(crate) fn is_from(&self, time: u64) -> bool {
        self.more.is_empty() && self.first.is_some_and(|(from, until)| from <= time && until == u64::MAX)
    }

    /// From a time that is not in it until it begins again.
    pub(crate) fn gap(&self, from: u64) -> Spans {
        if self.contains(from) {
            return Spans::default();
        }
        let next = self.iter().map(|(start, _)| start).find(|start| *start > from);
        Spans::one(from, next.unwrap_or(u64::MAX))
    }

    /// How many seconds of it came before a time.
    pub(crate) fn length(&self, at: u64) -> u64 {
        self.iter().fold(0, |sum, (from, until)| sum.saturating_add(until.min(at).saturating_sub(from)))
    }

    /// Adds all times of another one.
    pub(crate) fn join(&mut self, other: &Spans) {
        let (Some(theirs), Some(own)) = (other.first, self.first) else {
            if self.first.is_none() {
                self.clone_from(other);
            }
            return;
        };
        if self.more.is_empty() && other.more.is_empty() && theirs.0 <= own.1 && own.0 <= theirs.1 {
            self.first = Some((own.0.min(theirs.0), own.1.max(theirs.1)));
            return;
        }
        let mut all: Vec<Span> = self.iter().chain(other.iter()).collect();
        all.sort_unstable();
        let mut apart: Vec<Span> = Vec::new();
        for (from, until) in all {
            match apart.last_mut().filter(|last| from <= last.1) {
                Some(last) => last.1 = last.1.max(until),
                None => apart.push((from, until)),
            }
        }
        *self = Spans::of(apart);
    }

    /// The times that are in both.
    pub(crate) fn meet(&self, other: &Spans) -> Spans {
        if self.more.is_empty() && other.more.is_empty() {
            let both = self.first.zip(other.first);
            return both.map_or_else(Spans::default, |(a, b)| Spans::one(a.0.max(b.0), a.1.min(b.1)));
        }
        let each = self.iter().flat_map(|a| other.iter().map(move |b| (a.0.max(b.0), a.1.min(b.1))));
        Spans::of(each.filter(|(from, until)| from < until).collect())
    }

    /// The times that are not in another one.
    pub(crate) fn without(&self, other: &Spans) -> Spans {
        let mut rest = Spans::default();
        let mut from = 0;
        for (start, end) in other.iter() {
            rest.join(&Spans::one(from, start));
            from = end;
        }
        rest.join(&Spans::one(from, u64::MAX));
        self.meet(&rest)
    }

    /// Spans that are in order and do not touch.
    fn of(apart: Vec<Span>) -> Spans {
        let mut all = apart.into_iter();
        Spans { first: all.next(), more: all.collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(list: &[Span]) -> Spans {
        let mut all = Spans::default();
        list.iter().for_each(|(from, until)| all.join(&Spans::one(*from, *until)));
        all
    }

    /// Against sets of single seconds, for every pair of some sets.
    #[test]
    fn spans_are_sets_of_seconds() {
        let some: Vec<Spans> = (0..64u64)
            .map(|bits| of(&(0..6).filter(|i| bits >> i & 1 == 1).map(|i| (i, i + 1)).collect::<Vec<_>>()))
            .collect();
        let seconds = |s: &Spans| (0..8).filter(|t| s.contains(*t)).collect::<Vec<u64>>();
        for a in &some {
            assert_eq!(a.length(8), seconds(a).len() as u64);
            assert_eq!((a.start(), a.end()), (seconds(a).first().copied(), seconds(a).last().map(|t| t + 1)));
            for t in 0..8 {
                let gap = (t..8).take_while(|t| !a.contains(*t)).collect::<Vec<_>>();
                assert_eq!(seconds(&a.gap(t)), gap);
            }
            assert_eq!(Spans::EVER.without(a).length(8), 8 - a.length(8));
            for b in &some {
                let joined = a.clone();
                let joined = {
                    let mut j = joined;
                    j.join(b);
                    j
                };
                let is = |t: &u64, both: bool| match both {
                    true => a.contains(*t) && b.contains(*t),
                    false => a.contains(*t) || b.contains(*t),
                };
                assert_eq!(seconds(&joined), (0..8).filter(|t| is(t, false)).collect::<Vec<_>>());
                assert_eq!(seconds(&a.meet(b)), (0..8).filter(|t| is(t, true)).collect::<Vec<_>>());
                let rest = (0..8).filter(|t| a.contains(*t) && !b.contains(*t)).collect::<Vec<_>>();
                assert_eq!(seconds(&a.without(b)), rest);
                // What touches is one.
                assert!(joined.iter().zip(joined.iter().skip(1)).all(|(x, y)| x.1 < y.0));
            }
        }
    }
}
