//! What a hostile or broken server can do to a device: nothing is installed that was not signed, every refusal has its
//! rule, and no round waits for ever.

use super::{DELTA, FULL, Followed, HEAD, RECORD};
use crate::client::INSTALLED;
use crate::web::{Answer, Asked, Web};
use pkg_format::Digest;
use pkg_repository::Record;
use pkg_tests::heads::{self, FakeHead};
use pkg_tests::keys::key;
use pkg_tests::project::{SECURITY, edited};
use std::fs;
use std::time::{Duration, Instant};

/// 1.0.1 is published; the statements are known already.
fn published() -> Followed {
    let followed = Followed::begun(20_000);
    followed.publish(&[FULL]);
    assert!(followed.round(&[]).contains("Video without password"));
    followed
}

/// A part of a package behind its front.
pub(super) fn is_payload(asked: &Asked) -> bool {
    asked.path.starts_with("packages/") && asked.range.is_some_and(|(first, _)| first > 0)
}

/// What is wrong with an answer, what a client says of it, and how it is made so.
type Lie = (&'static str, &'static str, fn(&mut Answer));

/// Payloads that are not what was signed, by the rule that finds it out. A file that is not there is called `withheld`.
pub(super) fn lies(withheld: &'static str) -> [Lie; 6] {
    [
        ("bytes that change between two ranges", "[PAY-1]", |answer| answer.body[700] ^= 1),
        ("another size of the whole", "[REP-9]", |answer| {
            answer.headers = vec![("Content-Range", "bytes 9-10/11".into())];
        }),
        ("no place", "[REP-9]", |answer| answer.headers.clear()),
        ("the file ends before this byte", "[REP-9]", |answer| *answer = Answer::new(416, Vec::new())),
        ("withheld", withheld, |answer| *answer = Answer::new(404, Vec::new())),
        ("always empty", "ends too early", |answer| answer.body.clear()),
    ]
}

/// Each lie is found out; then an honest round.
#[test]
fn a_payload_that_lies_is_refused_by_its_rule() {
    let followed = published();
    for (what, expected, lie) in lies("is missing") {
        followed.web.habit(move |asked, mut answer| {
            if is_payload(asked) {
                lie(&mut answer);
            }
            answer
        });
        let said = followed.fails(&["--yes"]);
        assert!(said.contains(expected), "{what}: {said}");
        assert_eq!(followed.life.boot(), "boot a\nrootfs a\n", "{what}");
    }
    followed.web.honest();
    followed.installs("in full");
}

/// Two fixes are published for the device, and the payload of the better one lies at every address.
pub(super) fn a_better_fix_lies(followed: &Followed) {
    let previous = "class = \"security\"\nprevious = \"cam-1.0.1.full.pkg\"\nknown = \".\"";
    let better = edited(
        SECURITY,
        &[
            ("class = \"security\"", previous),
            ("\"1.0.1\"", "\"1.0.2\""),
            ("CVE-2026-12345", "CVE-2026-70007"),
            // For fewer devices, so that it does not replace the other one in the head.
            ("[\"rev-a\", \"rev-b\"]", "[\"rev-a\"]"),
        ],
    );
    followed.life.0.write("rootfs.img", vec![0x5C; 20_000]);
    followed.life.build(&better, "security.key");
    followed.publish(&[FULL, "cam-1.1.0.full.pkg", "cam-1.0.2.full.pkg"]);
    let package = Digest::of(&followed.life.0.read("cam-1.0.2.full.pkg"));
    let path = format!("packages/{package}");
    followed.web.habit(move |asked, mut answer| {
        if is_payload(asked) && asked.path == path {
            answer.body[700] ^= 1;
        }
        answer
    });
}

/// Another fix is better than none, and no feature is installed instead of it.
#[test]
fn the_next_fix_is_installed_where_the_best_one_lies() {
    let followed = Followed::begun(20_000);
    a_better_fix_lies(&followed);
    let said = followed.round(&["--yes"]);
    assert!(said.contains("[PAY-1]") && said.contains("installed cam-1.0.1 in full"), "{said}");
}

