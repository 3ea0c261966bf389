//! Statements in the types of the format: which field says what of which state.
#![allow(clippy::unwrap_used)]

use pkg_format::cbor::{Item, MapBuilder, Wire, strict::Keys};
use pkg_format::ident::Month;
use pkg_format::manifest::*;
use pkg_format::{Digest, Id, Localized, Tree, Version, VulnId};
use pkg_status::{Field, History, Open, Shipped, Word};
use std::collections::BTreeSet;
use std::sync::LazyLock;

const AFFECTED: Option<Word> = Some(Word::Open(Open::Affected));
const X: &str = "CVE-2026-1000";

static SCOPE: LazyLock<Id> = LazyLock::new(|| id("product"));
static OTHER: LazyLock<Id> = LazyLock::new(|| id("radio"));
static LINE: LazyLock<Id> = LazyLock::new(|| id("1"));

fn id(text: &str) -> Id {
    Id::new(text).unwrap()
}

fn vuln(text: &str) -> VulnId {
    VulnId::new(text).unwrap()
}

fn decoded<T: Wire>(tree: &Tree) -> T {
    T::decode(Item::open(&tree.to_bytes(), Keys::Text).unwrap()).unwrap()
}

fn en() -> Localized {
    decoded(&MapBuilder::new().tree("en", Tree::text("A text.")).done())
}

fn advisory() -> Advisory {
    let parts = ["title", "summary", "details", "impact"];
    let text = parts.iter().fold(MapBuilder::new(), |map, part| map.tree(part, Tree::text("A text.")));
    decoded(&MapBuilder::new().tree("en", text.done()).done())
}

fn action() -> Action {
    Action { code: ActionCode::Install, restart: Restart::Device, deadline: None, text: en() }
}

/// A manifest into a state. Its digest is not that of its bytes.
#[derive(Clone)]
struct Made {
    digest: Digest,
    state: Digest,
    common: Common,
    release: Release,
}

fn state(name: &str) -> Digest {
    Digest::of(name.as_bytes())
}

fn common(sequence: u64, issued: u64) -> Common {
    let product = Product { vendor: id("acme"), name: id("cam"), hardware: vec![id("rev-a")] };
    Common {
        id: id("cam"),
        product,
        sequence,
        issued,
        evidence: vec![],
        supersedes: vec![],
        keyring_min: None,
        after: vec![],
        notes: Default::default(),
    }
}

/// A feature release of line 1 from these states: sequence and time, feature level, security level.
fn feature(name: &str, time: u64, (feature_level, security_level): (u64, u64), from: &[&str]) -> Made {
    let also_fixes = Feature { changes: vec![], also_fixes: vec![], advisory: None, action: None };
    let from: Vec<Digest> = from.iter().map(|v| state(v)).collect();
    let month = |text| Month::new(text).unwrap();
    Made {
        digest: Digest::of(format!("manifest {name} {time}").as_bytes()),
        state: state(name),
        common: common(time, time),
        release: Release {
            identity: Identity {
                scope: SCOPE.clone(),
                version: Version::new(name).unwrap(),
                line: LINE.clone(),
                feature_level,
                security_level,
                generation: 1,
                channel: Channel::Stable,
                environment_cost: EnvironmentCost::None,
            },
            update: Update::Feature(also_fixes),
            applies_to: AppliesTo::States(from.clone()),
            from,
            fresh: false,
            images: vec![],
            statuses: vec![],
            open: vec![],
            defaults: vec![],
            remediations: vec![],
            automatic: None,
            cost: Cost::Free,
            tailor_made: None,
            support: Support {
                until: month("2036-12"),
                from: month("2026-01"),
                shorter_use: None,
                basis: None,
            },
            latest_only: None,
            requires: vec![],
            contact: None,
        },
    }
}

/// A security release of line 1 for its line, with fixes at these levels.
fn security(name: &str, time: u64, levels: (u64, u64), from: &[&str], fixes: &[(&str, u64)]) -> Made {
    let mut made = feature(name, time, levels, from);
    made.release.applies_to = AppliesTo::Line;
    made.release.update = Update::Security(Security {
        separation: Separation::Pure,
        fixes: fixes.iter().map(|(id, level)| fix(id, *level)).collect(),
        changes: vec![],
        inherited: vec![],
        reopens: vec![],
        advisory: advisory(),
        action: action(),
    });
    made
}

