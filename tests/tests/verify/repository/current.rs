//! Which entries of a log are current.

use pkg_format::repository::{Entry, Head};
use pkg_format::{Manifest, Rule, Tree};
use pkg_repository::{Published, check_current, current};
use pkg_tests::Fake;
use pkg_tests::device::state_ref;
use pkg_tests::fake::path::{digest, list, map, num, text};
use pkg_tests::heads::{entry, head};

/// A security release for every state of its line.
fn security(sequence: u64, level: u64) -> Fake {
    Fake::security()
        .set("sequence", num(sequence))
        .set("release.security-level", num(level))
        .set("fixes[0].level", num(level))
}

fn feature(sequence: u64, level: u64) -> Fake {
    Fake::feature().set("sequence", num(sequence)).set("release.feature-level", num(level))
}

struct Set {
    entries: Vec<Entry>,
    manifests: Vec<Manifest>,
}

impl Set {
    fn new(packages: &[&Fake]) -> Set {
        let manifest = |f: &&Fake| Manifest::decode(&f.manifest()).unwrap_or_else(|e| panic!("{e}"));
        Set {
            entries: packages.iter().map(|f| entry(f)).collect(),
            manifests: packages.iter().map(manifest).collect(),
        }
    }

    fn live(&self) -> Vec<Published<'_>> {
        let pairs = self.entries.iter().zip(&self.manifests);
        pairs.map(|(entry, manifest)| Published { entry, manifest }).collect()
    }
}

/// The places of those packages that are current.
fn places(packages: &[&Fake]) -> Vec<usize> {
    let set = Set::new(packages);
    let mut backward = set.live();
    backward.reverse();
    let found = current(&set.live());
    assert_eq!(found, current(&backward), "the order of the log does not matter");
    assert!(found.windows(2).all(|two| two[0].manifest < two[1].manifest), "sorted as a head is");
    let mut places: Vec<_> =
        found.iter().map(|e| set.entries.iter().position(|o| o == e).expect("one")).collect();
    places.sort_unstable();
    places
}

#[test]
fn a_newer_release_for_the_same_devices_replaces_an_older_one() {
    assert_eq!(places(&[&security(5, 7), &security(6, 8)]), [1]);
    assert_eq!(places(&[&security(5, 7), &security(6, 8), &security(7, 9)]), [2]);
    assert_eq!(places(&[&feature(5, 4), &feature(6, 5)]), [1]);
    assert_eq!(places(&[&feature(5, 4), &security(6, 7)]), [0, 1], "no class replaces the other");
}

#[test]
fn a_release_stays_where_a_device_may_need_it() {
    let old = security(5, 7);
    let stays = |newer: Fake| assert_eq!(places(&[&old, &newer]), [0, 1]);
    stays(security(6, 8).set("product.hardware", list([text("cam-x1")])));
    stays(security(1, 8).set("release.line", text("2")));
    stays(security(6, 8).set("release.scope", text("modem")));
    stays(security(6, 8).set("release.feature-level", num(4)));
    stays(security(6, 8).set("applies-to", list([state_ref()])));
    stays(security(6, 8).set("release.environment-cost", Tree::Map(vec![("en".into(), text("A card."))])));
    let modem = map([("scope", text("modem")), ("line", text("1")), ("from", num(3))]);
    stays(security(6, 8).set("requires", list([modem])));
    assert_eq!(places(&[&Fake::one_image(), &security(6, 8)]), [0, 1], "other components");
    // A first release is replaced only by one that an empty device may take.
    let fresh = security(5, 7).set("fresh", Tree::Bool(true));
    assert_eq!(places(&[&fresh, &security(6, 8)]), [0, 1]);
    assert_eq!(places(&[&fresh, &security(6, 8).set("fresh", Tree::Bool(true))]), [1]);
    // More hardware is no reason to stay.
    let more = list([text("cam-x1"), text("cam-x2"), text("cam-x3")]);
    assert_eq!(places(&[&old, &security(6, 8).set("product.hardware", more)]), [1]);
}

#[test]
fn named_states_are_covered_by_a_line_that_they_are_known_to_be_on() {
    let first = security(5, 7);
    let from_first = security(6, 8).set("applies-to", list([Tree::Bytes(first.digest().0.to_vec())]));
    let whole_line = security(7, 9);
    assert_eq!(places(&[&first, &from_first, &whole_line]), [2]);
    let unknown = security(6, 8).set("applies-to", list([digest(b"a state from before")]));
    assert_eq!(places(&[&first, &unknown, &whole_line]), [1, 2]);
    let both = security(8, 9).set("applies-to", {
        let mut states = [first.digest().0, from_first.digest().0];
        states.sort_unstable();
        list(states.map(|s| Tree::Bytes(s.to_vec())))
    });
    assert_eq!(places(&[&from_first, &both]), [1], "it names that state and more");
}

#[test]
fn notices_and_withdrawals_stay_until_they_are_superseded() {
    let notice = Fake::notice();
    let newer = Fake::notice()
        .set("sequence", num(9))
        .set("supersedes", list([Tree::Bytes(notice.digest().0.to_vec())]));
    assert_eq!(places(&[&notice, &Fake::withdrawal()]), [0, 1]);
    assert_eq!(places(&[&notice, &newer]), [1]);
    // A withdrawal does not silence a notice, and an older notice no newer one.
    let withdrawal = Fake::withdrawal().set("supersedes", list([Tree::Bytes(notice.digest().0.to_vec())]));
    assert_eq!(places(&[&notice, &withdrawal]), [0, 1]);
    let older = newer.clone().set("sequence", num(2));
    assert_eq!(places(&[&notice, &older]), [0, 1]);
    assert_eq!(places(&[&Fake::acknowledgement()]), [] as [usize; 0]);
}

#[test]
fn a_release_that_was_withdrawn_is_not_current_and_replaces_nothing() {
    let (old, bad) = (security(5, 7), security(6, 8));
    let by_manifest = Fake::withdrawal().set("withdraws", list([Tree::Bytes(bad.digest().0.to_vec())]));
    assert_eq!(places(&[&old, &bad, &by_manifest]), [0, 2]);
    let manifest = Manifest::decode(&bad.manifest()).expect("a manifest");
    let state = manifest.release().expect("a release").state(&manifest.common().product);
    // Both lead to one state, so both are withdrawn with it.
    let by_state = Fake::withdrawal().set("withdraws", list([Tree::Bytes(state.0.to_vec())]));
    assert_eq!(places(&[&old, &bad, &by_state]), [2]);
}

/// Withheld entry: a head that leaves one out, or keeps one that is over.
#[test]
fn a_head_that_lists_something_else_is_refused() {
    let (old, new, notice) = (security(5, 7), security(6, 8), Fake::notice());
    let set = Set::new(&[&old, &new, &notice]);
    let honest = Head { current: current(&set.live()), ..head(&set.entries) };
    assert_eq!(check_current(&honest, &set.live()), Ok(()));
    let refused = |current: Vec<Entry>| {
        check_current(&Head { current, ..honest.clone() }, &set.live()).unwrap_err().rule
    };
    assert_eq!(refused(honest.current[1..].to_vec()), Rule::Rep7);
    assert_eq!(refused(head(&set.entries).current), Rule::Rep7);
    assert_eq!(refused(Vec::new()), Rule::Rep7);
    let mut other = honest.current.clone();
    other[0].object = entry(&Fake::withdrawal()).object;
    assert_eq!(refused(other), Rule::Rep7);
}
