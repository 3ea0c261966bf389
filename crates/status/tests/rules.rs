//! Each sentence of the rule, alone.
#![allow(clippy::unwrap_used)]

use pkg_status::{
    AliasSet, AppliesTo, Assumed, Cycle, Decided, EffectiveStatus, Foretold, Known, Open, Releases, Said,
    Source, State, Statuses, Step, Word,
};

const AFFECTED: Word = Word::Open(Open::Affected);

/// States on line 0, numbered from 1, with one vulnerability of two ids.
struct Story(Known);

impl Story {
    fn new() -> Story {
        Story(Known { ids: 2, ..Known::default() })
    }

    /// A state that a security update leads into, or a feature update; issued when it is numbered.
    fn state(mut self, from: &[usize], keeps_features: bool) -> Story {
        let sequence = self.0.states.len() as u64 + 1;
        let step = Step {
            line: 0,
            sequence,
            feature_level: 1,
            security_level: sequence,
            from: from.to_vec(),
            keeps_features,
        };
        self.0.states.push(State { issued: sequence, steps: vec![step] });
        self
    }

    fn first(self) -> Story {
        self.state(&[], false)
    }

    fn security(self, from: &[usize]) -> Story {
        self.state(from, true)
    }

    fn feature(self, from: &[usize]) -> Story {
        self.state(from, false)
    }

    fn said(self, state: usize, word: Word, time: u64) -> Story {
        self.said_as(0, state, word, time)
    }

    fn said_as(mut self, id: usize, state: usize, word: Word, time: u64) -> Story {
        self.0.said.push(Said { id, state, word, time });
        self
    }

    fn foretold(mut self, releases: Releases, time: u64) -> Story {
        self.0.foretold.push(Foretold { id: 0, releases, word: Open::Affected, time });
        self
    }

    fn assumed(mut self, applies_to: AppliesTo, time: u64) -> Story {
        self.0.assumed.push(Assumed { id: 0, applies_to, time });
        self
    }

    fn aliases(mut self, id: usize, aliases: &[usize], time: u64) -> Story {
        self.0.aliases.push(AliasSet { id, aliases: aliases.to_vec(), time });
        self
    }

    fn decide(&self) -> Statuses {
        Statuses::new(self.0.clone())
    }

    /// The status of the first id.
    fn status(&self, state: usize) -> EffectiveStatus {
        let statuses = self.decide();
        statuses.of(statuses.vulnerability(0)).status(state)
    }

    fn word(&self, state: usize) -> Option<Word> {
        self.status(state).word()
    }

    fn time(&self, state: usize) -> u64 {
        self.status(state).decided().unwrap().time
    }
}

fn line(from: Option<u64>, below: Option<u64>) -> Releases {
    Releases::Line { line: 0, from, below }
}

fn below(level: u64) -> AppliesTo {
    AppliesTo::Line { line: 0, feature_level: 1, below: level }
}

#[test]
fn an_own_word_decides() {
    let story = Story::new().first().said(0, Word::NotAffected, 7);
    let decided = Decided { word: Word::NotAffected, time: 7, source: Source::Said(0), inherited: None };
    assert_eq!(story.status(0), EffectiveStatus::Decided(decided));
    assert!(!story.status(0).is_open() && !story.status(0).is_fixed() && !story.status(0).is_undecided());
}

#[test]
fn the_newest_own_word_wins() {
    let story = Story::new().first().said(0, AFFECTED, 8).said(0, Word::Fixed, 7);
    assert_eq!(story.word(0), Some(AFFECTED));
    assert_eq!(story.said(0, Word::NotAffected, 9).word(0), Some(Word::NotAffected));
}

#[test]
fn of_equal_time_open_wins() {
    for closed in [Word::Fixed, Word::NotAffected] {
        for open in [Open::UnderInvestigation, Open::Mitigated, Open::Affected].map(Word::Open) {
            for two in [[closed, open], [open, closed]] {
                let story = Story::new().first().said(0, two[0], 7).said(0, two[1], 7);
                assert_eq!(story.word(0), Some(open), "{two:?}");
            }
        }
    }
}