fn fix(id: &str, level: u64) -> Fix {
    Fix {
        id: vuln(id),
        aliases: vec![],
        upstream: None,
        level,
        status: Outcome::Fixed,
        description: None,
        disclosure: Disclosure::Public { severity: decoded(&Tree::text("high")), impact: en() },
        cwe: None,
        affected: Affected::AppliesTo,
        exploited: Exploited::No,
        known_since: None,
        touches: vec![],
    }
}

fn status(id: &str, states: &[&str], releases: Vec<Releases>, standing: VexStatus) -> Status {
    let states = states.iter().map(|v| state(v)).collect();
    Status { id: vuln(id), states, releases, standing, outcome: None, risk: None }
}

fn notice(statuses: Vec<Status>) -> Notice {
    Notice {
        statuses,
        remediations: vec![],
        advisory: advisory(),
        action: action(),
        contact: pkg_format::Label::new("us").unwrap(),
    }
}

impl Made {
    fn but(mut self, edit: impl FnOnce(&mut Release)) -> Made {
        edit(&mut self.release);
        self
    }

    fn fix(self, edit: impl FnOnce(&mut Fix)) -> Made {
        self.security(|s| edit(&mut s.fixes[0]))
    }

    fn security(self, edit: impl FnOnce(&mut Security)) -> Made {
        self.but(|r| match &mut r.update {
            Update::Security(security) => edit(security),
            Update::Feature(_) => panic!("not a security release"),
        })
    }
}

fn history<'m>(releases: &'m [Made], notices: &'m [(u64, Notice)], common: &'m [Common]) -> History<'m> {
    let mut history = History::new(&SCOPE);
    for made in releases {
        history.release(made.digest, made.state, &made.common, &made.release);
    }
    for ((time, notice), common) in notices.iter().zip(common) {
        history.notice(Digest::of(&time.to_be_bytes()), common, notice);
    }
    history
}

/// The status of a vulnerability in a state, and the field that says it; none where there is no such vulnerability.
fn told(
    releases: &[Made],
    notices: &[(u64, Notice)],
    id: &str,
    name: &str,
) -> Option<(Option<Word>, Option<Field>)> {
    let commons: Vec<Common> = notices.iter().map(|(time, _)| common(*time, *time)).collect();
    let decisions = history(releases, notices, &commons).decide();
    let v = decisions.vulnerability(&vuln(id))?;
    let place = decisions.place(&state(name)).unwrap();
    let column = decisions.statuses().of(v);
    let by = decisions.decided_by(&column, place);
    assert_eq!(column.status(place).word(), decisions.statuses().word(place, v));
    Some((column.status(place).word(), by.map(|b| b.field)))
}

fn two() -> Vec<Made> {
    vec![feature("1.0", 1, (1, 1), &[]), security("1.1", 2, (1, 2), &["1.0"], &[(X, 2)])]
}

#[test]
fn a_fix_closes_its_state_and_opens_those_it_applies_to() {
    assert_eq!(told(&two(), &[], X, "1.1"), Some((Some(Word::Fixed), Some(Field::Fixes))));
    assert_eq!(told(&two(), &[], X, "1.0"), Some((AFFECTED, Some(Field::AppliesTo))));
    let mut list = two();
    list[1].release.applies_to = AppliesTo::States(vec![state("1.0")]);
    assert_eq!(told(&list, &[], X, "1.0"), Some((AFFECTED, Some(Field::AppliesTo))));
    let mut named = two();
    named[1] = named[1].clone().fix(|f| f.affected = Affected::States(vec![state("1.0")]));
    assert_eq!(told(&named, &[], X, "1.0"), Some((AFFECTED, Some(Field::Affected))));
}

#[test]
fn a_mitigation_is_open() {
    let mut list = two();
    list[1] = list[1].clone().fix(|f| f.status = Outcome::Mitigated);
    assert_eq!(told(&list, &[], X, "1.1"), Some((Some(Word::Open(Open::Mitigated)), Some(Field::Fixes))));
}

