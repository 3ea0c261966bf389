//! Which entries a device looks at.

use super::state;
use pkg_format::repository::Entry;
use pkg_repository::choose;
use pkg_tests::Fake;
use pkg_tests::fake::path::{num, text};
use pkg_tests::heads::entry;

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
