//! Simulated makers whose sources are known: what the rule says is what is in the sources.
//!
//! A maker sees what it believes, not what is true: fixes may turn out incomplete, and a vulnerability may be under
//! investigation for a while. Honest makers say what they know and stay silent where lineage says it for them. Sloppy
//! ones leave out a part of it.
#![allow(clippy::unwrap_used)]

mod common;
mod maker;

use common::cases;
use maker::Maker;
use pkg_status::Statuses;

/// How many pairs of state and vulnerability there were, and how many of them were judged wrongly.
#[derive(Debug, Default)]
struct Figures {
    open: u64,
    closed: u64,
    falsely_closed: u64,
    falsely_open: u64,
    undecided: u64,
    inherited: u64,
}

impl Figures {
    /// Compares what follows from the statements so far with the sources.
    fn add(&mut self, maker: &Maker) {
        let statuses = Statuses::new(maker.known.clone());
        for (x, flaw) in maker.flaws.iter().enumerate().filter(|(_, f)| maker.can_be_judged(f)) {
            let v = statuses.vulnerability(flaw.ids[0]);
            let column = statuses.of(v);
            for (state, release) in maker.releases.iter().enumerate() {
                let (truly, said) = (release.has(x), column.status(state));
                match truly {
                    true => self.open += 1,
                    false => self.closed += 1,
                }
                match (truly, said.is_open()) {
                    (true, false) => self.falsely_closed += 1,
                    (false, true) => self.falsely_open += 1,
                    _ => {}
                }
                self.undecided += u64::from(said.is_undecided());
                self.inherited += u64::from(said.decided().is_some_and(|d| d.inherited.is_some()));
            }
        }
    }

    fn per_cent(part: u64, of: u64) -> f64 {
        100.0 * part as f64 / of as f64
    }
}

fn simulate(omitted: usize, histories: u64) -> Figures {
    let mut figures = Figures::default();
    for seed in 0..histories {
        let mut maker = Maker::new(seed, omitted, seed % 2 == 1);
        for _ in 0..14 {
            maker.next();
            figures.add(&maker);
        }
    }
    let closed = Figures::per_cent(figures.falsely_closed, figures.open);
    let open = Figures::per_cent(figures.falsely_open, figures.closed);
    println!(
        "{omitted} % left out, {histories} histories: {closed:.3} % falsely closed, {open:.3} % falsely open"
    );
    println!("{figures:?}");
    figures
}

#[test]
fn honest_histories_are_judged_as_their_sources_are() {
    let figures = simulate(0, cases("PKG_STATUS_HISTORIES", 5_000));
    assert_eq!((figures.falsely_closed, figures.falsely_open), (0, 0), "{figures:?}");
    assert_eq!(figures.undecided, 0, "an honest maker leaves nothing to be asked: {figures:?}");
    let silent = Figures::per_cent(figures.inherited, figures.open + figures.closed);
    assert!(silent > 20.0, "most is inherited in silence: {silent} %");
}

#[test]
fn sloppy_histories_err_to_the_safe_side() {
    let figures = simulate(10, cases("PKG_STATUS_HISTORIES", 5_000));
    assert!(Figures::per_cent(figures.falsely_closed, figures.open) < 0.3, "{figures:?}");
    assert!(Figures::per_cent(figures.falsely_open, figures.closed) < 4.0, "{figures:?}");
    assert!(figures.undecided > 0, "what was left out shows: {figures:?}");
}
