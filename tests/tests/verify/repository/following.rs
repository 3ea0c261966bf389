//! Which head is in force: freeze, rollback, fork, stale edges, etags that lie.

use super::Client;
use pkg_decide::Clock;
use pkg_format::Rule;
use pkg_format::repository::paths;
use pkg_repository::{Error, Freshness, Received, Record};
use pkg_tests::Fake;
use pkg_tests::fake::kinds::ISSUED;
use pkg_tests::heads::{self, FakeHead};
use pkg_tests::keys::key;
use pkg_tests::mirror::{Maker, answer, body};
use pkg_verify::io;

/// A maker with three heads, and the path of the newest.
fn published() -> (Maker, String) {
    let mut maker = Maker::new();
    maker.publish(&[Fake::security()]);
    maker.publish(&[Fake::notice()]);
    maker.publish(&[Fake::feature()]);
    let path = paths::head(maker.log());
    (maker, path)
}

#[test]
fn a_client_follows_what_is_published() {
    let (mut maker, _) = published();
    let mut client = Client::new();
    let first = client.round(&maker.server).expect("a head");
    assert_eq!((first.received, client.version()), (Some(Received::Newer), Some(3)));
    // The server knows the etag: nothing is transferred.
    assert_eq!(client.round(&maker.server).expect("an answer").received, None);
    let mut client = client.restarted();
    assert_eq!(client.round(&maker.server).expect("an answer").received, None);
    assert_eq!(client.version(), Some(3), "the stored head is there to decide on");
    maker.publish(&[Fake::withdrawal()]);
    assert_eq!(client.round(&maker.server).expect("a head").received, Some(Received::Newer));
    assert_eq!(client.follower.head().expect("a head").head().current.len(), 4);
}

/// Freeze: the server goes on sending the head that it once had.
#[test]
fn a_frozen_server_is_told() {
    let (maker, _) = published();
    let mut client = Client::new();
    assert_eq!(client.follower.freshness(Clock::None), None);
    client.round(&maker.server).expect("a head");
    let max_age = 259_200;
    let fresh = |client: &Client, clock| client.follower.freshness(clock).expect("a head");
    assert_eq!(fresh(&client, Clock::Trusted(ISSUED + max_age)), Freshness::Fresh);
    assert_eq!(fresh(&client, Clock::Trusted(ISSUED + max_age + 60)), Freshness::Behind(60));
    // Without a clock the seconds count that the device was on.
    client.follower.pass(max_age);
    client.round(&maker.server).expect("an answer");
    assert_eq!(fresh(&client, Clock::None), Freshness::Fresh);
    client.follower.pass(7);
    client.round(&maker.server).expect("an answer");
    assert_eq!(fresh(&client.restarted(), Clock::None), Freshness::Behind(7));
    // A clock that was set back hides nothing.
    assert_eq!(fresh(&client, Clock::Trusted(0)), Freshness::Behind(7));
}

#[test]
fn a_newer_head_ends_the_freeze() {
    let (mut maker, _) = published();
    let mut client = Client::new();
    client.round(&maker.server).expect("a head");
    client.follower.pass(1_000_000);
    maker.publish(&[]);
    client.round(&maker.server).expect("a head");
    assert_eq!((client.version(), client.follower.freshness(Clock::None)), (Some(4), Some(Freshness::Fresh)));
}

/// Rollback and stale edges: an old head never replaces a newer one, and is no alarm.
#[test]
fn an_older_head_replaces_nothing() {
    let (maker, path) = published();
    let mut client = Client::new();
    client.round(&maker.server).expect("a head");
    let old = maker.server.file(&paths::head_version(maker.log(), 1));
    maker.server.put(&path, old);
    let received = client.round(&maker.server).expect("an answer").received.expect("a head");
    assert_eq!(received.rule(), Some(Rule::Rep3));
    let Received::Older(older) = received else { panic!("{received:?}") };
    assert_eq!((older.head().version, client.version()), (1, Some(3)));
    assert_eq!(client.follower.record().fork, None);
    // The etag of the old file is not kept: the next edge is asked in full.
    let newest = maker.server.file(&paths::head_version(maker.log(), 3));
    maker.server.put(&path, newest);
    assert_eq!(client.round(&maker.server).expect("an answer").received, None);
}

/// Fork: two heads of one version.
#[test]
fn a_fork_is_an_alarm_and_is_kept() {
    let (maker, path) = published();
    let mut client = Client::new();
    client.round(&maker.server).expect("a head");
    let mut other = maker.head.clone();
    other.current.pop();
    let file = FakeHead::new(&other).file();
    maker.server.put(&path, file.clone());
    let received = client.round(&maker.server).expect("an answer").received.expect("a head");
    assert_eq!(received.rule(), Some(Rule::Rep4));
    assert!(matches!(received, Received::Fork(_)));
    assert_eq!(client.follower.head().expect("a head").head().current.len(), 3, "the first one stays");
    assert_eq!(client.restarted().follower.record().fork.as_deref(), Some(&file[..]));
    // The same statement with another signature is no fork.
    let again = FakeHead::new(&maker.head).signed_by(&[key("all")]).file();
    maker.server.put(&path, again);
    assert_eq!(client.round(&maker.server).expect("an answer").received, Some(Received::Same));
}

