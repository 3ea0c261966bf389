//! Repositories in an object store: what is sent, what is tried again, and which store is refused.

mod commands;
mod signature;
mod stand_in;

use super::{notice, opened, published, started, with};
use pkg_format::Digest;
use pkg_publish::{
    Catalogue, Content, Created, Error, PART, S3Credentials, S3Error, S3Place, S3Settings, S3Store, Store,
    create, mirror,
};
use pkg_repository::{Range, Request, Transport};
use pkg_tests::heads;
use pkg_tests::keyrings::standard;
use stand_in::{Fault, KEY, SECRET, StandIn, TOKEN};
use std::collections::BTreeSet;
use std::io::Write as _;
use std::time::{Duration, SystemTime};

fn clock() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("a time after 1970")
}

fn with_parts(stand_in: &StandIn, part: u64) -> S3Store {
    let settings = S3Settings {
        place: S3Place::parse("s3://acme-updates/r").expect("a place"),
        region: "us-east-1".into(),
        endpoint: Some(stand_in.endpoint()),
        authorities: None,
        credentials: S3Credentials::new(KEY, SECRET, Some(TOKEN)),
        clock,
        part,
    };
    S3Store::new(settings).expect("a store")
}

fn store(stand_in: &StandIn) -> S3Store {
    with_parts(stand_in, PART)
}

fn read(store: &mut S3Store, path: &str, range: Option<Range>) -> (u16, Option<(u64, u64)>, Vec<u8>) {
    let response = store.ask(&Request { path, range, etag: None }).expect("an answer");
    let (mut body, mut bytes, mut piece) = (response.body, Vec::new(), [0; 4096]);
    while let n @ 1.. = body.read(&mut piece).expect("bytes") {
        bytes.extend_from_slice(&piece[..n]);
    }
    (response.status, response.range, bytes)
}

fn file(bytes: &[u8]) -> std::fs::File {
    let mut file = tempfile::tempfile().expect("a file");
    file.write_all(bytes).expect("a write");
    file
}

/// A whole repository of notices, with its entries.
fn entries(store: &mut S3Store) -> usize {
    let (catalogue, report) =
        pkg_publish::check(store, &heads::name(), &standard(), &|_| ()).expect("a repository");
    assert_eq!(report.faults, []);
    catalogue.log().entries().len()
}

#[test]
fn a_file_is_created_once_and_read_in_parts() {
    let stand_in = StandIn::new();
    let mut store = store(&stand_in);
    assert!(store.needs_proof());
    assert_eq!(store.create("a/b", &Content::Bytes(b"content")).unwrap(), Created::New);
    assert_eq!(store.create("a/b", &Content::Bytes(b"other")).unwrap(), Created::There);
    assert!(!store.needs_proof());
    let range = |first, length| Some(Range { first, length });
    assert_eq!(read(&mut store, "a/b", None), (200, None, b"content".to_vec()));
    assert_eq!(read(&mut store, "a/b", range(2, Some(3))), (206, Some((2, 7)), b"nte".to_vec()));
    assert_eq!(read(&mut store, "a/b", range(5, None)), (206, Some((5, 7)), b"nt".to_vec()));
    assert_eq!((read(&mut store, "a/b", range(7, None)).0, read(&mut store, "a/c", None).0), (416, 404));
    store.replace("head", b"one").unwrap();
    store.replace("head", b"two").unwrap();
    let objects = stand_in.objects();
    let caches: Vec<_> = objects.iter().map(|(path, o)| (path.as_str(), o.cache.as_str())).collect();
    let immutable = "max-age=31536000, immutable, no-transform";
    assert_eq!(caches, [("r/a/b", immutable), ("r/head", "max-age=60, no-transform")]);
    assert_eq!(objects["r/head"].bytes, b"two");
}