/// The front of another package: the next address may have the right one.
#[test]
fn statements_that_lie_are_refused_and_asked_for_elsewhere() {
    let followed = Followed::begun(20_000);
    followed.publish(&[FULL]);
    let honest = Web::new(&followed.file(""));
    let other = followed.life.0.read("cam-1.1.0.full.pkg");
    followed.web.habit(move |asked, mut answer| {
        if asked.path.starts_with("packages/") {
            let length = answer.body.len();
            answer.body.copy_from_slice(&other[..length]);
        }
        answer
    });
    let said = followed.round(&["--yes"]);
    assert!(said.contains("nothing: up-to-date") || said.contains("nothing: nothing-offered"), "{said}");
    assert!(["[REP-8]", "[CON-", "[SIG-"].iter().any(|rule| said.contains(rule)), "{said}");
    let said = followed.at(&[&followed.web.address, &honest.address], &["--yes"]);
    assert!(said.contains(INSTALLED), "{said}");
}

/// Any address may serve any file: one is dead, one has nothing, one lies about payloads, one is honest.
#[test]
fn one_good_address_is_enough() {
    let followed = published();
    let (nothing, lying) = (Web::new(&followed.life.0.path("device/slots")), Web::new(&followed.file("")));
    lying.habit(|asked, mut answer| {
        if is_payload(asked) {
            answer.body[700] ^= 1;
        }
        answer
    });
    let dead = "http://127.0.0.1:9";
    let said = followed.at(&[dead, &nothing.address, &lying.address, &followed.web.address], &["--yes"]);
    assert!(said.contains(INSTALLED) && said.contains("[PAY-1]"), "{said}");
}

#[test]
fn a_server_without_ranges_is_slower_and_no_error() {
    let followed = Followed::begun(20_000);
    followed.publish(&[FULL, DELTA]);
    let root = followed.file("");
    followed.web.habit(move |asked, answer| match answer.status {
        206 | 416 => Answer::new(200, fs::read(root.join(&asked.path)).expect("a file")),
        _ => answer,
    });
    followed.installs("by delta");
}

/// Answers that never end, that stop coming, or that come byte by byte: the round ends, and what was known is decided
/// on.
#[test]
fn endless_and_slow_answers_are_given_up_on() {
    type Habit = fn(&mut Answer);
    let habits: [(&str, &str, Habit); 3] = [
        ("endless", "has more than 591872 bytes", |answer| {
            answer.endless = true;
            answer.pace = Some((64 << 10, Duration::ZERO));
        }),
        ("it stops", "cannot read", |answer| answer.pace = Some((100, Duration::from_secs(3)))),
        ("byte by byte", "cannot read", |answer| answer.pace = Some((1, Duration::from_millis(300)))),
    ];
    let followed = Followed::begun(20_000);
    followed.round(&[]);
    for (what, expected, habit) in habits {
        fs::write(followed.life.0.path(RECORD), forgotten(&followed)).expect("written");
        followed.web.habit(move |_, mut answer| {
            habit(&mut answer);
            answer
        });
        let begun = Instant::now();
        let said = followed.round(&[]);
        assert!(said.contains(expected) && said.contains("up-to-date"), "{what}: {said}");
        assert!(begun.elapsed() < Duration::from_secs(20), "{what}: {:?}", begun.elapsed());
    }
    followed.web.honest();
    followed.publish(&[FULL]);
    // A payload that stops is tried again, and then left to the next round.
    followed.web.habit(|asked, mut answer| {
        if is_payload(asked) {
            (answer.pace, answer.cut) = (Some((1, Duration::from_secs(2))), Some(1));
        }
        answer
    });
    let begun = Instant::now();
    followed.fails(&["--yes"]);
    assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", begun.elapsed());
    followed.web.honest();
    followed.installs("in full");
}

/// The record of the client, without the ETag: the next answer is a whole head.
fn forgotten(followed: &Followed) -> Vec<u8> {
    let record = Record::from_bytes(&followed.life.0.read(RECORD)).expect("a record");
    Record { etag: None, ..record }.to_bytes()
}

#[test]
fn a_redirect_is_not_followed() {
    let followed = published();
    let elsewhere = Web::new(&followed.file(""));
    let there = elsewhere.address.clone();
    followed.web.habit(move |asked, _| {
        let mut answer = Answer::new(302, Vec::new());
        answer.headers.push(("Location", format!("{there}/{}", asked.path)));
        answer
    });
    let said = followed.fails(&["--yes"]);
    assert!(said.contains("has the status 302"), "{said}");
    assert_eq!(elsewhere.traffic().asked.len(), 0);
}

