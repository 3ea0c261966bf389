//! A recall is said with every decision, and what was withdrawn is never up to date.

use super::packages::{change_is_fix, feature, security, verified, withdrawal, withdrawal_of};
use super::rows::{Case, install};
use pkg_decide::state_file::State;
use pkg_decide::{Chain, Clock, Reason, Record, Target, UpToDate, Verdict, Withdrawer};
use pkg_format::manifest::Corrective;
use pkg_format::{Digest, Tree};
use pkg_tests::Fake;
use pkg_tests::fake::path::{list, num, text};
use std::collections::BTreeMap;

/// A withdrawal of where [`security`] leads, by which the maker does this.
fn of_security(corrective: &str) -> Fake {
    withdrawal_of(&security()).set("corrective", text(corrective))
}

const ALL: [(Corrective, Reason); 3] = [
    (Corrective::Withdraw, Reason::WithdrawnInstalled),
    (Corrective::Recall, Reason::Recalled),
    (Corrective::StopUse, Reason::StopUse),
];

#[test]
fn the_reason_says_what_the_maker_does() {
    for (corrective, reason) in ALL {
        let of_release = || withdrawal().set("corrective", text(corrective.as_str()));
        for fake in [of_release(), of_security(corrective.as_str()).set("scope", text("product"))] {
            let case = Case::new(std::slice::from_ref(&fake));
            let decision = case.decide();
            assert_eq!((decision.verdict, decision.reason), (Verdict::Advise, reason));
            assert_eq!(decision.corrective, Some(corrective));
            // Shown, and beside other steps it is still said.
            let decision = Case::told(std::slice::from_ref(&fake)).decide();
            assert_eq!((decision.reason, decision.corrective), (Reason::AlreadyShown, Some(corrective)));
            let decision = Case::told(&[fake, feature()]).decide();
            assert_eq!((decision.reason, decision.corrective), (Reason::FeatureNotChosen, Some(corrective)));
        }
    }
    let elsewhere = Case::new(&[of_security("recall")]).decide();
    assert_eq!((elsewhere.reason, elsewhere.corrective), (Reason::NotConcerned, None));
    assert_eq!(Case::new(&[]).decide().corrective, None);
}

#[test]
fn what_was_withdrawn_is_never_up_to_date() {
    let good = Case::told(&[security()]).with(install).decide();
    assert_eq!((good.reason, good.up_to_date_security), (Reason::UpToDate, UpToDate::Yes));
    for (corrective, reason) in ALL {
        let word = corrective.as_str();
        let at_hand = Case::told(&[security(), of_security(word)]).with(install);
        let product = withdrawal().set("corrective", text(word)).set("scope", text("product"));
        let product = Case::told(&[security(), product]).with(install);
        // A mirror withholds the withdrawal: it is remembered.
        let heard = |case: &mut Case| case.choices.heard(&verified(&of_security(word)));
        let remembered = Case::told(&[security()]).with(install).with(heard);
        for (what, case) in [("at hand", at_hand), ("product", product), ("remembered", remembered)] {
            let decision = case.decide();
            let said = (decision.verdict, decision.reason, decision.corrective);
            assert_eq!(said, (Verdict::Nothing, reason, Some(corrective)), "{what}");
            assert_eq!(decision.up_to_date_security, UpToDate::Unknown, "{what}");
        }
        // A step that leads away from it is missing.
        let fix = Case::told(&[security(), change_is_fix()]).with(install).with(heard).decide();
        let said = (fix.verdict, fix.corrective, fix.up_to_date_security);
        assert_eq!(said, (Verdict::Install, Some(corrective), UpToDate::No));
    }
}