#[test]
fn of_equal_time_the_worse_of_two_open_words_wins() {
    let story = Story::new().first().said(0, AFFECTED, 7).said(0, Word::Open(Open::Mitigated), 7);
    assert_eq!(story.word(0), Some(AFFECTED));
}

#[test]
fn own_words_come_before_what_is_inherited() {
    let story = Story::new().first().security(&[0]).said(0, Word::Fixed, 9).said(1, AFFECTED, 2);
    assert_eq!(story.word(1), Some(AFFECTED), "also where the word about the parent is newer");
}

#[test]
fn fixed_is_inherited_from_any_parent() {
    let story = Story::new().first().first().feature(&[0, 1]).said(0, AFFECTED, 9).said(1, Word::Fixed, 2);
    let decided = Decided { word: Word::Fixed, time: 2, source: Source::Said(1), inherited: Some(1) };
    assert_eq!(story.status(2), EffectiveStatus::Decided(decided));
}

#[test]
fn what_is_inherited_keeps_its_time_and_its_origin() {
    let story = Story::new().first().security(&[0]).feature(&[1]).said(0, Word::Fixed, 5);
    assert_eq!((story.word(2), story.time(2)), (Some(Word::Fixed), 5));
    let statuses = story.decide();
    let column = statuses.of(statuses.vulnerability(0));
    assert_eq!(column.origin(2), 0);
    assert_eq!(column.status(2).decided().unwrap().inherited, Some(1));
}

#[test]
fn not_affected_is_inherited_from_all_parents_only() {
    let both = Story::new().first().first().security(&[0, 1]).said(0, Word::NotAffected, 5);
    assert_eq!(both.word(2), None, "nobody spoke of the second parent");
    let both = both.said(1, Word::NotAffected, 7);
    assert_eq!((both.word(2), both.time(2)), (Some(Word::NotAffected), 5));
    assert_eq!(both.said(1, AFFECTED, 8).word(2), Some(AFFECTED));
}

#[test]
fn not_affected_is_inherited_by_security_updates_that_keep_the_features_only() {
    assert_eq!(
        Story::new().first().security(&[0]).said(0, Word::NotAffected, 5).word(1),
        Some(Word::NotAffected)
    );
    assert_eq!(Story::new().first().feature(&[0]).said(0, Word::NotAffected, 5).word(1), None);
}

#[test]
fn every_manifest_into_a_state_counts_for_what_it_inherits() {
    let mut story = Story::new().first().first().security(&[0]);
    story = story.said(0, Word::NotAffected, 5).said(1, Word::NotAffected, 5);
    let mut second = story.0.states[2].steps[0].clone();
    second.from = vec![1];
    story.0.states[2].steps.push(second);
    assert_eq!(story.word(2), Some(Word::NotAffected));
    // One of them is a feature update.
    story.0.states[2].steps[1].keeps_features = false;
    assert_eq!(story.word(2), None);
    // It does not say what it was built from.
    story.0.states[2].steps[1].from.clear();
    assert_eq!(story.word(2), Some(Word::NotAffected));
    // The second parent is fixed.
    story.0.states[2].steps[1].from = vec![1];
    assert_eq!(story.said(1, Word::Fixed, 6).word(2), Some(Word::Fixed));
}

#[test]
fn otherwise_open_is_inherited() {
    for story in [Story::new().first().security(&[0]), Story::new().first().feature(&[0])] {
        let story = story.said(0, Word::Open(Open::Mitigated), 5);
        assert_eq!((story.word(1), story.time(1)), (Some(Word::Open(Open::Mitigated)), 5));
        assert!(story.status(1).is_said_open());
    }
    // With several open parents the newest word, and the worst of equally new ones.
    let two = Story::new().first().first().feature(&[0, 1]).said(0, AFFECTED, 5);
    let investigated = Word::Open(Open::UnderInvestigation);
    let newer = two.said(1, investigated, 6);
    assert_eq!((newer.word(2), newer.time(2)), (Some(investigated), 6));
    let equal = newer.said(0, Word::Open(Open::Mitigated), 6);
    assert_eq!((equal.word(2), equal.time(2)), (Some(Word::Open(Open::Mitigated)), 6));
}

