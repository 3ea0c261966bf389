//! What comes out, row by row: the verdict and the exact reason.

use super::packages::{
    change_is_fix, feature, needy, newer_notice, notice, security, verified, withdrawal, withdrawal_of,
};
use pkg_decide::Scope;
use pkg_decide::{Approval, Choices, Clock, Decision, Device, Profile, Reason, UpToDate, Verdict, decide};
use pkg_format::lang::Lang;
use pkg_format::{Rule, Tree};
use pkg_tests::fake::path::{en, map, num, text};
use pkg_tests::{Fake, device};
use pkg_verify::Statements;

pub(super) const NOW: u64 = 1_796_083_200;
pub(super) const HOUR: u64 = 3_600;
pub(super) const DAY: u64 = 24 * HOUR;

/// A device, its user and what is offered.
pub(super) struct Case {
    pub(super) device: Device,
    pub(super) choices: Choices,
    pub(super) packages: Vec<Statements>,
    pub(super) clock: Clock,
}

impl Case {
    /// The standard device, with nothing told.
    pub(super) fn new(packages: &[Fake]) -> Case {
        Case {
            device: Device::new(device::standard()),
            choices: Choices::default(),
            packages: packages.iter().map(verified).collect(),
            clock: Clock::Trusted(NOW),
        }
    }

    /// The same after every notice was shown.
    pub(super) fn told(packages: &[Fake]) -> Case {
        let mut case = Case::new(packages);
        for package in &case.packages {
            case.choices.notified(package, case.clock);
        }
        case
    }

    pub(super) fn with(mut self, edit: impl FnOnce(&mut Case)) -> Case {
        edit(&mut self);
        self
    }

    pub(super) fn decide(&self) -> Decision {
        let packages: Vec<_> = self.packages.iter().collect();
        decide(&self.device, &self.choices, &packages, self.clock)
    }

    /// Verdict and reason as words, and which package they are about.
    pub(super) fn words(&self) -> (String, Option<usize>) {
        let decision = self.decide();
        (format!("{} {}", decision.verdict, decision.reason), decision.candidate)
    }

    pub(super) fn digest(&self, index: usize) -> pkg_format::Digest {
        self.packages[index].manifest_digest()
    }
}

fn not_applicable() -> Tree {
    map([
        ("applicable", Tree::Bool(false)),
        ("default", text("off")),
        ("reason", text("industrial")),
        ("text", en("A line is stopped by its operator only.")),
    ])
}

fn testing(package: Fake) -> Fake {
    package.set("release.channel", text("testing")).signed_by(&[pkg_tests::keys::key("all")])
}

/// The first package was installed.
pub(super) fn install(case: &mut Case) {
    case.device.state.install(&case.packages[0]).expect("a scope of the device");
}

