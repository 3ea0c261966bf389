//! What a device remembers of notices and withdrawals when others fill its memory, and when a key that signed them
//! is revoked (SPEC 9.3). What docs/keys.md recommends after a theft is played here.

use super::packages::{notice, security, verified, withdrawal_of};
use pkg_decide::{Choices, Clock, Device, Reason, Verdict, Withdrawals, Withdrawer, decide};
use pkg_format::keyring::{KeyringStatement, Role};
use pkg_format::{Digest, Rule, Tree};
use pkg_tests::fake::path::{list, map, num, text};
use pkg_tests::keys::key;
use pkg_tests::{Fake, device, keyrings};
use pkg_verify::{ExampleKeys, Keyring, Policy, Statements, open};

fn device() -> Device {
    Device::new(device::standard())
}

/// States that nobody has, `count` of them, in the order that a set has.
fn noise(count: u64) -> Tree {
    let mut all: Vec<_> = (0..count).map(|n| Digest::of(&n.to_be_bytes()).0).collect();
    all.sort_unstable();
    Tree::List(all.into_iter().map(|d| Tree::Bytes(d.to_vec())).collect())
}

/// A withdrawal of states that nobody has.
fn noisy(sequence: u64, count: u64) -> Fake {
    Fake::withdrawal().set("sequence", num(sequence)).set("withdraws", noise(count))
}

/// A release that was made when this withdrawal was the newest.
fn made_after(release: Fake, sequence: u64) -> Fake {
    let digest = Tree::Bytes(vec![7; 32]);
    let known = [("series", text("withdrawal")), ("sequence", num(sequence)), ("digest", digest)];
    release.set("after", list([map(known)]))
}

/// What is said of the only package that is offered, by a device that remembers these choices.
fn rule(choices: &Choices, package: &Statements) -> Option<Rule> {
    let decision = decide(&device(), choices, &[package], Clock::None);
    decision.refused.first().map(|r| r.refusal.rule)
}

fn heard(packages: &[&Fake]) -> Choices {
    let mut choices = Choices::default();
    packages.iter().for_each(|p| choices.heard(&verified(p)));
    choices
}

/// The standard keyring, one version on, without this key and with `security-2` in its place.
fn revoking(name: &'static str, role: Role) -> Keyring {
    let mut statement = keyrings::statement();
    statement.version = 3;
    statement.keys.retain(|k| k.id() != key(name).id());
    let heir = statement.keys.iter_mut().find(|k| k.id() == key("security-2").id()).expect("it is there");
    heir.roles = vec![role, Role::Security];
    heir.roles.sort();
    statement.revoked.push(key(name).id());
    statement.revoked.sort();
    Keyring::vouched_by_caller(KeyringStatement { ..statement }, ExampleKeys::DangerAccept).expect("sound")
}

/// The statements of a package, verified by another keyring.
fn verified_by(package: &Fake, keyring: &Keyring) -> Statements {
    let bytes = package.package();
    let verified = open(&bytes[..]).and_then(|p| p.verify(keyring, &Policy::default()));
    Statements::clone(&verified.expect("a sound package"))
}

#[test]
fn a_recall_outlasts_whatever_fills_the_memory() {
    let recall = withdrawal_of(&security()).set("sequence", num(1));
    let release = verified(&security());
    for flood in [noisy(2, 96), noisy(2, 1_024)] {
        let choices = heard(&[&recall, &flood]);
        assert_eq!(rule(&choices, &release), Some(Rule::Pol5));
        assert_eq!(choices.allow(&release).unwrap_err().rule, Rule::Pol5, "for who installs without asking");
        // At hand again the recall itself is named. Nothing else that is at hand lifts the mark.
        let (recall, flood) = (verified(&recall), verified(&flood));
        let decision = decide(&device(), &choices, &[&release, &recall, &flood], Clock::None);
        assert_eq!(decision.refused[0].refusal.rule, Rule::Pol3);
        let forged = verified(&noisy(1, 1));
        let decision = decide(&device(), &choices, &[&release, &flood, &forged], Clock::None);
        assert_eq!(decision.refused[0].refusal.rule, Rule::Pol5);
    }
    // What was made in the knowledge of all that was forgotten is none of what was taken back.
    let choices = heard(&[&recall, &noisy(2, 96)]);
    assert_eq!(rule(&choices, &verified(&made_after(security(), 1))), None);
}

/// A thief who signs a genuine recall too, and lets it be forgotten, does not make it his own.
#[test]
fn a_recall_is_booked_under_every_key_that_signed_it() {
    let recall = withdrawal_of(&security()).signed_by(&[key("all"), key("withdrawal")]);
    let choices = heard(&[&recall.set("sequence", num(1)), &noisy(2, 1_024)]);
    assert_eq!(rule(&choices, &verified(&made_after(security(), 9))), Some(Rule::Pol3));
}

