//! What is not free, or not for devices, waits for somebody.

use super::packages::{feature, notice, security};
use super::rows::Case;
use pkg_decide::{Profile, UpToDate};
use pkg_format::Tree;
use pkg_tests::Fake;
use pkg_tests::fake::path::{digest, en, list, map, text};

/// A fix for which a business user agreed to pay.
fn paid() -> Fake {
    let terms = map([
        ("customer", text("customer 7")),
        ("contract-digest", digest(b"a contract")),
        ("purpose", en("A line of its own.")),
        ("waives", list([text("free-of-charge")])),
    ]);
    security().set("cost", text("paid")).set("tailor-made", terms)
}

/// A fix that needs more than the product has.
fn needs_hardware() -> Fake {
    security().set("release.environment-cost", en("Needs the 64 MB memory module, 89 EUR."))
}

#[test]
fn what_costs_never_installs_itself() {
    for fake in [paid(), needs_hardware()] {
        let told = || Case::told(std::slice::from_ref(&fake));
        let words = |case: Case| case.words().0;
        assert_eq!(words(told()), "ask-approval costs");
        // Whatever the user chose for all updates.
        assert_eq!(words(told().with(|c| c.choices.opt_in())), "ask-approval costs");
        assert_eq!(words(told().with(|c| c.choices.opt_out())), "ask-approval opted-out");
        assert_eq!(words(told().with(|c| c.device.profile = Profile::Industrial)), "ask-approval costs");
        let never = Tree::Bool(false);
        let by_hand = [
            ("applicable", never),
            ("default", text("off")),
            ("reason", text("industrial")),
            ("text", en("A line is stopped by its operator only.")),
        ];
        let by_hand = Case::told(&[fake.clone().set("automatic", map(by_hand))]);
        assert_eq!(words(by_hand), "ask-approval costs", "the reason that costs money comes first");
        // Only an approval of this very release installs it.
        assert_eq!(words(told().with(|c| c.choices.approve(c.digest(0)))), "install approved");
        assert_eq!(told().decide().up_to_date_security, UpToDate::No, "there is a fix");
    }
    let free = security().set("release.environment-cost", text("none"));
    assert_eq!(Case::told(&[free]).words().0, "install automatic");
    let wanted = |fake: Fake| Case::told(&[fake]).with(|c| c.choices.automatic_feature = true).words().0;
    assert_eq!(wanted(feature()), "install automatic");
    assert_eq!(wanted(feature().set("release.environment-cost", en("A card."))), "ask-approval costs");
}

#[test]
fn an_acknowledgement_is_refused_and_hides_nothing() {
    let case = Case::new(&[Fake::acknowledgement()]);
    assert_eq!(case.words().0, "refuse refused");
    let decision = case.decide();
    assert_eq!(decision.refused[0].refusal.rule, pkg_format::Rule::App7);
    assert!(decision.notice.is_none(), "it says nothing to a user");
    assert!(!case.choices.is_news(&case.device, &case.packages[0], &[]));
    for (beside, expected) in [(notice(), "advise affected"), (security(), "notify not-notified")] {
        let case = Case::new(&[Fake::acknowledgement(), beside]);
        assert_eq!(case.words(), (expected.to_owned(), Some(1)));
    }
}