#[test]
fn each_rule_has_its_reason() {
    let by = |edit: fn(&mut Choices)| move |case: &mut Case| edit(&mut case.choices);
    let approve = |case: &mut Case| case.choices.approve(case.packages[0].manifest_digest());
    let s = || Case::told(&[security()]);
    let f = || Case::told(&[feature()]);
    let rows: Vec<(&str, Case, &str)> = vec![
        ("security, untold", Case::new(&[security()]), "notify not-notified"),
        ("security, told", s(), "install automatic"),
        ("busy", s().with(|c| c.device.busy = true), "wait busy"),
        (
            "busy for too long",
            s().with(|c| (c.device.busy, c.clock) = (true, Clock::Trusted(NOW + DAY))),
            "wait overdue",
        ),
        (
            "busy for too long, by monotonic time",
            s().with(|c| c.device.busy = true).with(|c| c.choices.pass(DAY)).with(|c| c.clock = Clock::None),
            "wait overdue",
        ),
        ("busy, untold", Case::new(&[security()]).with(|c| c.device.busy = true), "notify not-notified"),
        ("opted out", s().with(by(Choices::opt_out)), "ask-approval opted-out"),
        ("opted out and in", s().with(by(Choices::opt_out)).with(by(Choices::opt_in)), "install automatic"),
        ("opted out, approved", s().with(by(Choices::opt_out)).with(approve), "install approved"),
        ("approved, then opted out", s().with(approve).with(by(Choices::opt_out)), "install approved"),
        ("opted out, untold", Case::new(&[security()]).with(by(Choices::opt_out)), "notify not-notified"),
        ("approved, untold", Case::new(&[security()]).with(approve), "notify not-notified"),
        (
            "another approved",
            s().with(by(Choices::opt_out))
                .with(|c| c.choices.approve(verified(&feature()).manifest_digest())),
            "ask-approval opted-out",
        ),
        (
            "approval of installs",
            s().with(by(|c| c.approval = Approval::Install)),
            "ask-approval approval-required",
        ),
        (
            "approval of downloads",
            s().with(by(|c| c.approval = Approval::DownloadAndInstall)),
            "ask-download approval-required",
        ),
        (
            "download approved",
            s().with(by(|c| c.approval = Approval::DownloadAndInstall))
                .with(|c| c.choices.approve_download(c.digest(0))),
            "ask-approval approval-required",
        ),
        (
            "download of another approved",
            s().with(by(|c| c.approval = Approval::DownloadAndInstall))
                .with(|c| c.choices.approve_download(verified(&feature()).manifest_digest())),
            "ask-download approval-required",
        ),
        (
            "download and install approved",
            s().with(by(|c| c.approval = Approval::DownloadAndInstall)).with(approve),
            "install approved",
        ),
        ("declined", s().with(|c| c.choices.decline(c.digest(0))), "ask-approval declined"),
        (
            "approved, then declined",
            s().with(approve).with(|c| c.choices.decline(c.digest(0))),
            "ask-approval declined",
        ),
        (
            "declined, then approved",
            s().with(|c| c.choices.decline(c.digest(0))).with(approve),
            "install approved",
        ),
        (
            "a professional network",
            s().with(|c| c.device.profile = Profile::ProfessionalNetwork),
            "ask-approval auto-not-chosen",
        ),
        ("industrial", s().with(|c| c.device.profile = Profile::Industrial), "ask-approval auto-not-chosen"),
        ("a component", s().with(|c| c.device.profile = Profile::Component), "ask-approval auto-not-chosen"),
        (
            "industrial, chosen",
            s().with(|c| c.device.profile = Profile::Industrial).with(by(Choices::opt_in)),
            "install automatic",
        ),
        (
            "the maker says no",
            Case::told(&[security().set("automatic", not_applicable())]).with(by(Choices::opt_in)),
            "ask-approval auto-not-applicable",
        ),
        ("not pure, told", Case::told(&[change_is_fix()]), "install automatic"),
        ("not pure, untold", Case::new(&[change_is_fix()]), "notify not-notified"),
        ("testing", Case::told(&[testing(security())]), "ask-approval testing"),
        ("testing, approved", Case::told(&[testing(security())]).with(approve), "install approved"),
        ("feature, untold", Case::new(&[feature()]), "notify not-notified"),
        ("feature", f(), "ask-approval feature-not-chosen"),
        ("feature, wanted", f().with(by(|c| c.automatic_feature = true)), "install automatic"),
        ("feature, approved", f().with(approve), "install approved"),
        ("feature, declined", f().with(|c| c.choices.decline(c.digest(0))), "nothing declined"),
        (
            "feature that costs",
            Case::told(&[feature().set("cost", text("paid"))]).with(by(|c| c.automatic_feature = true)),
            "ask-approval costs",
        ),
        (
            "feature that costs elsewhere",
            Case::told(&[feature().set("release.environment-cost", en("A larger card."))])
                .with(by(|c| c.automatic_feature = true)),
            "ask-approval costs",
        ),
        ("feature, opted in to security", f().with(by(Choices::opt_in)), "ask-approval feature-not-chosen"),
        ("notice", Case::new(&[notice()]), "advise affected"),
        (
            "notice, opted out and busy",
            Case::new(&[notice()]).with(by(Choices::opt_out)).with(|c| c.device.busy = true),
            "advise affected",
        ),
        ("notice, shown", Case::told(&[notice()]), "nothing already-shown"),
        ("notice about others", Case::new(&[newer_notice()]), "nothing not-concerned"),
        ("notice, superseded", Case::new(&[notice(), newer_notice()]), "nothing superseded"),
        (
            "notice, superseded long ago",
            Case::new(&[notice()]).with(|c| c.choices.heard(&verified(&newer_notice()))),
            "nothing superseded",
        ),
        (
            "notice that an older one supersedes",
            Case::new(&[notice(), newer_notice().set("sequence", num(2))]),
            "advise affected",
        ),
        ("withdrawal of what runs", Case::new(&[withdrawal()]), "advise withdrawn-installed"),
        ("withdrawal of another", Case::new(&[withdrawal_of(&security())]), "nothing not-concerned"),
        (
            "withdrawal of the product",
            Case::new(&[withdrawal_of(&security()).set("scope", text("product"))]),
            "advise withdrawn-installed",
        ),
        (
            "a notice supersedes no withdrawal",
            Case::new(&[
                withdrawal(),
                notice().set("sequence", num(9)).set(
                    "supersedes",
                    pkg_tests::fake::path::list([Tree::Bytes(withdrawal().digest().0.to_vec())]),
                ),
            ])
            .with(|c| c.choices.notified(&c.packages[1].clone(), c.clock)),
            "advise withdrawn-installed",
        ),
        ("nothing", Case::new(&[]), "nothing nothing-offered"),
        ("installed already", Case::new(&[security()]).with(install), "nothing up-to-date"),
    ];
    for (name, case, expected) in rows {
        assert_eq!(case.words().0, expected, "{name}");
    }
}