#[test]
fn a_repeated_fix_says_nothing() {
    let copied = security("1.1", 2, (1, 2), &["1.0"], &[(X, 1)])
        .fix(|f| f.affected = Affected::States(vec![state("1.0")]));
    let list = [feature("1.0", 1, (1, 1), &[]), copied];
    assert_eq!(told(&list, &[], X, "1.1"), Some((None, None)));
    assert_eq!(told(&list, &[], X, "1.0"), Some((None, None)));
}

#[test]
fn each_field_of_a_release_says_what_it_says() {
    let base = feature("1.0", 1, (1, 1), &[]);
    let also = feature("2.0", 2, (2, 1), &["1.0"]).but(|r| {
        let separately = Separately::In(vec![]);
        let also_fixes = vec![AlsoFix { id: vuln(X), separately }];
        r.update = Update::Feature(Feature { changes: vec![], also_fixes, advisory: None, action: None });
    });
    assert_eq!(told(&[base.clone(), also], &[], X, "2.0"), Some((Some(Word::Fixed), Some(Field::AlsoFixes))));
    let open = feature("2.0", 2, (2, 1), &["1.0"]).but(|r| {
        r.open = vec![StillOpen {
            id: vuln(X),
            status: OpenStatus::UnderInvestigation,
            reason: en(),
            planned: None,
        }];
    });
    let investigated = Some(Word::Open(Open::UnderInvestigation));
    assert_eq!(told(&[base.clone(), open], &[], X, "2.0"), Some((investigated, Some(Field::Open))));
    let reopens = security("1.1", 2, (1, 2), &["1.0"], &[("CVE-2026-2000", 2)])
        .security(|s| s.reopens = vec![Reopened { id: vuln(X), reason: en() }]);
    assert_eq!(told(&[base.clone(), reopens], &[], X, "1.1"), Some((AFFECTED, Some(Field::Reopens))));
    let not_there = VexStatus::NotAffected(VexJustification::ComponentNotPresent);
    let says = feature("2.0", 2, (2, 1), &["1.0"])
        .but(|r| r.statuses = vec![status(X, &["1.0", "2.0"], vec![], not_there)]);
    let said = Some((Some(Word::NotAffected), Some(Field::Statuses)));
    assert_eq!(told(&[base.clone(), says.clone()], &[], X, "1.0"), said);
    assert_eq!(told(&[base, says], &[], X, "2.0"), said);
}

#[test]
fn a_notice_says_more_later() {
    let notices = [(5, notice(vec![status(X, &["1.1"], vec![], VexStatus::Affected)]))];
    assert_eq!(told(&two(), &notices, X, "1.1"), Some((AFFECTED, Some(Field::Statuses))));
}

#[test]
fn a_notice_names_releases_of_a_line_or_of_the_scope() {
    let line =
        |scope: &Id, from, below| Releases::Line { scope: scope.clone(), line: LINE.clone(), from, below };
    let say = |releases: Releases| {
        let notices = [(5, notice(vec![status(X, &[], vec![releases], VexStatus::Affected)]))];
        ["1.0", "1.1"].map(|name| told(&two(), &notices, X, name).unwrap().0)
    };
    let fixed = Some(Word::Fixed);
    assert_eq!(say(line(&SCOPE, Some(2), None)), [AFFECTED, AFFECTED], "1.0 by what 1.1 applies to");
    assert_eq!(say(line(&SCOPE, None, Some(2))), [AFFECTED, fixed]);
    assert_eq!(say(Releases::All { scope: SCOPE.clone() }), [AFFECTED, AFFECTED]);
    assert_eq!(say(Releases::All { scope: OTHER.clone() }), [AFFECTED, fixed]);
    assert_eq!(say(line(&OTHER, Some(2), None)), [AFFECTED, fixed]);
}

#[test]
fn a_release_inherits_from_what_it_was_built_from() {
    let mut list = two();
    list.push(feature("2.0", 3, (2, 2), &["1.1"]));
    assert_eq!(told(&list, &[], X, "2.0"), Some((Some(Word::Fixed), Some(Field::Fixes))));
    list[2].release.from.clear();
    assert_eq!(told(&list, &[], X, "2.0"), Some((None, None)), "where it may be installed says nothing");
    // A parent may be named by its manifest.
    list[2].release.from = vec![list[1].digest];
    assert_eq!(told(&list, &[], X, "2.0"), Some((Some(Word::Fixed), Some(Field::Fixes))));
}

