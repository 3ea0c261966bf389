//! How often and how long an update is put off, and what else is told meanwhile.

use super::packages::{change_is_fix, feature, notice, security, verified};
use super::rows::{Case, DAY, HOUR, NOW};
use pkg_decide::{Clock, Reason, Verdict};
use pkg_tests::fake::path::num;

#[test]
fn an_update_is_put_off_for_a_day_at_most_and_seven_times_in_seven_days() {
    let mut case = Case::told(&[security()]);
    let package = case.packages[0].clone();
    for _ in 0..7 {
        case.choices.postpone(&package, case.clock).unwrap();
        let decision = case.decide();
        assert_eq!((decision.verdict, decision.reason), (Verdict::Wait, Reason::Postponed));
        assert_eq!(decision.left, Some(DAY));
        case.choices.pass(DAY - 1);
        // Whatever becomes of the clock.
        for clock in [Clock::None, Clock::Trusted(NOW - 9), case.clock] {
            let decision = Case { clock, ..case_of(&case) }.decide();
            assert_eq!((decision.reason, decision.left), (Reason::Postponed, Some(1)), "{clock:?}");
        }
        case.choices.pass(1);
        for clock in [Clock::None, Clock::Trusted(0), case.clock] {
            assert_eq!(Case { clock, ..case_of(&case) }.decide().verdict, Verdict::Install, "{clock:?}");
        }
    }
    let refused = case.choices.postpone(&package, case.clock).unwrap_err();
    assert_eq!(refused.granted, 7);
    // Until a security update is there: then it begins anew.
    case.choices.installed(&package);
    assert_eq!(case.choices.postponed.count, 0);

    // Little is granted: once, and no longer than that. None: once, for an hour.
    for (max, left) in [(6 * HOUR, 6 * HOUR), (0, HOUR), (DAY + HOUR, DAY)] {
        let case = Case::told(&[security().set("automatic.max-postpone", num(max))]);
        let mut choices = case.choices.clone();
        choices.postpone(&case.packages[0], Clock::None).unwrap();
        assert_eq!(choices.postponed.left, left);
        choices.pass(DAY);
        assert_eq!(choices.postpone(&case.packages[0], Clock::None).unwrap_err().granted, 1);
    }
    // An approval is taken back by putting off, and one that follows wins.
    let mut case = Case::told(&[security()]).with(|c| c.choices.approve(c.digest(0)));
    case.choices.postpone(&package, case.clock).unwrap();
    assert_eq!(case.words().0, "wait postponed");
    case.choices.approve(package.manifest_digest());
    assert_eq!(case.words().0, "install approved");
}

/// Putting off a feature that grants a year holds up no fix beyond what the fix grants.
#[test]
fn a_fix_waits_no_longer_than_it_grants_itself() {
    let patient = feature().set("automatic.max-postpone", num(365 * DAY));
    let mut case = Case::told(&[patient, security()]);
    let (feature, clock) = (case.packages[0].clone(), Clock::None);
    for day in 0..9 {
        case.choices.postpone(&feature, clock).unwrap();
        assert_eq!(case.words(), ("install automatic".into(), Some(1)), "{day}");
        case.choices.pass(DAY);
    }
    // Nor does it use up what the fix grants.
    let fix = case.packages.pop().unwrap();
    for _ in 0..7 {
        case.choices.postpone(&fix, clock).unwrap();
        case.choices.pass(1);
    }
    assert_eq!(case.choices.postpone(&fix, clock).unwrap_err().granted, 7);
    case.choices.automatic_feature = true;
    assert_eq!(case.words().0, "wait postponed", "no feature comes while fixes are put off");
    case.choices.pass(DAY);
    assert_eq!(case.words().0, "install automatic");
    case.choices.postpone(&feature, clock).unwrap();
    assert_eq!(case.words().0, "wait postponed", "the feature itself waits");
    // A fix that grants less than another one had does not wait for that.
    let mut hasty = Case::told(&[security(), security().set("automatic.max-postpone", num(DAY))]);
    for _ in 0..2 {
        let package = hasty.packages[0].clone();
        hasty.choices.postpone(&package, clock).unwrap();
    }
    assert_eq!(hasty.words().0, "install automatic");
    hasty.packages.pop();
    assert_eq!(hasty.words().0, "wait postponed");
}

fn case_of(case: &Case) -> Case {
    Case {
        device: case.device.clone(),
        choices: case.choices.clone(),
        packages: case.packages.clone(),
        clock: case.clock,
    }
}

#[test]
fn a_new_update_is_told_while_another_is_put_off() {
    let mut case = Case::told(&[security()]);
    let package = case.packages[0].clone();
    case.choices.postpone(&package, case.clock).unwrap();
    case.packages.push(verified(&change_is_fix()));
    assert_eq!(case.words(), ("notify not-notified".into(), Some(1)));
    case.packages.push(verified(&notice()));
    assert_eq!(case.words(), ("advise affected".into(), Some(2)));
}