#[test]
fn a_large_file_goes_in_parts_and_each_is_tried_again() {
    let bytes: Vec<u8> = (0..250_000u32).map(|n| (n % 251) as u8).collect();
    let (file, digest) = (file(&bytes), Digest::of(&bytes));
    for (request, fault) in [
        ("PUT /acme-updates/r/big", Fault::Broken),
        ("PUT /acme-updates/r/big", Fault::Unheard),
        ("PUT /acme-updates/r/big", Fault::Answer(503, "SlowDown")),
        ("POST /acme-updates/r/big", Fault::Answer(500, "InternalError")),
        ("HEAD /acme-updates/r/big", Fault::Answer(503, "SlowDown")),
        // An answer that begins before the work is done.
        ("POST /acme-updates/r/big", Fault::Answer(200, "InternalError")),
    ] {
        for part in [100_000, PART] {
            let stand_in = StandIn::new();
            let mut store = with_parts(&stand_in, part);
            stand_in.fault(request, fault);
            let created = store.create("big", &Content::File(&file, digest)).unwrap();
            let heard = fault != Fault::Unheard || part < PART;
            assert_eq!(created, if heard { Created::New } else { Created::There }, "{request} {fault:?}");
            assert_eq!(stand_in.objects()["r/big"].bytes, bytes, "{request} {fault:?}");
            assert_eq!(stand_in.objects()["r/big"].cache, "max-age=31536000, immutable, no-transform");
            assert_eq!(stand_in.uploads(), 0);
            stand_in.requests();
            assert_eq!(store.create("big", &Content::File(&file, digest)).unwrap(), Created::There);
            assert_eq!(
                stand_in.requests(),
                ["HEAD /acme-updates/r/big"],
                "nothing is sent to hear that it is there"
            );
        }
    }
    // The answer to what creates the file gets lost.
    let stand_in = StandIn::new();
    stand_in.fault("POST /acme-updates/r/big", Fault::Answer(409, "ConditionalRequestConflict"));
    stand_in.fault("POST /acme-updates/r/big uploadId", Fault::Unheard);
    let created = with_parts(&stand_in, 100_000).create("big", &Content::File(&file, digest)).unwrap();
    assert_eq!((created, stand_in.faults_left()), (Created::There, 0));
    assert_eq!(stand_in.objects()["r/big"].bytes, bytes);
}

#[test]
fn a_file_that_changes_is_not_created() {
    let bytes = vec![7; 250_000];
    let file = file(&bytes);
    for part in [100_000, PART] {
        let stand_in = StandIn::new();
        let mut store = with_parts(&stand_in, part);
        let failed = store.create("big", &Content::File(&file, Digest::of(b"other"))).unwrap_err();
        assert!(failed.to_string().contains("changed"), "{failed}");
        assert!(stand_in.objects().is_empty() && stand_in.uploads() == 0);
    }
}

#[test]
fn what_passes_is_tried_again() {
    for fault in [
        Fault::Answer(409, "ConditionalRequestConflict"),
        Fault::Answer(429, "TooManyRequests"),
        Fault::Answer(500, "InternalError"),
        Fault::Answer(503, "SlowDown"),
        Fault::Answer(400, "RequestTimeout"),
        Fault::Broken,
        Fault::Unheard,
    ] {
        let stand_in = StandIn::new();
        let mut store = store(&stand_in);
        started(&mut store);
        let folder = tempfile::tempdir().unwrap();
        for path in ["packages/", "products/acme/cam/stable/heads/2", "products/acme/cam/stable/log/"] {
            stand_in.fault(&format!("PUT /acme-updates/r/{path}"), fault);
        }
        stand_in.fault("GET", Fault::Answer(503, "SlowDown"));
        stand_in.fault("GET", Fault::Broken);
        let packages = [opened(folder.path(), "a.pkg", &notice(3))];
        let outcome = published(&mut store, &packages).unwrap();
        assert_eq!((outcome.version, entries(&mut store), stand_in.faults_left()), (2, 1, 0), "{fault:?}");
    }
}