/// An etag that lies: the server says "unchanged" whatever there is.
#[test]
fn an_etag_that_lies_is_a_freeze() {
    let (mut maker, _) = published();
    let mut client = Client::new();
    client.round(&maker.server).expect("a head");
    maker.publish(&[]);
    let lying = maker.server.lying(|_, _| Ok(answer(304, None, b"")));
    assert_eq!(client.round(&lying).expect("an answer").received, None);
    client.follower.pass(259_201);
    assert_eq!(client.follower.freshness(Clock::None), Some(Freshness::Behind(1)));
    // Who has no head sent no etag, and takes no such answer.
    let error = Client::new().round(&lying).expect_err("no head");
    assert!(matches!(error, Error::Unexpected { status: 304, .. }), "{error}");
    // The same etag for other bytes: they are judged as they are.
    let same = maker
        .server
        .lying(|_, response| Ok(pkg_repository::Response { etag: Some("\"1\"".into()), ..response }));
    assert_eq!(client.round(&same).expect("a head").received, Some(Received::Newer));
    assert_eq!(client.version(), Some(4));
}

/// Endless and slow bodies.
#[test]
fn an_answer_without_end_is_cut_off() {
    let (maker, _) = published();
    let endless = maker
        .server
        .lying(|_, response| Ok(pkg_repository::Response { body: body(std::io::repeat(0)), ..response }));
    let error = Client::new().round(&endless).expect_err("no head");
    assert!(matches!(error, Error::TooLong { most: 591_872, .. }), "{error}");
    let slow = maker.server.lying(|_, response| {
        let stops = std::io::Read::chain(&b"head"[..], Stalled);
        Ok(pkg_repository::Response { body: body(stops), ..response })
    });
    let error = Client::new().round(&slow).expect_err("no head");
    assert!(matches!(error, Error::Unread { .. }), "{error}");
    let down = maker.server.lying(|_, _| Err(io::Error::new("no route to host")));
    assert!(matches!(Client::new().round(&down), Err(Error::Unread { .. })));
}

/// A body that the transport gives up on.
struct Stalled;

impl std::io::Read for Stalled {
    fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
        Err(std::io::ErrorKind::TimedOut.into())
    }
}

/// A redirect elsewhere is not followed.
#[test]
fn a_redirect_is_no_answer() {
    let (maker, _) = published();
    for status in [301, 302, 307, 308, 500, 403] {
        let elsewhere =
            maker.server.lying(move |_, _| Ok(answer(status, None, b"https://elsewhere.example/")));
        let error = Client::new().round(&elsewhere).expect_err("no head");
        assert!(matches!(&error, Error::Unexpected { status: s, .. } if *s == status), "{error}");
    }
}

/// Heads of other repositories and products in the place of this one's.
#[test]
fn the_head_of_another_log_is_refused() {
    let (maker, path) = published();
    let mut client = Client::new();
    client.round(&maker.server).expect("a head");
    let mut other = maker.head.clone();
    other.version += 1;
    other.of.repository = pkg_tests::device::id("acme-staging");
    maker.server.put(&path, FakeHead::new(&other).file());
    assert_eq!(client.round(&maker.server).expect_err("a refusal").rule(), Some(Rule::Rep1));
    other.of = pkg_format::repository::LogName { name: pkg_tests::device::id("doorbell"), ..heads::name() };
    maker.server.put(&path, FakeHead::new(&other).file());
    assert_eq!(client.round(&maker.server).expect_err("a refusal").rule(), Some(Rule::Rep2));
    assert_eq!(client.version(), Some(3));
}

/// A log only grows, and a client can tell from two heads where it did not.
#[test]
fn a_log_that_shrinks_or_changes_is_refused() {
    let (maker, path) = published();
    let mut client = Client::new();
    client.round(&maker.server).expect("a head");
    let mut other = maker.head.clone();
    other.version += 1;
    other.current.truncate(1);
    other.log = heads::log(&maker.entries[..1]);
    maker.server.put(&path, FakeHead::new(&other).file());
    assert_eq!(client.round(&maker.server).expect_err("a refusal").rule(), Some(Rule::Rep6));
    let mut swapped = maker.entries.clone();
    swapped.swap(0, 1);
    other.log = heads::log(&swapped);
    maker.server.put(&path, FakeHead::new(&other).file());
    assert_eq!(client.round(&maker.server).expect_err("a refusal").rule(), Some(Rule::Rep6));
    assert_eq!(client.version(), Some(3));
}

#[test]
fn the_time_of_a_head_is_a_floor() {
    let (maker, _) = published();
    let mut client = Client::new();
    assert_eq!(client.follower.time_floor(5), 5);
    client.round(&maker.server).expect("a head");
    assert_eq!(client.follower.time_floor(5), ISSUED);
    assert_eq!(client.follower.time_floor(ISSUED + 1), ISSUED + 1);
}

#[test]
fn a_spoiled_record_is_none() {
    for bytes in [&b""[..], b"\xa0", b"\xa1\x64head\x41\x00", b"\xa1\x69unchanged\x60"] {
        assert!(Record::from_bytes(bytes).is_err(), "{bytes:?}");
    }
    let keyring = pkg_tests::keyrings::standard();
    let record = Record { head: Some(vec![1, 2, 3]), etag: Some("\"a\"".into()), ..Record::default() };
    let follower = pkg_repository::Follower::new(heads::name(), record, &keyring);
    assert!(follower.head().is_none() && follower.etag().is_none());
}
