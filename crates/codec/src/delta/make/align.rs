//! Alignment: the cheapest way through the image, byte by byte, with every candidate distance.
//!
//! This is the Viterbi algorithm: at each byte there is one best way to be at each distance, or in
//! fresh bytes; a way that costs more than the best one and a turn is given up, since turning from
//! the best one is then cheaper. So there are few ways at a time, and most of the time just one.

use super::anchors::Anchor;
use super::cost::{self, Meter};
use super::index::{Index, common};
use super::seeds::{Pace, Seed, seeds};
use crate::delta::Stretch;

/// Ways that are followed at once; the rest is noise, in tables that are like themselves.
const WAYS: usize = 24;
/// The distance of fresh bytes.
const FRESH: i64 = i64::MAX;
/// Out of reach.
const NEVER: i64 = i64::MAX / 2;
/// No turn.
const NONE: u32 = u32::MAX;

/// Where a way turned to another distance.
struct Turn {
    at: usize,
    distance: i64,
    before: u32,
}

/// The best way to be at a distance.
#[derive(Clone, Copy)]
struct Way {
    distance: i64,
    /// The distance of its last copy.
    copied: i64,
    cost: i64,
    meter: Meter,
    /// Where it turned to this distance, and the turn before that.
    from: usize,
    before: u32,
    /// Its last turn, once another way needs to know.
    turn: u32,
    /// Up to where it may become worth something.
    until: usize,
}

impl Way {
    fn new(distance: i64, copied: i64, cost: i64, from: usize, before: u32, until: usize) -> Self {
        Self { distance, copied, cost, meter: Meter::default(), from, before, turn: NONE, until }
    }

    /// The last turn, noted down.
    fn turn(&mut self, turns: &mut Vec<Turn>) -> u32 {
        if self.turn == NONE {
            self.turn = turns.len() as u32;
            turns.push(Turn { at: self.from, distance: self.distance, before: self.before });
        }
        self.turn
    }
}

/// Aligns the bytes of the image from `from` to `to`: stretches in order, without gap, and what they cost. Places in
/// the image and in the base are counted from the first byte of each slice.
pub(super) fn align(
    index: &Index<'_>,
    (base, image): (&[u8], &[u8]),
    anchors: &[Anchor],
    pace: Pace,
    from: usize,
    to: usize,
) -> (Vec<Stretch>, i64) {
    let seeds = seeds(index, (base, image), anchors, pace, from, to);
    let mut paths = Paths {
        base,
        image,
        turns: Vec::new(),
        ways: vec![Way::new(FRESH, 0, 0, from, NONE, from)],
        best: 0,
    };
    let (mut at, mut next) = (from, 0);
    while at < to {
        while let Some(seed) = seeds.get(next).filter(|s| s.from <= at) {
            paths.open(seed, at);
            next += 1;
        }
        let until = seeds.get(next).map_or(to, |s| s.from.min(to));
        let run = paths.run(at, until);
        if run > 0 {
            at += run;
        } else {
            paths.step(at);
            at += 1;
        }
    }
    let cost = paths.ways[paths.best].cost;
    (paths.stretches(to), cost)
}

/// All ways to the byte at hand. The first is that of fresh bytes.
struct Paths<'a> {
    base: &'a [u8],
    image: &'a [u8],
    turns: Vec<Turn>,
    ways: Vec<Way>,
    best: usize,
}

impl Paths<'_> {
    /// Begins to follow a candidate.
    fn open(&mut self, seed: &Seed, at: usize) {
        if let Some(way) = self.ways.iter_mut().find(|w| w.distance == seed.distance) {
            way.until = way.until.max(seed.to);
            return;
        }
        let best = &mut self.ways[self.best];
        let cost = best.cost + cost::turn(seed.distance - best.copied);
        let before = best.turn(&mut self.turns);
        let way = Way::new(seed.distance, seed.distance, cost, at, before, seed.to);
        if self.ways.len() < WAYS {
            self.ways.push(way);
            return;
        }
        let others = (1..self.ways.len()).filter(|k| *k != self.best);
        if let Some(worst) = others.min_by_key(|k| self.ways[*k].until) {
            self.ways[worst] = way;
        }
    }

    /// With one distance left, goes as far as the bytes do not differ; gives how far.
    fn run(&mut self, at: usize, until: usize) -> usize {
        let [_, way] = self.ways.as_mut_slice() else { return 0 };
        let old = at as i64 + way.distance;
        if self.best != 1 || until <= at || old < 0 || old as usize >= self.base.len() {
            return 0;
        }
        let run = common(&self.base[old as usize..], &self.image[at..until]);
        if run > 0 {
            way.cost += way.meter.same() * run as i64;
            let (distance, cost, before) = (way.distance, way.cost + cost::STOP, way.turn(&mut self.turns));
            self.ways[0] = Way::new(FRESH, distance, cost, at + run, before, at + run);
        }
        run
    }

    /// Takes every way over the byte `at`, and gives up or turns those that cost too much.
    fn step(&mut self, at: usize) {
        let new = self.image[at];
        for way in &mut self.ways {
            let old =
                usize::try_from(at as i64 + way.distance.min(NEVER)).ok().and_then(|old| self.base.get(old));
            way.cost += match old {
                _ if way.distance == FRESH => cost::FRESH,
                Some(old) if *old == new => way.meter.same(),
                Some(old) => way.meter.differs(new.wrapping_sub(*old)),
                None => NEVER,
            };
        }
        let after = at + 1;
        let least = self.ways.iter().map(|w| w.cost).min().unwrap_or(0);
        self.best = self.ways.iter().position(|w| w.cost == least).unwrap_or(0);
        let copied = self.ways[self.best].copied;
        let limit = |way: &Way| match way.distance {
            FRESH => least + cost::STOP,
            distance => least + cost::turn(distance - copied),
        };
        self.ways
            .retain(|w| w.distance == FRESH || (w.cost < NEVER && after < w.until) || w.cost <= limit(w));
        self.best = self.ways.iter().position(|w| w.cost == least).unwrap_or(0);
        let mut before = None;
        for k in 0..self.ways.len() {
            let limit = limit(&self.ways[k]);
            if self.ways[k].cost > limit {
                let turn = *before.get_or_insert_with(|| self.ways[self.best].turn(&mut self.turns));
                let way = &mut self.ways[k];
                let copied = if way.distance == FRESH { copied } else { way.distance };
                *way = Way { cost: limit, from: after, before: turn, turn: NONE, copied, ..*way };
            } else {
                self.ways[k].until = self.ways[k].until.max(after);
            }
        }
    }

    /// The cheapest way, back from its end at `to`.
    fn stretches(mut self, to: usize) -> Vec<Stretch> {
        let mut turn = self.ways[self.best].turn(&mut self.turns);
        let (mut end, mut stretches) = (to, Vec::new());
        while let Some(Turn { at, distance, before }) = self.turns.get(turn as usize) {
            if *at < end {
                let old = (*distance != FRESH).then(|| (*at as i64 + distance) as u64);
                stretches.push(Stretch { new: *at as u64, len: (end - at) as u64, old });
                end = *at;
            }
            turn = *before;
        }
        stretches.reverse();
        stretches
    }
}