#[test]
fn a_late_discovery_reaches_the_descendants() {
    let story = Story::new().first().security(&[0]).feature(&[1]).said(1, Word::Fixed, 2);
    assert_eq!(story.word(2), Some(Word::Fixed));
    assert_eq!(story.said(1, AFFECTED, 9).word(2), Some(AFFECTED));
}

#[test]
fn releases_by_line_and_sequence_decide_only_if_newer() {
    for (time, expected) in [(4, Word::Fixed), (5, Word::Fixed), (6, AFFECTED)] {
        let own = Story::new().first().said(0, Word::Fixed, 5).foretold(Releases::All, time);
        assert_eq!(own.word(0), Some(expected), "own word, then {time}");
        let inherited =
            Story::new().first().security(&[0]).said(0, Word::Fixed, 5).foretold(line(Some(2), None), time);
        assert_eq!(inherited.word(0), Some(Word::Fixed));
        assert_eq!(inherited.word(1), Some(expected), "inherited, then {time}");
    }
    assert_eq!(
        Story::new().first().foretold(Releases::All, 1).status(0).decided().unwrap().source,
        Source::Foretold(0)
    );
}

#[test]
fn the_newest_statement_about_releases_counts() {
    let mut story = Story::new().first().foretold(Releases::All, 5).foretold(Releases::All, 5);
    story.0.foretold[0].word = Open::Mitigated;
    assert_eq!(story.word(0), Some(AFFECTED), "of equal time the worse");
    story.0.foretold[0].time = 6;
    assert_eq!(story.word(0), Some(Word::Open(Open::Mitigated)));
    story = story.foretold(line(None, None), 7);
    assert_eq!(story.word(0), Some(AFFECTED));
}

#[test]
fn releases_are_meant_from_a_sequence_and_below_another() {
    let story = Story::new().first().first().first().first();
    let meant = |releases: Releases| {
        let story = Story(story.0.clone()).foretold(releases, 9);
        (0..4).filter(|s| story.status(*s).is_said_open()).collect::<Vec<_>>()
    };
    assert_eq!(meant(line(Some(2), Some(4))), [1, 2]);
    assert_eq!(meant(line(Some(3), None)), [2, 3]);
    assert_eq!(meant(line(None, Some(2))), [0]);
    assert_eq!(meant(Releases::Line { line: 1, from: None, below: None }), [0; 0]);
    assert_eq!(meant(Releases::All), [0, 1, 2, 3]);
    assert!(line(Some(2), Some(4)).contain(0, 2) && !line(Some(2), Some(4)).contain(0, 4));
}

#[test]
fn a_fix_names_the_states_it_applies_to_only_where_nothing_else_decides() {
    let story = Story::new().first().security(&[0]).said(1, Word::Fixed, 2).assumed(below(2), 2);
    assert_eq!((story.word(0), story.word(1)), (Some(AFFECTED), Some(Word::Fixed)));
    assert_eq!(story.status(0).decided().unwrap().source, Source::Assumed(0));
    // Any other word about the state counts more, however old.
    assert_eq!(story.said(0, Word::NotAffected, 1).word(0), Some(Word::NotAffected));
    let list = Story::new().first().first().assumed(AppliesTo::States(vec![1]), 2);
    assert_eq!((list.word(0), list.word(1)), (None, Some(AFFECTED)));
}

#[test]
fn what_nobody_signed_counts_only_where_nothing_else_decides() {
    let declared = |mut story: Story| {
        story.0.declared.push(Said { id: 0, state: 0, word: Word::NotAffected, time: 0 });
        story.word(0)
    };
    assert_eq!(declared(Story::new().first()), Some(Word::NotAffected));
    assert_eq!(declared(Story::new().first().assumed(below(2), 9)), Some(AFFECTED));
    assert_eq!(declared(Story::new().first().foretold(Releases::All, 0)), Some(AFFECTED));
    assert_eq!(declared(Story::new().first().said(0, AFFECTED, 0)), Some(AFFECTED));
    assert_eq!(declared(Story::new().state(&[1], true).first().said(1, AFFECTED, 0)), Some(AFFECTED));
}