#[test]
fn the_best_candidate_is_spoken_of() {
    let case = Case::told(&[feature(), security(), change_is_fix()]);
    assert_eq!(
        case.words(),
        ("install automatic".into(), Some(2)),
        "security first, the highest level of it"
    );
    let case = case.with(|c| c.choices.approve(c.digest(0)));
    assert_eq!(case.words(), ("install automatic".into(), Some(2)), "an approved feature waits for it");
    let case = case.with(|c| c.choices.opt_out());
    assert_eq!(
        case.words(),
        ("ask-approval opted-out".into(), Some(2)),
        "no feature alone while there is a fix"
    );
    let case = case.with(|c| c.choices.approve(c.digest(1)));
    assert_eq!(
        case.words(),
        ("install approved".into(), Some(1)),
        "what was approved does not wait for a better one"
    );

    // The same step, full and delta: the smaller one, where its base is there.
    let full = Fake::zstd();
    let delta = Fake::zstd().delivered_as(&Fake::delta());
    let case = Case::told(&[full, delta.clone()]);
    let stored = |i: usize| -> u64 {
        case.packages[i].delivery().unwrap().payloads.iter().map(|p| p.stored_bytes()).sum()
    };
    let smaller = usize::from(stored(1) < stored(0));
    assert_eq!(case.words(), ("install automatic".into(), Some(smaller)));
    // A release for testing is no security step: a feature for users comes before it.
    let case = Case::told(&[testing(security()), feature()]);
    assert_eq!(case.words(), ("ask-approval feature-not-chosen".into(), Some(1)));
    assert_eq!(case.decide().up_to_date_security, UpToDate::Unknown);
    // Words come first, and of words those that take something back.
    let case = Case::new(&[security(), notice(), withdrawal()]);
    assert_eq!(case.words(), ("advise withdrawn-installed".into(), Some(2)));
    let case = case.with(|c| c.choices.notified(&c.packages[2].clone(), c.clock));
    assert_eq!(case.words(), ("advise affected".into(), Some(1)));
    let case = case.with(|c| c.choices.notified(&c.packages[1].clone(), c.clock));
    assert_eq!(case.words(), ("notify not-notified".into(), Some(0)));
}

#[test]
fn what_is_refused_says_by_which_rule() {
    let old = security().set("sequence", num(4));
    let elsewhere = security().set("product.name", text("doorbell"));
    let decision = Case::new(&[old.clone(), elsewhere]).decide();
    assert_eq!((decision.verdict, decision.reason), (Verdict::Refuse, Reason::Refused));
    let rules: Vec<_> = decision.refused.iter().map(|r| (r.index, r.refusal.rule)).collect();
    assert_eq!(rules, [(0, Rule::Ver2), (1, Rule::App1)]);
    // What can be used is used; the rest is said beside it.
    let decision = Case::told(&[old, security()]).decide();
    assert_eq!((decision.verdict, decision.candidate), (Verdict::Install, Some(1)));
    assert_eq!(decision.refused[0].refusal.rule, Rule::Ver2);
}