#[test]
fn a_refusal_is_told_once_and_without_secrets() {
    let stand_in = StandIn::new();
    let mut store = store(&stand_in);
    stand_in.fault("PUT", Fault::Answer(403, "AccessDenied"));
    let refused = store.create("a", &Content::Bytes(b"x")).unwrap_err();
    let expected = S3Error::Answer { status: 403, code: Some("AccessDenied".into()) };
    assert_eq!(S3Error::from_io(&refused), Some(&expected));
    assert_eq!(stand_in.requests().len(), 1, "it is not tried again");
    // A wrong secret, and nobody there.
    let settings = |endpoint: String| S3Settings {
        place: S3Place::parse("s3://acme-updates").unwrap(),
        region: "us-east-1".into(),
        endpoint: Some(endpoint),
        authorities: None,
        credentials: S3Credentials::new(KEY, "wrong-secret", Some(TOKEN)),
        clock,
        part: PART,
    };
    let wrong = S3Store::new(settings(stand_in.endpoint())).unwrap().create("a", &Content::Bytes(b"x"));
    let nobody =
        S3Store::new(settings("http://127.0.0.1:1".into())).unwrap().create("a", &Content::Bytes(b"x"));
    let mut said = vec![refused.to_string(), format!("{refused:?}")];
    for error in [wrong.unwrap_err(), nobody.unwrap_err()] {
        said.extend([error.to_string(), format!("{error:?}")]);
    }
    assert!(said[2].contains("403 SignatureDoesNotMatch") && said[4].contains("does not answer"), "{said:?}");
    for text in &said {
        for secret in [SECRET, TOKEN, KEY, "wrong-secret", "X-Amz"] {
            assert!(!text.contains(secret), "{text}");
        }
    }
    assert!(stand_in.objects().is_empty());
}

#[test]
fn a_store_that_overwrites_is_refused() {
    // For a new log, for one that is there, and for a mirror.
    let stand_in = StandIn::new();
    stand_in.ignore_conditions();
    let new = with(|options| create(&mut store(&stand_in), &heads::name(), 259_200, options));
    assert!(matches!(new, Err(Error::NotCreateOnly(_))), "{new:?}");
    assert!(!stand_in.objects().keys().any(|path| path.contains("head")), "{:?}", stand_in.objects().keys());

    let stand_in = StandIn::new();
    started(&mut store(&stand_in));
    stand_in.ignore_conditions();
    let before = stand_in.objects();
    let folder = tempfile::tempdir().unwrap();
    let refused =
        published(&mut store(&stand_in), &[opened(folder.path(), "a.pkg", &notice(3))]).unwrap_err();
    assert!(matches!(refused, Error::NotCreateOnly(_)), "{refused}");
    assert_eq!(stand_in.objects(), before, "nothing was changed");
    let mut from = pkg_publish::FolderStore::new(folder.path());
    started(&mut from);
    let copied = mirror(&mut from, &mut store(&stand_in), &heads::name(), &standard(), &|_| ()).unwrap_err();
    assert!(matches!(copied, Error::NotCreateOnly(_)), "{copied}");

    // One that says that it does not know the condition.
    let stand_in = StandIn::new();
    stand_in.fault("PUT", Fault::Answer(501, "NotImplemented"));
    let new = with(|options| create(&mut store(&stand_in), &heads::name(), 259_200, options));
    assert!(matches!(new, Err(Error::NotCreateOnly(_))), "{new:?}");
}

#[test]
fn a_bucket_that_is_not_there_is_named() {
    let stand_in = StandIn::new();
    let settings = S3Settings {
        place: S3Place::parse("s3://other").unwrap(),
        region: "us-east-1".into(),
        endpoint: Some(stand_in.endpoint()),
        authorities: None,
        credentials: S3Credentials::new(KEY, SECRET, None),
        clock,
        part: PART,
    };
    let refused = S3Store::new(settings).unwrap().create("a", &Content::Bytes(b"x")).unwrap_err();
    assert!(refused.to_string().contains("404 NoSuchBucket"), "{refused}");
}

#[test]
fn eight_publishers_lose_nothing() {
    let stand_in = StandIn::new();
    started(&mut store(&stand_in));
    const EACH: u64 = 4;
    std::thread::scope(|scope| {
        for publisher in 0..8 {
            let stand_in = &stand_in;
            scope.spawn(move || {
                let folder = tempfile::tempdir().unwrap();
                for n in 1..=EACH {
                    let package = opened(folder.path(), "a.pkg", &notice(publisher * EACH + n));
                    let mut store = store(stand_in);
                    // Each of them meets a broken connection now and then.
                    stand_in.fault("/heads/", if n % 2 == 0 { Fault::Unheard } else { Fault::Broken });
                    published(&mut store, std::slice::from_ref(&package)).unwrap();
                }
            });
        }
    });
    let mut store = store(&stand_in);
    assert_eq!(entries(&mut store), 32);
    let catalogue = Catalogue::read(&mut store, &heads::name(), &standard()).unwrap();
    let numbers: BTreeSet<_> = catalogue.log().entries().iter().map(|e| e.sequence).collect();
    assert_eq!((numbers.len(), catalogue.head().head().version), (32, 33));
}
