//! Which entries a device looks at.

use super::state;
use pkg_format::repository::Entry;
use pkg_repository::{Log, Offers, choose, in_vain};
use pkg_tests::fake::path::{num, text};
use pkg_tests::heads::entry;
use pkg_tests::{Fake, heads};

/// A security release of line 1.
fn security(sequence: u64, level: u64) -> Fake {
    Fake::security()
        .set("sequence", num(sequence))
        .set("release.security-level", num(level))
        .set("fixes[0].level", num(level))
}

fn sequences(entries: &[&Entry]) -> Vec<u64> {
    entries.iter().map(|e| e.sequence).collect()
}

#[test]
fn steps_are_sorted_as_decide_prefers_them() {
    let feature = |sequence: u64, line: &str, level: u64| {
        Fake::feature()
            .set("sequence", num(sequence))
            .set("release.line", text(line))
            .set("release.feature-level", num(level))
    };
    let all = [
        feature(7, "1", 4),
        security(5, 7),
        feature(1, "2", 5),
        security(6, 8),
        security(3, 6),                                       // older than what runs
        feature(9, "1", 3),                                   // no higher feature level
        feature(2, "0", 2),                                   // another line, lower feature level
        Fake::security().set("release.scope", text("modem")), // a scope that the device does not have
    ];
    let entries: Vec<_> = all.iter().map(entry).collect();
    let choice = choose(&entries, &state(), |_| false);
    assert_eq!(sequences(&choice.steps), [6, 5, 1, 7]);
    assert!(choice.unheard.is_empty() && choice.installed.is_empty());
    let empty = choose(&entries, &pkg_tests::device::empty(), |_| false);
    assert_eq!(empty.steps.len(), 7, "nothing is installed: all releases of its scope");
}

#[test]
fn every_notice_and_withdrawal_is_heard_once() {
    let entries = [Fake::notice(), Fake::withdrawal(), Fake::acknowledgement()].map(|f| entry(&f));
    let choice = choose(&entries, &state(), |_| false);
    assert_eq!(choice.unheard, [&entries[1], &entries[0]], "withdrawals first");
    let heard = entries[0].manifest;
    assert_eq!(choose(&entries, &state(), |d| *d == heard).unheard, [&entries[1]]);
}

#[test]
fn what_is_installed_tells_that_a_device_is_up_to_date() {
    let running = entry(&security(4, 6));
    let tombstone = Entry { object: None, ..entry(&security(5, 7)) };
    let choice = choose([&running, &tombstone], &state(), |_| false);
    assert_eq!((choice.installed, choice.steps), (vec![&running], vec![]));
}

#[test]
fn a_device_whose_signers_were_revoked_looks_at_all_of_its_scope() {
    let mut device = state();
    device.scopes[0].installed.as_mut().expect("it runs").disowned = Some(Vec::new());
    let entries = [security(3, 6), security(5, 7)].map(|f| entry(&f));
    assert_eq!(sequences(&choose(&entries, &device, |_| false).steps), [5, 3]);
}

/// A head that lists these entries, and the rest of the log.
fn offers(current: &[Entry], older: &[Entry], device: &pkg_decide::DeviceState, all: bool) -> Offers {
    let head = heads::head(&[older, current].concat());
    let listed = head.current.iter().filter(|e| current.contains(e)).cloned().collect();
    Offers::new(&pkg_format::repository::Head { current: listed, ..head }, device, all)
}

#[test]
fn a_step_that_fits_ends_the_steps() {
    let entries =
        [Fake::notice(), security(5, 7), security(6, 8), Fake::withdrawal()].map(|fake| entry(&fake));
    for (all, expected) in [(false, 3), (true, 4)] {
        let mut offers = offers(&entries, &[], &state(), all);
        let mut looked = Vec::new();
        while let Some(entry) = offers.next() {
            if entry.release().is_some() {
                offers.found();
            }
            looked.push(entry);
        }
        assert_eq!(looked.len(), expected);
        assert_eq!(looked[..3], [3, 0, 2].map(|i| entries[i].clone()), "what is to be heard, then the best");
        assert_eq!(offers.log(), None);
    }
}

#[test]
fn the_log_is_named_where_nothing_current_leads_on() {
    let (old, new) = ([security(5, 7)].map(|f| entry(&f)), [Fake::notice()].map(|f| entry(&f)));
    let mut asked = offers(&new, &old, &state(), false);
    assert_eq!(asked.next().as_ref(), new.first());
    assert_eq!(asked.next(), None);
    let named = asked.log().expect("the log has one more entry");
    assert_eq!((named.size, asked.log()), (2, None), "it is named once");
    let mut log = Log::new();
    log.append(&heads::page(&[&old[..], &new].concat(), 0)).expect("a page");
    asked.read(&log, &state());
    assert_eq!(asked.next().as_ref(), old.first());
    assert!(!asked.is_found());
    // The same question is not asked again until the log or the device changes.
    let vain = in_vain(&named, &state());
    let mut other = state();
    other.scopes[0].installed.as_mut().expect("it runs").images.pop();
    assert_ne!(vain, in_vain(&named, &other));
    assert_ne!(vain, in_vain(&heads::log(&old), &state()));
    // Nothing is to be found there for a device that runs what is current, or that found a step, or where the head lists
    // all there is.
    let running = [entry(&security(4, 6))];
    let mut current = offers(&running, &old, &state(), false);
    while current.next().is_some() {}
    assert_eq!(current.log(), None);
    let mut found = offers(&new, &old, &state(), false);
    found.found();
    assert_eq!(found.log(), None);
    assert_eq!(offers(&new, &[], &state(), false).log(), None);
}