/// Seventeen signers: of those before, the marks of revoked keys die with their keys.
#[test]
fn marks_of_revoked_keys_die_with_them_however_many_signers_there_are() {
    let signer = |n: u8, revoked_in| Withdrawer {
        key: Digest::of(&[n]),
        revoked_in,
        mark: if revoked_in.is_some() { 1_000_000_000 } else { 0 },
        targets: Vec::new(),
    };
    let mut signers: Vec<_> = (0..2).map(|n| signer(n, Some(3))).collect();
    signers.extend((2..16).map(|n| signer(n, None)));
    let mut choices = Choices { withdrawn: Withdrawals { signers, mark: 0 }, ..Choices::default() };
    choices.heard(&verified(&noisy(1, 1)));
    assert_eq!((choices.withdrawn.signers.len(), choices.withdrawn.mark), (16, 0));
    assert_eq!(rule(&choices, &verified(&security())), Some(Rule::Pol5), "an older keyring may judge it");
    assert_eq!(rule(&choices, &verified(&security().set("keyring-min", num(2)))), Some(Rule::Pol5));
    let mut heir = choices.withdrawn.signers.iter().filter(|s| s.revoked_in.is_some());
    assert!(heir.next().is_some_and(|s| s.revoked_in == Some(3)) && heir.next().is_none());
}

/// An older notice replaces no newer one, at hand or remembered.
#[test]
fn only_a_newer_notice_replaces() {
    let truth = notice().set("sequence", num(5));
    let older = notice()
        .set("id", text("older"))
        .set("sequence", num(3))
        .set("supersedes", list([Tree::Bytes(truth.digest().0.to_vec())]));
    let choices = heard(&[&older]);
    let decision = decide(&device(), &choices, &[&verified(&truth)], Clock::None);
    assert_eq!((decision.verdict, decision.reason), (Verdict::Advise, Reason::Affected));
}

/// A flood by one key takes no room from another.
#[test]
fn who_signs_much_forgets_its_own() {
    let recall = withdrawal_of(&security()).set("sequence", num(9)).signed_by(&[key("all")]);
    let choices = heard(&[&recall, &noisy(10, 1_024), &noisy(11, 96)]);
    assert_eq!(rule(&choices, &verified(&made_after(security(), 20))), Some(Rule::Pol3));
    let own = choices.withdrawn.signers.iter().find(|s| s.key == key("all").id()).expect("remembered");
    assert_eq!((own.targets.len(), own.mark), (1, 0));
}

/// A withdrawal key was stolen: the thief recalled a good release. The maker revokes the key and builds anew.
#[test]
fn a_thiefs_withdrawal_dies_with_the_key_and_a_genuine_recall_does_not() {
    let mut choices = heard(&[&withdrawal_of(&security()).set("sequence", num(1_000_000_000))]);
    let old = security();
    assert_eq!(rule(&choices, &verified(&old)), Some(Rule::Pol3));
    let keyring = revoking("withdrawal", Role::Withdrawal);
    choices.follow(&keyring);
    // The release that may be judged by the keyring before stays withdrawn: it may have been a genuine recall.
    assert_eq!(rule(&choices, &verified_by(&old, &keyring)), Some(Rule::Pol3));
    // Built anew, it asks for the keyring that revoked the key.
    assert_eq!(rule(&choices, &verified_by(&old.set("keyring-min", num(3)), &keyring)), None);
    // The same of what was forgotten for a flood of that key.
    let mut choices = heard(&[&noisy(1_000_000_000, 1_024)]);
    assert_eq!(rule(&choices, &verified(&security())), Some(Rule::Pol5));
    choices.follow(&keyring);
    assert_eq!(rule(&choices, &verified_by(&security().set("keyring-min", num(3)), &keyring)), None);
}

/// A notice key was stolen: the thief tells lies with numbers far ahead, and takes the place of what is true. The
/// maker revokes the key, and the true notice, signed again, is shown; so is a withdrawal, which never waited.
#[test]
fn a_stolen_notice_key_silences_nobody() {
    let truth = notice();
    let refs = |package: &Fake| list([Tree::Bytes(package.digest().0.to_vec())]);
    let lie = notice().set("id", text("lie")).set("sequence", num(1_000_000)).set("supersedes", refs(&truth));
    let mut choices = Choices::default();
    for package in [&lie, &truth] {
        choices.heard(&verified(package));
    }
    choices.notified(&verified(&lie), Clock::None);
    let about = |choices: &Choices, packages: &[&Statements]| {
        let decision = decide(&device(), choices, packages, Clock::None);
        (decision.verdict, decision.reason, decision.manifest)
    };
    let silent = about(&choices, &[&verified(&truth)]);
    assert_eq!((silent.0, silent.1), (Verdict::Nothing, Reason::Superseded), "until the key is revoked");
    // A withdrawal of what runs is told, whatever notices said, and whatever their numbers.
    let recall = Fake::withdrawal().set("withdraws", list([device::state_ref()])).set("sequence", num(1));
    let recall = verified(&recall);
    let told = about(&choices, &[&recall, &verified(&lie)]);
    assert_eq!(told, (Verdict::Advise, Reason::WithdrawnInstalled, Some(recall.manifest_digest())));

    let keyring = revoking("notice", Role::Notice);
    choices.follow(&keyring);
    let truth = verified_by(&truth.signed_by(&[key("security-2")]), &keyring);
    let told = about(&choices, &[&truth]);
    assert_eq!(told, (Verdict::Advise, Reason::Affected, Some(truth.manifest_digest())));
    // Shown once it stays shown: what a good key signed does not fall.
    choices.notified(&truth, Clock::None);
    choices.follow(&revoking("notice", Role::Notice));
    assert_eq!(about(&choices, &[&truth]).1, Reason::AlreadyShown);
}
