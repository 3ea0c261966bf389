//! What entries name: statements by one range, packages while they are installed, and files that are others.

use super::{Client, device};
use pkg_decide::{Choices, Clock, Reason, Verdict, decide};
use pkg_format::Rule;
use pkg_format::repository::{Entry, Object, paths};
use pkg_repository::{Error, Remote, Response, choose, fetch};
use pkg_tests::keyrings::standard;
use pkg_tests::mirror::{Maker, Server, answer, body};
use pkg_tests::{Fake, heads, run};
use pkg_verify::{Policy, Statements, io, open};

fn published() -> (Maker, Entry, Object, String) {
    let mut maker = Maker::new();
    maker.publish(&[Fake::security()]);
    let entry = maker.entries[0].clone();
    let object = entry.object.expect("a package");
    (maker, entry, object, paths::package(&object.package))
}

fn statements(server: &Server, entry: &Entry) -> Result<Statements, Error> {
    fetch::statements(&mut server.clone(), entry, &standard(), &Policy::default())
}

fn rule(server: &Server, entry: &Entry) -> Option<Rule> {
    statements(server, entry).expect_err("a refusal").rule()
}

#[test]
fn a_device_decides_by_the_front_of_a_package() {
    let mut maker = Maker::new();
    maker.publish(&[Fake::security(), Fake::notice(), Fake::withdrawal()]);
    let mut client = Client::new();
    client.round(&maker.server).expect("a head");
    let (device, choices) = (device(), Choices::default());
    let current = &client.follower.head().expect("a head").head().current;
    let choice = choose(current, &device.state, |_| false);
    maker.server.asked();
    let all = choice.unheard.into_iter().chain(choice.steps);
    let all: Vec<_> = all.map(|e| statements(&maker.server, e).expect("statements")).collect();
    assert_eq!(maker.server.asked().len(), 3, "one request each");
    let offered: Vec<_> = all.iter().collect();
    let decision = decide(&device, &choices, &offered, Clock::None);
    assert_eq!((decision.verdict, decision.reason), (Verdict::Advise, Reason::WithdrawnInstalled));
    // The same from a server without ranges.
    for entry in current {
        assert!(statements(&maker.server.without_ranges(), entry).is_ok());
    }
}

#[test]
fn a_front_is_as_long_as_it_says() {
    for fake in [
        Fake::security(),
        Fake::delta(),
        Fake::notice(),
        Fake::notice().with_evidence("test", "text/plain", b"x"),
    ] {
        let (package, object) = (fake.package(), heads::entry(&fake).object.expect("a package"));
        let front = usize::try_from(object.front).expect("a length");
        let opened = open(&package[..front]).expect("a front");
        assert_eq!(opened.front(), object.front);
        assert!(opened.verify(&standard(), &Policy::default()).is_ok());
        assert_eq!(open(&package[..]).expect("a package").front(), object.front);
    }
}

/// Mix and match: a package in the place of another, and an entry that lies about its package.
#[test]
fn a_package_that_is_not_the_listed_one_is_refused() {
    let (maker, entry, object, path) = published();
    // Another package of the very same size and front.
    let other =
        Fake::security().set("issued", pkg_tests::fake::path::num(pkg_tests::fake::kinds::ISSUED + 1));
    assert_eq!(heads::entry(&other).object.map(|o| (o.size, o.front)), Some((object.size, object.front)));
    maker.server.put(&path, other.package());
    assert_eq!(rule(&maker.server, &entry), Some(Rule::Rep8));
    let (maker, entry, object, _) = published();
    let lies = [
        Entry { sequence: entry.sequence + 1, ..entry.clone() },
        Entry { listed: pkg_format::repository::Listed::Notice, ..entry.clone() },
        Entry { listed: listed(&entry, |r| r.security_level += 1), ..entry.clone() },
        Entry { listed: listed(&entry, |r| r.feature_level += 1), ..entry.clone() },
        Entry { listed: listed(&entry, |r| r.line = pkg_tests::device::id("2")), ..entry.clone() },
        Entry { listed: listed(&entry, |r| r.scope = pkg_tests::device::id("modem")), ..entry.clone() },
        Entry {
            listed: listed(&entry, |r| r.class = pkg_format::manifest::release::Class::Feature),
            ..entry.clone()
        },
        Entry { object: Some(Object { front: object.front + 1, ..object }), ..entry.clone() },
    ];
    for lie in lies {
        assert_eq!(rule(&maker.server, &lie), Some(Rule::Rep8), "{lie:?}");
    }
    let cut = Entry { object: Some(Object { front: 700, ..object }), ..entry };
    assert_eq!(rule(&maker.server, &cut), Some(Rule::Con6));
}