/// "Unchanged" for ever: it is told once the head is older than it may be, and a whole head is asked for.
#[test]
fn an_etag_that_lies_is_found_out_by_age() {
    let followed = Followed::begun(20_000);
    followed.round(&[]);
    followed.publish(&[FULL]);
    followed.web.habit(|asked, answer| match asked.etag {
        Some(_) => Answer::new(304, Vec::new()),
        None => answer,
    });
    assert!(followed.round(&["--elapsed", "200000"]).contains("up-to-date"));
    let said = followed.round(&["--elapsed", "100000"]);
    assert!(said.contains("may be behind: a newer head is overdue by 40800 seconds"), "{said}");
    let said = followed.round(&[]);
    assert!(said.contains("Video without password") && !said.contains("may be behind"), "{said}");
    // Unchanged, although nobody named a version.
    fs::remove_file(followed.life.0.path(RECORD)).expect("a record");
    followed.web.habit(|_, _| Answer::new(304, Vec::new()));
    assert!(followed.round(&["--yes"]).contains("has the status 304"));
}

/// Freeze: the old head for ever. The clock tells where there is one, the seconds that passed where there is none.
#[test]
fn a_frozen_head_is_told() {
    let followed = Followed::begun(20_000);
    assert!(!followed.round(&[]).contains("may be behind"));
    let far = ["--now", "4000000000"];
    assert!(followed.round(&far).contains("may be behind"));
    // Another address has a newer one.
    let frozen = Web::new(&followed.life.0.path("frozen"));
    let copy = followed.life.0.path("frozen").join("products/acme/cam/stable");
    fs::create_dir_all(&copy).expect("a folder");
    fs::copy(followed.file(HEAD), copy.join("head")).expect("a copy");
    followed.publish(&[FULL]);
    let said = followed.at(&[&frozen.address, &followed.web.address], &["--elapsed", "300000"]);
    assert!(said.contains("Video without password") && !said.contains("may be behind"), "{said}");
}

/// Stale edge: an older head replaces nothing and is no alarm.
#[test]
fn a_stale_edge_replaces_nothing() {
    let followed = Followed::begun(20_000);
    let old = fs::read(followed.file(HEAD)).expect("a head");
    followed.publish(&[FULL]);
    followed.round(&[]);
    fs::write(followed.file(HEAD), old).expect("written");
    let said = followed.round(&["--yes"]);
    assert!(said.contains("[REP-3]") && said.contains(INSTALLED) && !said.contains("alarm"), "{said}");
}

/// Fork: two heads of one version. That is an alarm, and the other one is kept.
#[test]
fn a_fork_is_an_alarm_and_evidence() {
    let followed = published();
    let keyring = followed.life.0.read("cam.keyring");
    let keyring = pkg_verify::Keyring::open(&keyring, pkg_verify::ExampleKeys::Refuse).expect("a keyring");
    let mine = fs::read(followed.file(HEAD)).expect("a head");
    let head = pkg_verify::verify_head(&mine, &keyring, &heads::name()).expect("ours").head().clone();
    let other = pkg_format::repository::Head { current: Vec::new(), ..head };
    let other = FakeHead::new(&other).signed_by(&[key("catalogue")]).file();
    fs::write(followed.file(HEAD), &other).expect("written");
    let said = followed.round(&[]);
    assert!(said.contains("alarm: [REP-4]"), "{said}");
    let record = Record::from_bytes(&followed.life.0.read(RECORD)).expect("a record");
    assert_eq!((record.head, record.fork), (Some(mine), Some(other)));
}

/// A head that is not the one of this repository and product, or that nobody signed who may.
#[test]
fn a_head_of_somebody_else_is_refused_by_its_rule() {
    let followed = Followed::begun(20_000);
    let other = |head: FakeHead| fs::write(followed.file(HEAD), head.file()).expect("written");
    let honest = fs::read(followed.file(HEAD)).expect("a head");
    let keyring = followed.life.0.read("cam.keyring");
    let keyring = pkg_verify::Keyring::open(&keyring, pkg_verify::ExampleKeys::Refuse).expect("a keyring");
    let head = pkg_verify::verify_head(&honest, &keyring, &heads::name()).expect("ours").head().clone();
    let id = pkg_tests::device::id;
    let mut strange = head.clone();
    strange.of.repository = id("other-updates");
    other(FakeHead::new(&strange));
    assert!(followed.round(&[]).contains("[REP-1]"));
    strange.of = pkg_format::repository::LogName { name: id("lamp"), ..head.of.clone() };
    other(FakeHead::new(&strange));
    assert!(followed.round(&[]).contains("[REP-2]"));
    other(FakeHead::new(&head).signed_by(&[key("security")]));
    assert!(followed.round(&[]).contains("[SIG-15]"));
}
