//! What becomes of a release once the key that signed it is revoked: the counters it loses, and the way back (SPEC 5.5).

use pkg_decide::{DeviceState, Fit, Installed, Scope};
use pkg_format::Tree;
use pkg_format::keyring::{Asked, Head, KeyringStatement, LineHead};
use pkg_tests::device::{self, id};
use pkg_tests::fake::path::{num, text};
use pkg_tests::keys::key;
use pkg_tests::{Fake, keyrings};
use pkg_verify::{ExampleKeys, Keyring, Policy, Statements, open};

/// A device that runs what the thief signed, in the third version of the keyring's life.
fn disowned(installed: Installed, heads: &[Head]) -> DeviceState {
    let statement = KeyringStatement { heads: heads.to_vec(), ..keyrings::statement() };
    let keyring = Keyring::vouched_by_caller(statement, ExampleKeys::DangerAccept).expect("sound");
    let mut state =
        DeviceState { scopes: vec![Scope::running(id("product"), installed)], ..device::standard() };
    state.follow(&keyring);
    state
}

fn signed_by(name: &'static str) -> Option<pkg_verify::SignedBy> {
    let asked = pkg_format::keyring::Asked::Security;
    let channel = pkg_format::manifest::Channel::Stable;
    Some(pkg_verify::SignedBy { asked, channel, keys: vec![key(name).id()] })
}

fn head(line: &str, sequence: u64, feature_level: u64, security_level: u64) -> Head {
    let at = LineHead { line: id(line), sequence, feature_level, security_level };
    Head { vendor: id("acme"), name: id("cam"), scope: id("product"), at }
}

#[test]
fn what_good_keys_signed_is_left_alone_whatever_counters_say() {
    let heads = [head("1", 2, 1, 1)];
    let counters = |state: &DeviceState| {
        let there = state.scopes[0].installed.as_ref().expect("it runs");
        (there.sequence, there.feature_level, there.security_level, there.disowned.is_some())
    };
    let by = |signed| Installed { signed, ..device::installed() };
    assert_eq!(counters(&disowned(by(signed_by("security")), &heads)), (4, 3, 6, false));
    assert_eq!(counters(&disowned(by(None), &heads)), (4, 3, 6, false), "nobody knows who signed it");
    assert_eq!(counters(&disowned(by(signed_by("revoked")), &heads)), (2, 1, 1, true));
    // A keyring that says nothing of this scope gives no way back, and takes nothing.
    let elsewhere = Head { scope: id("modem"), ..head("1", 2, 1, 1) };
    assert_eq!(counters(&disowned(by(signed_by("revoked")), &[elsewhere])), (4, 3, 6, false));
    // One whose line is not the maker's keeps its counters, and has the way back.
    let other = disowned(by(signed_by("revoked")), &[head("9", 1, 1, 1)]);
    assert_eq!(counters(&other), (4, 3, 1, true));
    // The line may be the thief's choice: no fix of another line is lost.
    let moved = disowned(by(signed_by("revoked")), &[head("1", 2, 1, 1), head("2", 1, 4, 5)]);
    assert_eq!(counters(&moved), (2, 1, 5, true));
    // A key that is listed no more, and was not revoked, is no reason; nor is a higher threshold.
    assert_eq!(counters(&disowned(by(signed_by("stranger")), &heads)), (4, 3, 6, false));
    let two =
        KeyringStatement { heads: heads.to_vec(), ..keyrings::with_thresholds(&[(Asked::Security, 2)]) };
    let mut state = disowned(by(signed_by("security")), &[]);
    state.follow(&Keyring::vouched_by_caller(two, ExampleKeys::DangerAccept).expect("sound"));
    assert_eq!(counters(&state), (4, 3, 6, false));
}

/// A copy from which a mirror cut signatures away makes a device forget no signer.
#[test]
fn what_is_known_of_signers_only_grows() {
    let both = Fake::security().signed_by(&[key("security"), key("security-2")]);
    let verified = |package: &Fake| {
        let bytes = package.package();
        let package = open(&bytes[..]).and_then(|p| p.verify(&keyrings::standard(), &Policy::default()));
        Statements::clone(&package.expect("a sound package"))
    };
    let mut state = device::standard();
    state.install(&verified(&both)).expect("a scope of the device");
    let signers = |state: &DeviceState| {
        let there = state.scopes[0].installed.as_ref().expect("it runs");
        there.signed.as_ref().map(|s| s.keys.len())
    };
    state.seen(&verified(&both.clone().signed_by(&[key("security")])));
    assert_eq!(signers(&state), Some(2));
    state.seen(&verified(&both.signed_by(&[key("security"), key("all")])));
    assert_eq!(signers(&state), Some(3));
}

#[test]
fn the_way_back_is_a_stable_full_fresh_release_at_or_above_the_heads() {
    let heads = [head("1", 5, 3, 7), head("2", 1, 4, 6)];
    let state = disowned(
        Installed {
            line: id("z"),
            sequence: 900,
            security_level: 900,
            signed: signed_by("revoked"),
            ..device::installed()
        },
        &heads,
    );
    let fits = |package: Fake| {
        let bytes = package.package();
        let package = open(&bytes[..]).and_then(|p| p.verify(&keyrings::standard(), &Policy::default()));
        state.fits(&package.expect("a sound package"), &Policy::default()).map_err(|r| r.rule.id())
    };
    let fresh = || Fake::security().set("fresh", Tree::Bool(true));
    assert_eq!(fits(fresh()), Ok(Fit::Step));
    let lower = |path, n| fits(fresh().set(path, num(n)));
    assert_eq!(fits(Fake::security()), Err("VER-4"), "one that is not for empty devices");
    assert_eq!(lower("sequence", 4), Err("VER-4"), "below the head of its line");
    assert_eq!(lower("release.feature-level", 2), Err("VER-4"));
    let level_6 = fresh().set("release.security-level", num(6)).set("fixes[0].level", num(6));
    assert_eq!(fits(level_6.clone().set("release.line", text("2"))), Err("VER-3"), "below the highest head");
    assert_eq!(fits(fresh().set("release.line", text("3"))), Err("VER-4"), "a line that is not listed");
    assert_eq!(fits(fresh().set("release.channel", text("testing"))), Err("VER-4"));
    assert_eq!(fits(Fake::delta().set("fresh", Tree::Bool(true))), Err("VER-4"), "a delta");
    let far = fresh().set("sequence", num(500_000));
    assert_eq!(fits(far), Ok(Fit::Step), "jumps are not judged for it");
}
