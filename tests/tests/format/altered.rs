//! Nothing altered is ever accepted: every byte flipped, every length cut, every reader failing.

use pkg_format::Rule;
use pkg_tests::{Fake, fake::path::text, keyrings, keys::key, run};
use pkg_verify::{Error, Keyring, open};
use std::io::{self, Read};

/// The masks that each byte is changed by: lowest bit, highest bit, all bits.
const MASKS: [u8; 3] = [0x01, 0x80, 0xff];

/// Runs `check` for each of `range`, split over two threads.
fn split(range: usize, check: impl Fn(usize) + Sync) {
    std::thread::scope(|scope| {
        for half in 0..2 {
            let check = &check;
            scope.spawn(move || (0..range).filter(|i| i % 2 == half).for_each(check));
        }
    });
}

/// Both readers' rules for a package that must be refused.
fn refused(package: &[u8], keyring: &Keyring, what: &str) -> Rule {
    let of = |verdict: Result<_, Error>, reader: &str| match verdict {
        Ok(_) => panic!("ACCEPTED by the {reader} reader: {what}"),
        Err(e) => e.rule().unwrap_or_else(|| panic!("{what}: {e}")),
    };
    let (stream, whole) =
        (of(run::stream(package, keyring), "forward"), of(run::whole(package, keyring), "whole"));
    assert_eq!(stream, whole, "{what}: forward and whole readers disagree");
    stream
}

#[test]
fn no_flipped_byte_is_accepted() {
    let (good, keyring) = (Fake::small().package(), keyrings::standard());
    assert!(run::stream(&good[..], &keyring).is_ok() && run::whole(&good, &keyring).is_ok());
    split(good.len(), |at| {
        let mut bad = good.clone();
        for mask in MASKS {
            bad[at] = good[at] ^ mask;
            refused(&bad, &keyring, &format!("byte {at} xor {mask:#04x}"));
        }
    });
}

#[test]
fn no_cut_is_accepted() {
    let (good, keyring) = (Fake::small().package(), keyrings::standard());
    split(good.len(), |length| {
        let rule = refused(&good[..length], &keyring, &format!("cut to {length} bytes"));
        // Signatures are judged before the payload is read, and a cut statement never gets there.
        assert_eq!(rule, if length < 512 { Rule::Con1 } else { Rule::Con6 }, "cut to {length} bytes");
    });
}

#[test]
fn no_lengthening_is_accepted() {
    let (good, keyring) = (Fake::small().package(), keyrings::standard());
    for more in [&[0u8][..], &[1], &[0; 512], &[0; 1024], &[0; 8192], &good] {
        let longer = [&good[..], more].concat();
        assert_eq!(refused(&longer, &keyring, &format!("{} bytes more", more.len())), Rule::Con7);
    }
}

/// Two keys sign; one would be enough. A byte of the other's signature may still not be wrong
/// unnoticed, except that a signature may come to name a key that nobody knows.
#[test]
fn with_two_signers_no_flip_outside_the_signatures_is_accepted() {
    let package =
        Fake::small().signed_by(&[key("all"), key("security")]).delivered_by(&[key("all"), key("delivery")]);
    let (container, good, keyring) = (package.container(), package.package(), keyrings::standard());
    assert!(run::stream(&good[..], &keyring).is_ok());
    let signatures: Vec<_> = ["manifest.cose", "delivery.cose"]
        .map(|name| {
            let body = container.offset(name) + 512;
            body..body + container.members[container.place(name)].body.len()
        })
        .to_vec();
    split(good.len(), |at| {
        let mut bad = good.clone();
        for mask in MASKS {
            bad[at] = good[at] ^ mask;
            if !signatures.iter().any(|range| range.contains(&at)) {
                refused(&bad, &keyring, &format!("byte {at} xor {mask:#04x}"));
                continue;
            }
            // Inside: refused, or accepted with one signer fewer and every statement as it was.
            if let Ok(complete) = run::stream(&bad[..], &keyring) {
                assert_eq!(complete.signers().len(), 3, "byte {at} xor {mask:#04x}");
                assert_eq!(complete.manifest_digest(), package.digest());
                assert!(run::whole(&bad, &keyring).is_ok());
            }
        }
    });
}

/// Words are covered as releases are.
#[test]
fn no_flipped_byte_of_a_notice_is_accepted() {
    let keyring = keyrings::standard();
    let good = Fake::notice().with_evidence("vex", "application/json", b"{}").package();
    assert!(run::stream(&good[..], &keyring).is_ok());
    split(good.len(), |at| {
        let mut bad = good.clone();
        for mask in MASKS {
            bad[at] = good[at] ^ mask;
            refused(&bad, &keyring, &format!("byte {at} xor {mask:#04x}"));
        }
    });
}

/// Members of two true packages, mixed in every way, make no third.
#[test]
fn no_mixture_of_two_packages_is_accepted() {
    let keyring = keyrings::standard();
    let one = Fake::security();
    let two = Fake::security().set("id", text("cam-1.4.4"));
    for of_two in 1..(1u32 << 6) - 1 {
        let mut mixed = one.container();
        assert_eq!(mixed.members.len(), 6);
        let other = two.container();
        for (i, member) in mixed.members.iter_mut().enumerate() {
            if of_two & (1 << i) != 0 {
                *member = other.members[i].clone();
            }
        }
        let mixed = mixed.to_bytes();
        // Payloads are the same in both: swapping only those swaps nothing.
        if mixed != one.package() && mixed != two.package() {
            refused(&mixed, &keyring, &format!("members {of_two:06b} of the second"));
        }
    }
}