#[test]
fn what_was_withdrawn_is_not_installed_and_what_runs_stays() {
    let case = Case::told(&[security(), withdrawal_of(&security())]);
    let decision = case.decide();
    assert_eq!(decision.refused[0].refusal.rule, Rule::Pol3);
    assert_eq!(decision.up_to_date_security, UpToDate::Unknown);
    // Also when only the memory of it is left, by state or by manifest.
    let by_manifest = withdrawal().set("withdraws", Tree::List(vec![Tree::Bytes(case.digest(0).0.to_vec())]));
    for withdrawal in [case.packages[1].clone(), verified(&by_manifest)] {
        let later = Case::told(&[security()]).with(|c| c.choices.heard(&withdrawal));
        let decision = later.decide();
        assert_eq!((decision.verdict, decision.refused[0].refusal.rule), (Verdict::Refuse, Rule::Pol3));
    }
    // An approval does not bring it back; a withdrawal for another product takes nothing.
    let approved = case.with(|c| c.choices.approve(c.digest(0)));
    assert_ne!(approved.decide().verdict, Verdict::Install);
    let other = withdrawal_of(&security()).set("product.name", text("doorbell"));
    assert_eq!(Case::told(&[security(), other]).words().0, "install automatic");
}

#[test]
fn up_to_date_is_told_by_security_steps_alone() {
    let up = |case: Case| case.decide().up_to_date_security;
    let after = install;
    assert_eq!(up(Case::new(&[security()])), UpToDate::No);
    assert_eq!(up(Case::told(&[security()]).with(|c| c.choices.opt_out())), UpToDate::No);
    assert_eq!(up(Case::new(&[needy()])), UpToDate::No, "there is a fix, though another scope goes first");
    assert_eq!(up(Case::new(&[feature()])), UpToDate::Unknown);
    assert_eq!(up(Case::new(&[])), UpToDate::Unknown);
    assert_eq!(up(Case::new(&[notice()])), UpToDate::Unknown);
    assert_eq!(up(Case::new(&[security()]).with(after)), UpToDate::Yes);
    assert_eq!(up(Case::new(&[security(), change_is_fix()]).with(after)), UpToDate::No);
}

#[test]
fn times_run_from_the_notice() {
    let case = Case::told(&[security()]);
    assert_eq!((case.decide().left, case.decide().until), (Some(DAY), Some(NOW + DAY)));
    // Power was off for three hours: only the clock knows.
    let case = case.with(|c| c.clock = Clock::Trusted(NOW + 3 * HOUR));
    assert_eq!((case.decide().left, case.decide().until), (Some(21 * HOUR), Some(NOW + DAY)));
    // The clock was set back: only monotonic time knows.
    let case = case.with(|c| c.clock = Clock::Trusted(1_000)).with(|c| c.choices.pass(5 * HOUR));
    assert_eq!((case.decide().left, case.decide().until), (Some(19 * HOUR), Some(1_000 + 19 * HOUR)));
    let case = case.with(|c| c.clock = Clock::None);
    assert_eq!((case.decide().left, case.decide().until), (Some(19 * HOUR), None));
}

#[test]
fn the_end_of_support_is_told_and_blocks_nothing() {
    let case = Case::told(&[security()]);
    assert!(!case.decide().support_ended);
    let late = case.with(|c| c.clock = Clock::Trusted(4_102_444_800));
    let decision = late.decide();
    assert!(decision.support_ended);
    assert_eq!((decision.verdict, decision.reason), (Verdict::Install, Reason::Automatic));
    let unknown = late.with(|c| c.clock = Clock::None);
    assert!(!unknown.decide().support_ended, "without a clock nobody knows");
}

