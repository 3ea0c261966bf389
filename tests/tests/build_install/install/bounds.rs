//! What an install may take: nothing of a payload is read before the policy allows its memory.

use super::{Place, full, verified};
use pkg_format::Rule;
use pkg_install::InstallOptions;
use pkg_tests::fake::path::num;
use pkg_tests::{Fake, keyrings};
use pkg_verify::{Policy, open};
use std::cell::Cell;
use std::io::{self, Read};

/// Counts what was read.
struct Counting<'p>(&'p [u8], &'p Cell<usize>);

impl Read for Counting<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.0.read(buffer)?;
        self.1.set(self.1.get() + length);
        Ok(length)
    }
}

#[test]
fn memory_beyond_the_policy_is_refused_before_a_payload_is_read() {
    let declared = 1 << 20;
    let package = Fake::security().set_delivery("payloads[1].decode-memory", num(declared)).package();
    let payload = package.windows(9).position(|w| w == b"payload/0").expect("a payload");
    for (allowed, refused) in [(declared - 1, true), (declared, false)] {
        let (policy, read) = (Policy::default().with_decode_memory(allowed), Cell::new(0));
        let judged = open(Counting(&package, &read)).and_then(|p| p.verify(&keyrings::standard(), &policy));
        match judged {
            Err(error) => assert!(refused && error.rule() == Some(Rule::Pol1), "{error}"),
            Ok(_) => assert!(!refused),
        }
        // The header of the first payload is looked at, to know that the statements are over.
        assert!(read.get() <= payload + 512, "{} bytes read, the payload is behind {payload}", read.get());
    }
}

/// A package that is read to be verified is read once: an install does not begin again.
#[test]
fn a_package_is_read_once() {
    let (package, read, place) = (full(), Cell::new(0), Place::new());
    pkg_install::apply(verified(Counting(&package, &read)), &place.outputs(), &InstallOptions::default())
        .expect("applied");
    assert_eq!(read.get(), package.len());
}