fn listed(
    entry: &Entry,
    edit: impl FnOnce(&mut pkg_format::repository::ListedRelease),
) -> pkg_format::repository::Listed {
    let mut release = entry.release().expect("a release").clone();
    edit(&mut release);
    pkg_format::repository::Listed::Release(release)
}

/// What nobody signed does not become a release by being listed.
#[test]
fn a_listed_package_is_verified_like_any_other() {
    let mut maker = Maker::new();
    maker.publish(&[Fake::security().signed_by(&[pkg_tests::keys::key("catalogue")])]);
    assert_eq!(rule(&maker.server, &maker.entries[0]), Some(Rule::Sig15));
}

/// Withheld package, wrong length.
#[test]
fn a_file_that_is_missing_or_has_another_length_is_told() {
    let (maker, entry, object, path) = published();
    let whole = maker.server.file(&path);
    maker.server.remove(&path);
    assert!(matches!(statements(&maker.server, &entry), Err(Error::Missing(p)) if p == path));
    maker.server.put(&path, [&whole[..], b"\0"].concat());
    assert_eq!(rule(&maker.server, &entry), Some(Rule::Rep9));
    maker.server.put(&path, whole[..100].to_vec());
    assert_eq!(rule(&maker.server, &entry), Some(Rule::Rep9));
    assert_eq!(rule(&maker.server.without_ranges(), &entry), Some(Rule::Rep9));
    maker.server.put(&path, whole.clone());
    // The right total with the wrong part, and a part that is too short.
    let elsewhere =
        maker.server.lying(|_, r| Ok(Response { range: r.range.map(|(_, total)| (1, total)), ..r }));
    assert_eq!(rule(&elsewhere, &entry), Some(Rule::Rep9));
    let short = maker.server.lying(move |_, _| Ok(answer(206, Some((0, object.size)), &whole[..64])));
    assert_eq!(rule(&short, &entry), Some(Rule::Rep9));
    let unsaid = maker.server.lying(|_, r| Ok(Response { range: None, ..r }));
    assert_eq!(rule(&unsaid, &entry), Some(Rule::Rep9));
    let none = maker.server.lying(|_, _| Ok(answer(416, None, b"")));
    assert_eq!(rule(&none, &entry), Some(Rule::Rep9));
    // More than was asked for is not read.
    let endless = maker.server.lying(|_, r| {
        let more = std::io::Read::chain(Plain(r.body), std::io::repeat(0));
        Ok(Response { body: body(more), ..r })
    });
    assert!(statements(&endless, &entry).is_ok());
}

/// A body as the standard library reads it.
struct Plain(Box<dyn io::Read>);

impl std::io::Read for Plain {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        Ok(self.0.read(buffer)?)
    }
}

#[test]
fn a_whole_package_is_compared_with_its_name() {
    let (maker, entry, _, path) = published();
    let fetched = |server: &Server| {
        let mut bytes = Vec::new();
        let sink = |new: &[u8]| -> Result<(), io::Error> {
            bytes.extend_from_slice(new);
            Ok(())
        };
        fetch::package(&mut server.clone(), &entry, sink).map(|()| bytes)
    };
    let whole = maker.server.file(&path);
    assert_eq!(fetched(&maker.server).expect("a package"), whole);
    assert_eq!(fetched(&maker.server.without_ranges()).expect("a package"), whole);
    let mut changed = whole.clone();
    changed[whole.len() - 1_100] ^= 1;
    for other in [changed, whole[..whole.len() - 1].to_vec(), [&whole[..], b"\0"].concat()] {
        maker.server.put(&path, other);
        assert_eq!(fetched(&maker.server.without_ranges()).unwrap_err().rule(), Some(Rule::Rep9));
        assert_eq!(fetched(&maker.server).unwrap_err().rule(), Some(Rule::Rep9));
    }
    let endless =
        maker.server.lying(|_, _| Ok(Response { body: body(std::io::repeat(0)), ..answer(200, None, b"") }));
    assert_eq!(fetched(&endless).unwrap_err().rule(), Some(Rule::Rep9));
    maker.server.put(&path, whole);
    let full = fetch::package(&mut maker.server.clone(), &entry, |_| Err(io::Error::new("no room")));
    assert!(matches!(full, Err(Error::Unread { .. })));
}