#[test]
fn a_security_update_on_another_feature_level_does_not_inherit_that_it_is_not_affected() {
    let not_there = VexStatus::NotAffected(VexJustification::ComponentNotPresent);
    let notices = [(1, notice(vec![status(X, &["1.0"], vec![], not_there)]))];
    let next = |levels| {
        [feature("1.0", 1, (1, 1), &[]), security("1.1", 2, levels, &["1.0"], &[("CVE-2026-2000", 2)])]
    };
    assert_eq!(told(&next((1, 2)), &notices, X, "1.1").unwrap().0, Some(Word::NotAffected));
    assert_eq!(told(&next((2, 2)), &notices, X, "1.1").unwrap().0, None);
    // Nothing is known of one of its parents.
    let [base, mut next] = next((1, 2));
    next.release.from.push(state("0.9"));
    assert_eq!(told(&[base, next], &notices, X, "1.1").unwrap().0, None);
}

#[test]
fn words_about_a_parent_that_is_not_at_hand_count() {
    let notices = [(9, notice(vec![status(X, &["1.0"], vec![], VexStatus::Affected)]))];
    let next = [feature("2.0", 3, (2, 2), &["1.0"])];
    assert_eq!(told(&next, &notices, X, "2.0").unwrap().0, AFFECTED);
}

#[test]
fn aliases_name_a_vulnerability_also_where_another_scope_tells_them() {
    let aliased =
        || security("9.1", 4, (1, 2), &[], &[(X, 2)]).fix(|f| f.aliases = vec![vuln("GHSA-2222-3333-4444")]);
    let notices = [(5, notice(vec![status("GHSA-2222-3333-4444", &["1.1"], vec![], VexStatus::Affected)]))];
    let other = aliased().but(|r| r.identity.scope = OTHER.clone());
    let mut list = two();
    assert_eq!(told(&list, &notices, X, "1.1").unwrap().0, Some(Word::Fixed));
    list.push(other);
    assert_eq!(told(&list, &notices, X, "1.1").unwrap().0, AFFECTED);
    let commons = [common(5, 5)];
    let decisions = history(&list, &notices, &commons).decide();
    let v = decisions.vulnerability(&vuln(X)).unwrap();
    assert_eq!(decisions.vulnerability(&vuln("GHSA-2222-3333-4444")), Some(v));
    assert_eq!((decisions.name(v).as_str(), decisions.aliases(v).len()), (X, 1));
}

#[test]
fn what_another_scope_fixes_is_no_vulnerability_of_this_one() {
    let other = security("9.1", 4, (1, 2), &[], &[("CVE-2026-3000", 2)])
        .fix(|f| f.aliases = vec![vuln("GHSA-2222-3333-4444")])
        .but(|r| r.identity.scope = OTHER.clone());
    let mut list = two();
    list.push(other);
    assert_eq!(told(&list, &[], "CVE-2026-3000", "1.1"), None);
    let decisions = history(&list, &[], &[]).decide();
    assert_eq!(decisions.statuses().vulnerabilities(), 1);
    assert_eq!(decisions.place(&state("9.1")), None);
    // Unless it says that a state of this one is affected.
    list[2] = list[2].clone().fix(|f| f.affected = Affected::States(vec![state("1.0")]));
    assert_eq!(told(&list, &[], "CVE-2026-3000", "1.0"), Some((AFFECTED, Some(Field::Affected))));
}

