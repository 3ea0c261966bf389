//! An installer that goes on skips what it has, and is told so.
#![cfg(feature = "std")]

use pkg_verify::io::{Read, Seekable};
use pkg_verify::{ExampleKeys, Keyring, Policy, Result, Verified, open};
use std::io::{Cursor, Seek, SeekFrom};

const FILE: &[u8] = include_bytes!("../../../testdata/golden/format-1/cam-x1-1.4.3.full.pkg");
const KEYRING: &[u8] = include_bytes!("../../../keys-example/EXAMPLE.keyring");

fn verified<R: Read>(reader: R) -> Verified<R> {
    let keyring = Keyring::open(KEYRING, ExampleKeys::DangerAccept).unwrap();
    open(reader).unwrap().verify(&keyring, &Policy::default()).unwrap()
}

/// Counts what is read.
struct Counted(Cursor<&'static [u8]>, u64);

impl std::io::Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n = std::io::Read::read(&mut self.0, buffer)?;
        self.1 += n as u64;
        Ok(n)
    }
}

impl Seek for Counted {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.0.seek(to)
    }
}

/// Every chunk of a package, where the first `skipped` of each payload are left out.
fn chunks<R: Read>(mut package: Verified<R>, skipped: usize) -> Result<(Vec<Vec<u8>>, u64)> {
    let mut chunks = Vec::new();
    while let Some(mut payload) = package.next_payload()? {
        payload.danger_skip_chunks(skipped)?;
        while let Some((_, bytes)) = payload.take_chunk()? {
            chunks.push(bytes);
        }
    }
    Ok((chunks, package.finish()?.skipped()))
}

#[test]
fn what_is_not_skipped_is_the_same_and_what_is_skipped_is_told() {
    let (all, none) = chunks(verified(FILE), 0).unwrap();
    assert_eq!(none, 0);
    let payloads = verified(FILE).delivery().unwrap().payloads.clone();
    for skipped in [1, 2, usize::MAX] {
        let mut rest = all.iter();
        let mut expected = Vec::new();
        let mut left_out = 0;
        for payload in &payloads {
            for (n, bytes) in rest.by_ref().take(payload.chunks.len()).enumerate() {
                if n < skipped {
                    left_out += bytes.len() as u64;
                } else {
                    expected.push(bytes.clone());
                }
            }
        }
        assert_eq!(chunks(verified(FILE), skipped).unwrap(), (expected.clone(), left_out));
        assert_eq!(
            chunks(verified(Seekable::new(Cursor::new(FILE))), skipped).unwrap(),
            (expected, left_out)
        );
    }
}

#[test]
fn a_seekable_reader_does_not_read_what_is_skipped() {
    let mut reader = Counted(Cursor::new(FILE), 0);
    let (_, skipped) = chunks(verified(Seekable::new(&mut reader)), usize::MAX).unwrap();
    assert!(skipped > 0);
    assert_eq!(reader.1, FILE.len() as u64 - skipped);
}

#[test]
fn a_package_that_ends_where_it_is_skipped_is_refused() {
    let payload = verified(FILE).delivery().unwrap().payloads.last().unwrap().stored_bytes();
    let cut = FILE.len() - usize::try_from(payload).unwrap();
    for reader in [&FILE[..cut], &FILE[..FILE.len() - 1]] {
        let refused = chunks(verified(Seekable::new(Cursor::new(reader))), usize::MAX).unwrap_err();
        assert!(refused.rule().is_some(), "{refused}");
        assert_eq!(chunks(verified(reader), usize::MAX).unwrap_err().rule(), refused.rule());
    }
}