#[test]
fn applies_to_a_line_means_lower_levels_of_its_line_and_feature_level() {
    let mut story = Story::new().first().first().first().first().assumed(below(3), 9);
    story.0.states[1].steps[0].feature_level = 2;
    assert_eq!([0, 1, 2, 3].map(|s| story.word(s)), [Some(AFFECTED), None, None, None]);
    story.0.states[0].steps[0].line = 1;
    assert_eq!(story.word(0), None);
}

#[test]
fn what_nobody_decides_is_open_and_nobody_said_it() {
    let story = Story::new().first();
    assert!(story.status(0).is_open() && story.status(0).is_undecided() && !story.status(0).is_said_open());
    let statuses = story.decide();
    let v = statuses.vulnerability(0);
    assert!(statuses.is_open(0, v) && statuses.is_undecided(0, v) && !statuses.is_said_open(0, v));
}

#[test]
fn the_level_closes_nothing() {
    // A hotfix with a higher level, built from a state without the fix.
    let story =
        Story::new().first().security(&[0]).security(&[0]).said(1, Word::Fixed, 2).said(0, AFFECTED, 1);
    assert_eq!(story.word(2), Some(AFFECTED));
}

#[test]
fn a_state_of_which_nobody_knows_what_it_was_built_from_inherits_nothing() {
    let mut story = Story::new().first().said(0, Word::Fixed, 5);
    story.0.states.push(State::default());
    assert_eq!(story.word(1), None);
}

#[test]
fn an_alias_joins_two_ids() {
    let story = Story::new().first().said_as(1, 0, Word::Fixed, 5);
    assert_eq!(story.word(0), None);
    assert_eq!(story.decide().vulnerabilities(), 2);
    let story = story.aliases(0, &[1], 9);
    assert_eq!(story.word(0), Some(Word::Fixed));
    let statuses = story.decide();
    assert_eq!((statuses.vulnerabilities(), statuses.ids(0)), (1, &[0, 1][..]));
    // The source says under which id it was said.
    let Source::Said(place) = story.status(0).decided().unwrap().source else { panic!("it was said") };
    assert_eq!(statuses.known().said[place].id, 1);
}

#[test]
fn an_alias_joins_by_the_newest_set_signed_for_that_id() {
    let story = Story::new().first().said_as(1, 0, Word::Fixed, 5).aliases(0, &[1], 6);
    assert_eq!(Story(story.0.clone()).aliases(0, &[], 7).word(0), None, "taken back");
    assert_eq!(Story(story.0.clone()).aliases(0, &[], 5).word(0), Some(Word::Fixed), "older");
    assert_eq!(Story(story.0.clone()).aliases(0, &[], 6).word(0), None, "of equal time both must name it");
    assert_eq!(story.aliases(1, &[], 7).word(0), Some(Word::Fixed), "the set of another id");
}

#[test]
fn a_parent_that_closes_a_cycle_counts_as_not_named() {
    // The second state is built from the first; later the first is built again, from the second.
    let mut story = Story::new().state(&[1], true).security(&[0]).said(0, AFFECTED, 1);
    assert_eq!(story.decide().cycles(), [Cycle { state: 0, parent: 1 }]);
    assert_eq!((story.decide().parents(0), story.decide().parents(1)), (&[][..], &[0][..]));
    assert_eq!(story.word(1), Some(AFFECTED));
    // A state that is built from itself.
    story.0.states[0].steps[0].from = vec![0];
    assert_eq!(story.decide().cycles(), [Cycle { state: 0, parent: 0 }]);
    story.0.states[0].steps[0].from.clear();
    assert_eq!(story.decide().cycles(), []);
}

#[test]
fn a_long_cycle_ends() {
    let mut story = Story::new();
    let count = 20_000;
    for state in 0..count {
        story = story.security(&[(state + 1) % count]);
    }
    story = story.said(count - 1, Word::Fixed, 1);
    let statuses = story.decide();
    // Only the youngest is built from an older one.
    assert_eq!(statuses.cycles().len(), count - 1);
    assert_eq!(statuses.fixed(count - 1).collect::<Vec<_>>(), [0]);
    assert_eq!(statuses.order().len(), count);
}