#[test]
fn what_shipped_without_a_manifest_is_declared() {
    let list = [security("1.1", 2, (1, 2), &["1.0"], &[(X, 2)])];
    let id = vuln(X);
    let hardware = BTreeSet::new();
    let shipped = Shipped {
        state: state("1.0"),
        line: &LINE,
        sequence: 1,
        feature_level: 1,
        security_level: 1,
        placed: 0,
        hardware: &hardware,
    };
    let declare = |id, status: VexStatus| {
        let mut history = history(&list, &[], &[]);
        history.shipped(shipped);
        history.declared(id, state("1.0"), status);
        let decisions = history.decide();
        let (v, place) = (decisions.vulnerability(id).unwrap(), decisions.place(&state("1.0")).unwrap());
        assert_eq!(place, 0, "declared states come first");
        let column = decisions.statuses().of(v);
        let child = decisions.statuses().word(1, v);
        (column.status(0).word(), decisions.decided_by(&column, 0).map(|b| b.field), child)
    };
    // What a release applies to is signed, so a declaration does not close it.
    assert_eq!(declare(&id, VexStatus::Fixed), (AFFECTED, Some(Field::AppliesTo), Some(Word::Fixed)));
    let other = vuln("CVE-2026-2000");
    let not_there = VexStatus::NotAffected(VexJustification::ComponentNotPresent);
    let gone = Some(Word::NotAffected);
    assert_eq!(declare(&other, not_there), (gone, Some(Field::Declared), gone));
    assert_eq!(declare(&other, VexStatus::Mitigated).0, Some(Word::Open(Open::Mitigated)));
}

#[test]
fn the_order_in_which_statements_come_does_not_matter() {
    let mut list = two();
    list.push(feature("2.0", 3, (2, 2), &["1.1"]));
    let notices = [(5, notice(vec![status(X, &["1.1"], vec![], VexStatus::Affected)]))];
    let there = told(&list, &notices, X, "2.0");
    list.reverse();
    // The same manifest may be there twice.
    list.push(list[0].clone());
    assert_eq!(told(&list, &notices, X, "2.0"), there);
    assert_eq!(there, Some((AFFECTED, Some(Field::Statuses))));
    let decisions = history(&list, &[], &[]).decide();
    let places = ["1.0", "1.1", "2.0"].map(|name| decisions.place(&state(name)));
    assert_eq!(places, [Some(0), Some(1), Some(2)]);
    assert_eq!(decisions.digest(1), state("1.1"));
}

/// A notice for some hardware closes a vulnerability on it. On all hardware it is closed once notices for each say so.
#[test]
fn a_notice_closes_for_the_hardware_that_it_names() {
    let on = |ids: &[&str], time| {
        let mut common = common(time, time);
        common.product.hardware = ids.iter().map(|i| id(i)).collect();
        common
    };
    let mut list = two();
    list[0].common.product.hardware = vec![id("rev-a"), id("rev-b")];
    let not = VexStatus::NotAffected(VexJustification::ComponentNotPresent);
    let says = |standing| notice(vec![status(X, &["1.0"], vec![], standing)]);
    let word = |commons: &[Common], notices: &[(u64, Notice)], hardware: Option<&Id>| {
        let history = history(&list, notices, commons);
        let decisions = match hardware {
            Some(hardware) => history.for_hardware(hardware).decide(),
            None => history.decide(),
        };
        let v = decisions.vulnerability(&vuln(X)).unwrap();
        decisions.statuses().word(decisions.place(&state("1.0")).unwrap(), v)
    };
    let (a, b) = (id("rev-a"), id("rev-b"));
    let (commons, notices) = ([on(&["rev-b"], 5)], [(5, says(not))]);
    assert_eq!(word(&commons, &notices, None), AFFECTED);
    assert_eq!(word(&commons, &notices, Some(&a)), AFFECTED);
    assert_eq!(word(&commons, &notices, Some(&b)), Some(Word::NotAffected));
    // What a later notice tells the others changes nothing for these.
    let (commons, notices) =
        ([on(&["rev-b"], 5), on(&["rev-a"], 6)], [(5, says(not)), (6, says(VexStatus::Affected))]);
    assert_eq!(word(&commons, &notices, Some(&a)), AFFECTED);
    assert_eq!(word(&commons, &notices, Some(&b)), Some(Word::NotAffected));
    // One for both does.
    let commons = [on(&["rev-b"], 5), on(&["rev-a", "rev-b"], 6)];
    assert_eq!(word(&commons, &notices, Some(&b)), AFFECTED);
    let (commons, notices) = ([on(&["rev-b"], 5), on(&["rev-a"], 6)], [(5, says(not)), (6, says(not))]);
    for hardware in [None, Some(&a), Some(&b)] {
        assert_eq!(word(&commons, &notices, hardware), Some(Word::NotAffected));
    }
}