#[test]
fn a_withdrawn_manifest_is_found_by_its_package() {
    let by_manifest =
        |case: &Case| withdrawal().set("withdraws", list([Tree::Bytes(case.digest(0).0.to_vec())]));
    let case = Case::told(&[security()]).with(install);
    let heard = verified(&by_manifest(&case));
    let case = case.with(|c| c.choices.heard(&heard));
    assert_eq!(case.decide().corrective, Some(Corrective::Withdraw));
    // The factory did not say by which manifest it installed: the package at hand tells.
    let case = case.with(|c| {
        c.device.state.scopes[0].installed.as_mut().expect("it runs").manifest = None;
    });
    assert_eq!(case.decide().corrective, Some(Corrective::Withdraw));
    assert_eq!(case.with(|c| c.packages.clear()).decide().corrective, None, "nobody can tell");
}

#[test]
fn the_strictest_word_is_remembered() {
    let mut case = Case::told(&[security()]).with(install);
    for (number, word, expected) in [
        (1, "recall", Corrective::Recall),
        (2, "withdraw", Corrective::Recall),
        (3, "stop-use", Corrective::StopUse),
        (4, "recall", Corrective::StopUse),
    ] {
        let heard = verified(&of_security(word).set("sequence", num(number)));
        case.choices.heard(&heard);
        assert_eq!(case.decide().corrective, Some(expected), "{number}");
        let targets: Vec<_> = case.choices.withdrawn.signers.iter().flat_map(|s| &s.targets).collect();
        assert!(matches!(targets[..], [Target { number: 1, .. }]), "{targets:?}");
    }
    // Also by what was stored.
    let state = State {
        device: case.device.clone(),
        choices: case.choices.clone(),
        now: None,
        keyring: None,
        versions: BTreeMap::new(),
    };
    let read = State::from_text(&state.to_text()).expect("a state").choices;
    assert_eq!(read, case.choices);
    // What is at hand may be stricter than what is remembered.
    let both = Case::told(&[security(), of_security("stop-use")]).with(install);
    let both = both.with(|c| c.choices.heard(&verified(&of_security("recall"))));
    assert_eq!(both.decide().corrective, Some(Corrective::StopUse));
}

/// A thief's recall ends with the key, where the installed release asks for the keyring that revoked it.
#[test]
fn a_revoked_key_recalls_no_release_that_asks_for_the_newer_keyring() {
    let withdrawn = |release: Fake, revoked_in| {
        Case::told(&[release]).with(install).with(|c| {
            let state = &c.device.state;
            let digest = state.state_digest(&state.scopes[0]).expect("it runs");
            let targets = vec![Target { digest, number: 7, corrective: Corrective::Recall }];
            let key = Digest::of(b"a key");
            c.choices.withdrawn.signers = vec![Withdrawer { key, revoked_in, mark: 0, targets }];
        })
    };
    let newer = || security().set("keyring-min", num(1));
    let said = |case: &Case| (case.decide().corrective, case.decide().up_to_date_security);
    let recalled = (Some(Corrective::Recall), UpToDate::Unknown);
    assert_eq!(said(&withdrawn(newer(), None)), recalled);
    assert_eq!(said(&withdrawn(newer(), Some(2))), recalled);
    assert_eq!(said(&withdrawn(newer(), Some(1))), (None, UpToDate::Yes));
    assert_eq!(said(&withdrawn(security(), Some(1))), recalled);
    // Without a package nobody can tell: a genuine recall is not forgotten.
    let alone = withdrawn(newer(), Some(1)).with(|c| c.packages.clear());
    assert_eq!(said(&alone), recalled);
}

#[test]
fn the_record_says_it() {
    let line = |packages: &[Fake]| {
        let case = Case::told(packages);
        let (offered, decision) = (case.packages.iter().collect::<Vec<_>>(), case.decide());
        Chain::default().next(&Record {
            clock: Clock::None,
            offered: &offered,
            choices: &[],
            decision: &decision,
        })
    };
    let recalled = line(&[withdrawal().set("corrective", text("recall"))]);
    assert!(
        recalled.ends_with(",\"up-to-date-security\":\"unknown\",\"corrective\":\"recall\"}\n"),
        "{recalled}"
    );
    let good = line(&[security()]);
    assert!(good.ends_with(",\"up-to-date-security\":false}\n"), "{good}");
}
