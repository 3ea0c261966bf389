//! What is remembered has bounds: no flood of words keeps a device from storing its state, nor from
//! having a security update.

use super::packages::{notice, security, verified, withdrawal_of};
use pkg_decide::Installed;
use pkg_decide::state_file::State;
use pkg_decide::{Choices, Clock, Device, Target, Verdict, Withdrawals, Withdrawer, decide};
use pkg_format::keyring::{Asked, LineHead};
use pkg_format::manifest::{Channel, Corrective};
use pkg_format::{Digest, Id, Tree, limits};
use pkg_install::{FileStorage, StateStore};
use pkg_tests::device;
use pkg_tests::fake::path::{num, text};
use pkg_verify::{SignedBy, Statements};
use std::collections::{BTreeMap, BTreeSet};

/// As many digests as a list has room for, in the order that a set has.
fn digests(of: &str) -> Tree {
    let mut all: Vec<_> = (0..1024).map(|n| Digest::of(format!("{of} {n}").as_bytes()).0).collect();
    all.sort_unstable();
    Tree::List(all.into_iter().map(|d| Tree::Bytes(d.to_vec())).collect())
}

/// Notices about what runs, one after the other.
fn notices(count: u64) -> Vec<Statements> {
    let one = |n: u64| notice().set("id", text(&format!("notice-{n}"))).set("sequence", num(n));
    (10..10 + count).map(|n| verified(&one(n))).collect()
}

#[test]
fn whatever_a_device_is_sent_its_state_can_be_stored() {
    let mut choices = Choices { language: pkg_format::lang::Lang::new("de-AT").ok(), ..Choices::default() };
    let clock = Clock::Trusted(u64::MAX / 2);
    for package in &notices(200) {
        choices.notified(package, clock);
        choices.decline(package.manifest_digest());
    }
    choices.pass(u64::MAX / 2);
    for n in 0..200 {
        let id = Id::new(&format!("{n:064}")).expect("an id");
        assert!(choices.is_new_answer(&id) && !choices.is_new_answer(&id));
    }
    let taken_back = withdrawal_of(&security()).set("withdraws", digests("state"));
    choices.heard(&verified(&taken_back.set("supersedes", digests("words"))));
    // Sixteen signers, who share what there is room for.
    let corrective = Corrective::StopUse;
    let target = |n: u64| Target { digest: Digest::of(&n.to_be_bytes()), number: u64::MAX, corrective };
    let signer = |n: u64| Withdrawer {
        key: Digest::of(&n.to_le_bytes()),
        revoked_in: Some(u64::MAX),
        mark: u64::MAX,
        targets: (0..6).map(|t| target(6 * n + t)).collect(),
    };
    choices.withdrawn = Withdrawals { signers: (0..16).map(signer).collect(), mark: u64::MAX };
    let mut device = Device::new(device::empty());
    let images = (0..64).map(|n| {
        let component = Id::new(&format!("component-with-a-name-{n}")).expect("a name");
        (component, Digest::of(&[n]))
    });
    let head = |n| LineHead {
        line: Id::new(&format!("a-line-with-a-long-name-{n}")).expect("a name"),
        sequence: u64::MAX,
        feature_level: u64::MAX,
        security_level: u64::MAX,
    };
    let signed = SignedBy {
        asked: Asked::SecurityException,
        channel: Channel::Testing,
        keys: (0..16).map(|n| Digest::of(&[n])).collect(),
    };
    let runs = Installed {
        images: images.collect(),
        signed: Some(signed),
        disowned: Some((0..limits::HEADS).map(head).collect()),
        ..device::installed()
    };
    device.state.scopes = vec![pkg_decide::Scope::running(device::id("product"), runs)];
    let state = State { device, choices, now: None, keyring: None, versions: BTreeMap::new() };
    println!("{} bytes", state.to_text().len());
    let mut storage = FileStorage::growing(tempfile::tempfile().expect("a file"));
    StateStore::create(&mut storage, state.to_text().as_bytes()).expect("there is room");
    // The newest of everything is kept.
    let last = notices(200).pop().expect("a notice");
    assert!(state.choices.told(&last.manifest_digest()).is_some());
    assert_eq!(state.choices.declined.last(), Some(&last.manifest_digest()));
}

/// A device that does what it is told has its security update, however many words there are; and each of
/// the words is shown as well.
#[test]
fn no_flood_of_words_keeps_an_update_away() {
    for count in [1, 63, 64, 65, 200] {
        let fix = verified(&security());
        let words = notices(count);
        let offered: Vec<_> = words.iter().chain([&fix]).collect();
        let device = Device::new(device::standard());
        let mut choices = Choices::default();
        let mut shown = 0;
        loop {
            let decision = decide(&device, &choices, &offered, Clock::None);
            let about = decision.candidate.map(|i| offered[i]).expect("a package");
            match decision.verdict {
                Verdict::Install => break,
                Verdict::Advise | Verdict::Notify => choices.notified(about, Clock::None),
                other => panic!("{other}"),
            }
            shown += 1;
            assert!(shown <= count + 1, "{count}: words without end");
        }
        if count < 64 {
            assert_eq!(shown, count + 1, "all words, then the release");
        }
        // With nothing to install, each of them has its turn.
        let only: Vec<_> = words.iter().collect();
        let mut seen = BTreeSet::new();
        for _ in 0..count {
            let decision = decide(&device, &choices, &only, Clock::None);
            if decision.verdict == Verdict::Advise {
                let about = only[decision.candidate.expect("a package")];
                seen.insert(about.manifest_digest().0);
                choices.notified(about, Clock::None);
            }
        }
        let expected = if count < 64 { 0 } else { words.len() };
        assert_eq!(seen.len(), expected, "{count}");
    }
}