/// The connection breaks many times: each time, reading resumes where it stopped.
#[test]
fn a_package_is_read_through_interruptions() {
    let (maker, _, object, path) = published();
    let whole = maker.server.file(&path);
    let breaking = maker.server.lying(|_, r| {
        let some = std::io::Read::take(Plain(r.body), 700);
        Ok(Response { body: body(std::io::Read::chain(some, Broken)), ..r })
    });
    let remote = Remote::package(breaking.clone(), &object);
    let mut verified =
        open(Std(remote)).expect("a package").verify(&standard(), &Policy::default()).expect("trusted");
    let mut stored = Vec::new();
    run::drain(&mut verified, &mut |chunk| stored.extend_from_slice(chunk)).expect("chunks");
    verified.finish().expect("the end");
    assert_eq!(stored, Fake::security().stored());
    assert!(breaking.asked().len() >= whole.len() / 700, "each answer breaks off after 700 bytes");
    // An answer without a single byte, three times in a row, is given up on.
    let dead = maker.server.lying(|_, r| Ok(Response { body: body(Broken), ..r }));
    assert!(matches!(open(Std(Remote::package(dead.clone(), &object))), Err(pkg_verify::Error::Io(_))));
    assert_eq!(dead.asked().len(), 3);
    let empty = maker.server.lying(|_, r| Ok(Response { body: body(&b""[..]), ..r }));
    assert!(matches!(open(Std(Remote::package(empty, &object))), Err(pkg_verify::Error::Io(_))));
}

/// A reader that breaks off.
struct Broken;

impl std::io::Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
        Err(std::io::ErrorKind::ConnectionReset.into())
    }
}

/// A reader of this project as the standard library reads it.
struct Std<T>(Remote<T>);

impl<T: pkg_repository::Transport> std::io::Read for Std<T> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        Ok(io::Read::read(&mut self.0, buffer)?)
    }
}

/// Bytes that change between two ranges: the statements were read, and then the file became another.
#[test]
fn a_file_that_changes_between_two_ranges_is_refused() {
    let (maker, entry, object, path) = published();
    let seen = statements(&maker.server, &entry).expect("statements");
    let mut changed = maker.server.file(&path);
    let payload = Fake::security().container().offset("payload/0") + 512;
    changed[payload] ^= 1;
    maker.server.put(&path, changed);
    let remote = Remote::package(maker.server.clone(), &object);
    let mut verified =
        open(remote).expect("a package").verify(&standard(), &Policy::default()).expect("trusted");
    assert_eq!(
        verified.manifest_digest(),
        seen.manifest_digest(),
        "what was decided on is what is installed"
    );
    let mut payload = verified.next_payload().expect("a payload").expect("one");
    assert_eq!(payload.next_chunk().unwrap_err().rule(), Some(Rule::Pay1));
}

/// What an interrupted install has is not transferred again.
#[test]
fn skipping_asks_for_a_later_range() {
    let (maker, _, object, path) = published();
    let whole = maker.server.file(&path);
    for server in [maker.server.clone(), maker.server.without_ranges()] {
        let mut remote = Remote::package(server, &object);
        let mut first = [0; 100];
        read_exactly(&mut remote, &mut first);
        io::Read::skip(&mut remote, 1_000).expect("skipped");
        let mut then = [0; 100];
        read_exactly(&mut remote, &mut then);
        assert_eq!((&first[..], &then[..]), (&whole[..100], &whole[1_100..1_200]));
        io::Read::skip(&mut remote, 1 << 40).expect("beyond the end");
        assert_eq!(io::Read::read(&mut remote, &mut then).expect("the end"), 0);
    }
}

fn read_exactly(remote: &mut impl io::Read, mut buffer: &mut [u8]) {
    while !buffer.is_empty() {
        let n = remote.read(buffer).expect("bytes");
        buffer = &mut buffer[n..];
    }
}

/// Deltas are at places that a device computes: one that is not there means the full package.
#[test]
fn a_delta_is_at_its_computed_place() {
    let maker = Maker::new();
    let (target, base) = (pkg_format::Digest::of(b"new"), pkg_tests::device::state());
    let missing = Remote::delta(maker.server.clone(), &target, &base);
    assert!(matches!(missing, Err(Error::Missing(path)) if path == paths::delta(&target, &base)));
    maker.server.put(&paths::delta(&target, &base), Fake::delta().package());
    for server in [maker.server.clone(), maker.server.without_ranges()] {
        let remote = Remote::delta(server, &target, &base).map_err(|e| e.to_string()).expect("a delta");
        let mut verified =
            open(remote).expect("a package").verify(&standard(), &Policy::default()).expect("trusted");
        while let Some(mut payload) = verified.next_payload().expect("payloads") {
            while payload.next_chunk().expect("chunks").is_some() {}
        }
        verified.finish().expect("the end");
    }
}