/// Where two things are wrong, both readers name the one that stands first, in the same words,
/// however many threads look.
#[test]
fn of_two_faults_both_readers_name_the_first() {
    let keyring = keyrings::standard();
    let package = Fake::security().with_evidence("sbom", "text/plain", b"one").with_evidence(
        "vex",
        "text/plain",
        b"two",
    );
    let (container, good) = (package.container(), package.package());
    let mut places = vec![good.len() - 1024, good.len() - 1];
    for (name, chunks) in
        [("payload/0", &[0][..]), ("payload/1", &[0, 200, 400]), ("evidence/0", &[0]), ("evidence/1", &[0])]
    {
        let at = container.offset(name);
        // The header, the first byte of each chunk, the padding.
        places.extend([at + 200, at + 512 + 511]);
        places.extend(chunks.iter().map(|c| at + 512 + c));
    }
    for (i, first) in places.iter().enumerate() {
        for second in &places[i + 1..] {
            let mut bad = good.clone();
            bad[*first] ^= 1;
            bad[*second] ^= 1;
            let forward = run::stream(&bad[..], &keyring).unwrap_err().to_string();
            for _ in 0..4 {
                let whole = run::whole(&bad, &keyring).unwrap_err().to_string();
                assert_eq!(forward, whole, "bytes {first} and {second}");
            }
        }
    }
}

/// Hands out one byte at a time.
struct Drip<'a>(&'a [u8]);

impl Read for Drip<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = buffer.len().min(1);
        self.0.read(&mut buffer[..n])
    }
}

/// Hands out what there is, then behaves as told.
struct Until<'a> {
    bytes: &'a [u8],
    then: fn(&mut [u8]) -> io::Result<usize>,
}

impl Read for Until<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.bytes.read(buffer)? {
            0 if !buffer.is_empty() => (self.then)(buffer),
            n => Ok(n),
        }
    }
}

#[test]
fn a_slow_reader_changes_nothing() {
    let keyring = keyrings::standard();
    for package in [Fake::security(), Fake::delta(), Fake::notice()] {
        assert!(run::stream(Drip(&package.package()), &keyring).is_ok());
    }
    let cut = Fake::small().package();
    let error = run::stream(Drip(&cut[..cut.len() - 1]), &keyring).unwrap_err();
    assert_eq!(error.rule(), Some(Rule::Con6));
}

#[test]
fn a_reader_that_fails_anywhere_never_completes() {
    let (good, keyring) = (Fake::small().package(), keyrings::standard());
    split(good.len() + 1, |at| {
        let failing = Until { bytes: &good[..at], then: |_| Err(io::Error::other("no more")) };
        match run::stream(failing, &keyring) {
            Err(Error::Io(_)) => {}
            Err(other) => panic!("failed at {at}: {other}"),
            Ok(_) => panic!("failed at {at}: accepted"),
        }
    });
}

/// Whoever goes on after an error gets nothing, and no proof.
#[test]
fn after_a_failure_nothing_more_comes_out() {
    let (good, keyring) = (Fake::security(), keyrings::standard());
    let body = good.container().offset("payload/0") + 512;
    let mut flaky = good.package();
    flaky[body] ^= 1;
    let mut verified = open(&flaky[..]).unwrap().verify(&keyring, &Default::default()).unwrap();
    let mut payload = verified.next_payload().unwrap().expect("a payload");
    assert_eq!(payload.next_chunk().unwrap_err().rule(), Some(Rule::Pay1));
    assert!(payload.next_chunk().is_err());
    assert!(verified.next_payload().is_err());
    assert!(verified.next_evidence().is_err());
    assert!(verified.finish().is_err());
}

#[test]
fn a_reader_that_lies_about_its_count_is_not_believed() {
    let (good, keyring) = (Fake::small().package(), keyrings::standard());
    for at in (0..good.len()).step_by(256) {
        let lying = Until { bytes: &good[..at], then: |buffer| Ok(buffer.len() + 1) };
        assert!(matches!(run::stream(lying, &keyring), Err(Error::Io(_))), "lied at {at}");
        let wild = Until { bytes: &good[..at], then: |_| Ok(usize::MAX) };
        assert!(matches!(run::stream(wild, &keyring), Err(Error::Io(_))), "lied at {at}");
    }
}

#[test]
fn a_reader_that_never_ends_is_refused() {
    let keyring = keyrings::standard();
    let endless: fn(&mut [u8]) -> io::Result<usize> = |buffer| {
        buffer.fill(0);
        Ok(buffer.len())
    };
    let good = Fake::small().package();
    let error = run::stream(Until { bytes: &good, then: endless }, &keyring).unwrap_err();
    assert_eq!(error.rule(), Some(Rule::Con7), "zeros without end behind a package");
    let error = run::stream(Until { bytes: &[], then: endless }, &keyring).unwrap_err();
    assert_eq!(error.rule(), Some(Rule::Con1), "zeros without end");
}

#[test]
fn an_interrupted_read_is_tried_again() {
    struct Interrupted<'a>(&'a [u8], bool);
    impl Read for Interrupted<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.1 = !self.1;
            if self.1 { Err(io::ErrorKind::Interrupted.into()) } else { self.0.read(buffer) }
        }
    }
    let good = Fake::security().package();
    assert!(run::stream(Interrupted(&good, false), &keyrings::standard()).is_ok());
}
