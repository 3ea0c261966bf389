//! Heads of repositories: which are refused, by which keyring, and for which log.

use pkg_format::Rule;
use pkg_format::cose::StatementKind;
use pkg_format::keyring::Asked;
use pkg_format::manifest::Channel;
use pkg_format::repository::LogName;
use pkg_tests::container::RawMember;
use pkg_tests::device::id;
use pkg_tests::fake::path::{num, text};
use pkg_tests::heads::{FakeHead, name};
use pkg_tests::keyrings::{standard, statement, trusted, vouched, with_thresholds};
use pkg_tests::keys::key;
use pkg_verify::{Keyring, VerifiedHead, verify_head, verify_head_of_any_log};

fn verified(head: &FakeHead, keyring: &Keyring) -> Result<VerifiedHead, Rule> {
    verify_head(&head.file(), keyring, &name()).map_err(|e| e.rule().expect("a refusal"))
}

fn refused(head: &FakeHead) -> Rule {
    verified(head, &standard()).expect_err("a refusal")
}

#[test]
fn a_head_that_a_catalogue_key_signed_is_verified() {
    let head = verified(&FakeHead::standard(), &standard()).expect("a head");
    assert_eq!(head.head().version, 3);
    assert_eq!(head.head().current.len(), 2);
    assert_eq!(head.signers(), [key("catalogue").id()]);
    assert_eq!(head.digest(), pkg_format::Digest::of(&FakeHead::standard().statement()));
    let stranger = FakeHead::standard().signed_by(&[key("catalogue"), key("stranger")]);
    assert!(verified(&stranger, &standard()).is_ok());
}

#[test]
fn a_head_without_the_right_signature_is_refused() {
    let by = |names: &[&'static str]| {
        FakeHead::standard().signed_by(&names.iter().map(|n| key(n)).collect::<Vec<_>>())
    };
    assert_eq!(refused(&by(&[])), Rule::Sig1);
    assert_eq!(refused(&by(&["stranger"])), Rule::Sig2);
    assert_eq!(refused(&by(&["root"])), Rule::Sig2);
    assert_eq!(refused(&by(&["revoked"])), Rule::Sig14);
    for other in ["security", "feature", "notice", "withdrawal", "delivery", "testing", "elsewhere"] {
        assert_eq!(refused(&by(&[other])), Rule::Sig15, "{other}");
    }
    let two = vouched(with_thresholds(&[(Asked::Catalogue, 2)]));
    assert_eq!(verified(&by(&["catalogue"]), &two).unwrap_err(), Rule::Sig4);
    assert!(verified(&by(&["catalogue", "all"]), &two).is_ok());
    let mut file = FakeHead::standard().container();
    file.members[0] = RawMember::new("head.cbor", &FakeHead::standard().set("version", num(4)).statement());
    let refusal = verify_head(&file.to_bytes(), &standard(), &name()).unwrap_err();
    assert_eq!(refusal.rule(), Some(Rule::Sig7));
}

/// A signature of one kind of statement is worth nothing on another.
#[test]
fn no_other_statement_passes_as_a_head() {
    for kind in [StatementKind::Manifest, StatementKind::Delivery, StatementKind::Keyring] {
        assert_eq!(refused(&FakeHead::standard().signed_by(&[key("all")]).signed_as(kind)), Rule::Sig6);
    }
}

#[test]
fn a_catalogue_key_is_bound_as_every_key_is() {
    let mut bound = statement();
    let place = bound.keys.len() - 1;
    assert_eq!(bound.keys[place].label.as_str(), "catalogue");
    bound.keys[place].channels = vec![Channel::Stable];
    assert!(verified(&FakeHead::standard(), &vouched(bound.clone())).is_ok());
    bound.keys[place].channels = vec![Channel::Testing];
    assert_eq!(verified(&FakeHead::standard(), &vouched(bound.clone())).unwrap_err(), Rule::Sig15);
    // A head lists every scope, so a key of one scope cannot answer for it.
    bound.keys[place] = trusted("catalogue", &[pkg_format::keyring::Role::Catalogue]);
    bound.keys[place].scopes = vec![id("product")];
    assert_eq!(verified(&FakeHead::standard(), &vouched(bound)).unwrap_err(), Rule::Sig15);
}

#[test]
fn a_keyring_that_is_older_than_the_head_says_does_not_judge_it() {
    assert_eq!(refused(&FakeHead::standard().set("keyring", num(3))), Rule::Key6);
    assert!(verified(&FakeHead::standard().set("keyring", num(1)), &standard()).is_ok());
}

/// Heads of another repository, product or channel.
#[test]
fn a_head_of_another_log_is_refused() {
    for (field, other, rule) in [
        ("repository", "acme-mirror", Rule::Rep1),
        ("vendor", "umbrella", Rule::Rep2),
        ("name", "doorbell", Rule::Rep2),
        ("channel", "testing", Rule::Rep2),
    ] {
        let head = FakeHead::standard().set(field, text(other)).signed_by(&[key("all")]);
        assert_eq!(refused(&head), rule, "{field}");
        let any = verify_head_of_any_log(&head.file(), &standard()).expect("a head of some log");
        assert_eq!(any.is_of(&name()).unwrap_err().rule, rule);
        assert_eq!(any.is_of(&any.head().of), Ok(()));
    }
    let doorbell = LogName { name: id("doorbell"), ..name() };
    let elsewhere = FakeHead::standard().set("name", text("doorbell")).signed_by(&[key("elsewhere")]);
    assert!(verify_head(&elsewhere.file(), &standard(), &doorbell).is_ok(), "bound to this product");
}

#[test]
fn a_file_that_is_no_head_is_refused() {
    let file = FakeHead::standard().container();
    let rule = |bytes: &[u8]| verify_head(bytes, &standard(), &name()).unwrap_err().rule();
    assert_eq!(rule(b""), Some(Rule::Con1));
    assert_eq!(rule(&pkg_tests::keyrings::archive_bytes(&statement())), Some(Rule::Con1));
    assert_eq!(
        rule(&file.clone().reorder(|m| m.push(RawMember::new("head.cbor", b"x"))).to_bytes()),
        Some(Rule::Con3)
    );
    assert_eq!(rule(&file.clone().ending(&[0; 512]).to_bytes()), Some(Rule::Con6));
    assert_eq!(rule(&[file.to_bytes(), vec![0]].concat()), Some(Rule::Con7));
    let long = file.with("head.cbor", |m| *m = RawMember::new("head.cbor", &vec![0; (512 << 10) + 1]));
    assert_eq!(rule(&long.to_bytes()), Some(Rule::Con4));
}

/// Whatever byte of a head is altered, and wherever it is cut, it is refused.
#[test]
fn every_byte_of_a_head_counts() {
    let (file, keyring) = (FakeHead::standard().file(), standard());
    for place in 0..file.len() {
        let mut altered = file.clone();
        altered[place] ^= 0x20;
        assert!(verify_head(&altered, &keyring, &name()).is_err(), "byte {place}");
        assert!(verify_head(&file[..place], &keyring, &name()).is_err(), "cut after {place}");
    }
}
