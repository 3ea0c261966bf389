//! Heads and keyrings: rotation, a stolen key that ran ahead, a keyring that is withheld.

use super::Client;
use pkg_format::Rule;
use pkg_format::keyring::{KeyringStatement, Role};
use pkg_format::repository::paths;
use pkg_repository::{Error, Received};
use pkg_tests::Fake;
use pkg_tests::keyrings::{statement, trusted};
use pkg_tests::keys::key;
use pkg_tests::mirror::Maker;

/// The keyring after the standard one: another key signs heads.
fn rotated() -> KeyringStatement {
    let mut next = statement();
    next.version = 3;
    next.revoked.push(key("catalogue").id());
    next.revoked.sort();
    next.keys.push(trusted("catalogue-2", &[Role::Catalogue]));
    next
}

/// A maker whose catalogue key was revoked after its second head, and a client who has seen that.
fn after_the_theft() -> (Maker, Client) {
    let mut maker = Maker::new();
    maker.publish(&[Fake::security()]);
    maker.publish(&[Fake::notice()]);
    let mut client = Client::new();
    client.round(&maker.server).expect("a head");
    maker.signing_by(key("catalogue-2"));
    maker.head.keyring = 3;
    (maker, client)
}

#[test]
fn a_head_by_a_new_key_brings_the_new_keyring() {
    let (mut maker, mut client) = after_the_theft();
    maker.rotate(&rotated());
    let mut newest = rotated();
    newest.version = 4;
    maker.rotate(&newest);
    maker.publish(&[]);
    let round = client.round(&maker.server).expect("a head");
    assert_eq!(round.received, Some(Received::Newer));
    assert_eq!(round.keyring.expect("a keyring").version(), 4);
    // The file that is to be stored is that keyring.
    let file = round.keyring_file.expect("its file");
    assert_eq!(pkg_tests::keyrings::open(&file).version(), 4);
    assert_eq!((client.version(), client.restarted().version()), (Some(3), Some(3)));
    maker.server.asked();
    client.round(&maker.server).expect("an answer");
    assert_eq!(
        maker.server.asked(),
        [paths::head(maker.log())],
        "keyrings are asked for only where one is missing"
    );
}

/// Fast-forward and recovery: a thief signs a version that nobody can exceed; the next keyring takes it back.
#[test]
fn a_stolen_key_that_ran_ahead_is_forgotten_with_the_key() {
    let (mut maker, mut client) = after_the_theft();
    let honest = maker.head.clone();
    maker.signing_by(key("catalogue"));
    maker.head.keyring = 2;
    maker.head.version = u64::MAX;
    maker.sign();
    let error = client.round(&maker.server).expect_err("a refusal");
    assert_eq!((error.rule(), client.version()), (Some(Rule::Ver5), Some(2)));
    // In steps that are allowed the thief gets ahead of the maker.
    maker.head.version = 2 + 65_536;
    maker.sign();
    client.round(&maker.server).expect("a head");
    assert_eq!(client.version(), Some(65_538));
    // The maker's next head is number 3, by a new key: for this client it would be an old one.
    maker.head = honest;
    maker.signing_by(key("catalogue-2"));
    maker.rotate(&rotated());
    maker.publish(&[Fake::feature()]);
    let round = client.round(&maker.server).expect("a head");
    assert_eq!((round.received, client.version()), (Some(Received::Newer), Some(3)));
    assert_eq!(client.restarted().version(), Some(3));
}

/// A keyring that came another way has the same effect.
#[test]
fn a_stored_head_counts_as_none_under_a_keyring_that_revokes_its_signer() {
    let (maker, client) = after_the_theft();
    maker.rotate(&rotated());
    let newer = pkg_tests::keyrings::vouched(rotated());
    let mut follower = client.follower.clone();
    follower.follow(&newer);
    assert!(follower.head().is_none() && follower.etag().is_none() && follower.record().head.is_none());
}

/// Withheld keyring: the head names one that the server does not give out.
#[test]
fn a_keyring_that_is_withheld_is_named() {
    let (mut maker, mut client) = after_the_theft();
    // A key that both keyrings know signs: the old keyring could verify it, and is told that it is old.
    maker.signing_by(key("all"));
    maker.publish(&[]);
    let error = client.round(&maker.server).expect_err("a refusal");
    assert_eq!((error.rule(), client.version()), (Some(Rule::Key6), Some(2)));
    // A key that only the new keyring knows signs.
    maker.signing_by(key("catalogue-2"));
    maker.publish(&[]);
    assert_eq!(client.round(&maker.server).expect_err("a refusal").rule(), Some(Rule::Sig2));
    assert_eq!(client.keyring.version(), 2);
}

#[test]
fn a_keyring_of_strangers_brings_nothing() {
    let (mut maker, mut client) = after_the_theft();
    maker.publish(&[]);
    let mut stranger = rotated();
    stranger.name = pkg_tests::device::id("another-keyring");
    maker.rotate(&stranger);
    assert_eq!(client.round(&maker.server).expect_err("a refusal").rule(), Some(Rule::Key7));
    // The old version under the next number: nothing newer.
    let old = maker.server.file(&paths::keyring(2));
    maker.server.put(&paths::keyring(3), old);
    assert_eq!(client.round(&maker.server).expect_err("a refusal").rule(), Some(Rule::Sig2));
    assert_eq!((client.keyring.version(), client.version()), (2, Some(2)));
    let endless = maker.server.lying(|request, response| {
        let body = match request.path.starts_with("keyrings/") {
            true => pkg_tests::mirror::body(std::io::repeat(7)),
            false => response.body,
        };
        Ok(pkg_repository::Response { body, ..response })
    });
    assert!(matches!(client.round(&endless), Err(Error::TooLong { .. })));
}