#[test]
fn the_notice_speaks_the_language_of_the_user() {
    let german = map([
        ("title", text("Sicherheitsupdate")),
        ("summary", text("Fremde konnten zusehen.")),
        ("details", text("Alles.")),
        ("impact", text("Bilder wurden gesehen.")),
    ]);
    let package = change_is_fix()
        .set("advisory.de", german)
        .set("changes[0].text.de", text("Ein Passwort wird verlangt."));
    let notice = |language: Option<&str>| {
        let mut case = Case::new(std::slice::from_ref(&package));
        case.choices.language = language.map(|l| Lang::new(l).unwrap());
        case.decide().notice.unwrap()
    };
    let german = notice(Some("de-AT"));
    assert_eq!(german.lang, Some(Lang::new("de").unwrap()));
    assert_eq!(german.title, "Sicherheitsupdate");
    assert_eq!(
        german.text,
        "Fremde konnten zusehen.\n\nBilder wurden gesehen.\n\n- restricted: Ein Passwort wird verlangt."
    );
    assert_eq!(german.action, "Install the update, then restart.", "where there is no German, English");
    for language in [None, Some("fr"), Some("en-GB")] {
        assert_eq!(notice(language).title, "Security update 1.4.3", "{language:?}");
    }
    // Without English: the first there is.
    let only = security().remove("advisory.en").set("advisory.pt-BR", {
        map([("title", text("P")), ("summary", text("S")), ("details", text("D")), ("impact", text("I"))])
    });
    let decision = Case::new(&[only]).decide();
    assert_eq!(decision.notice.unwrap().lang, Some(Lang::new("pt-BR").unwrap()));
    // A change that came with a level the device has is not told again.
    let inherited = Fake::security().inheriting();
    assert!(!Case::new(&[inherited]).decide().notice.unwrap().text.contains("Passwords"));
    // A feature update without an advisory is named.
    let decision = Case::new(&[feature().remove("changes")]).decide().notice.unwrap();
    assert_eq!((decision.title.as_str(), decision.text.as_str()), ("cam 1.4.3", "cam 1.4.3"));
    // What helps until there is a fix is said with the notice.
    let said = Case::new(&[self::notice()]).decide().notice.unwrap();
    assert!(said.text.ends_with("Switch remote viewing off."), "{}", said.text);
    let said = Case::new(&[withdrawal()]).decide().notice.unwrap();
    assert!(said.text.ends_with("It does not start on some devices."), "{}", said.text);
}

/// One question that is open keeps nobody from being told of a fix for another scope, nor from having it.
#[test]
fn no_scope_waits_for_another() {
    let modem = || security().set("release.scope", text("modem")).set("id", text("modem-7"));
    type Edit = fn(&mut Case);
    let paused: [(&str, Edit); 5] = [
        ("asked", |c| c.packages[0] = verified(&change_is_fix().set("automatic", not_applicable()))),
        ("declined", |c| c.choices.decline(c.packages[0].manifest_digest())),
        ("put off", |c| c.choices.postpone(&c.packages[0], c.clock).expect("once")),
        ("opted out", |c| c.choices.opt_out()),
        ("busy", |c| c.device.busy = true),
    ];
    for (what, pause) in paused {
        let mut case = Case::new(&[change_is_fix(), modem()]);
        case.device.state.scopes.push(Scope::running(device::id("modem"), device::installed()));
        pause(&mut case);
        case.choices.notified(&case.packages[0], case.clock);
        assert_ne!(case.decide().verdict, Verdict::Refuse, "{what}");
        assert_eq!(case.words(), ("notify not-notified".into(), Some(1)), "{what}");
        case.choices.notified(&case.packages[1], case.clock);
        let expected = match what {
            "asked" => ("install automatic", 1),
            "declined" => ("install automatic", 1),
            "put off" => ("wait postponed", 0),
            "opted out" => ("ask-approval opted-out", 0),
            _ => ("wait busy", 0),
        };
        assert_eq!(case.words(), (expected.0.into(), Some(expected.1)), "{what}, told");
        // What was declined comes last.
        case.choices.opt_out();
        case.choices.decline(case.digest(0));
        case.choices.pass(DAY);
        (case.clock, case.device.busy) = (Clock::None, false);
        assert_eq!(case.words(), ("ask-approval opted-out".into(), Some(1)), "{what}, declined");
        case.choices.decline(case.digest(1));
        assert_eq!(case.words(), ("ask-approval declined".into(), Some(0)), "{what}, both declined");
    }
}
