//! Whatever a file of a repository holds: a verdict. What is read is written again to the same bytes, and a log that is
//! read to its end has the root that was named.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pkg_format::Digest;
use pkg_format::repository::{Head, Page, TreeHead};
use pkg_repository::{Log, Reading, Record};
use pkg_verify::{ExampleKeys, Keyring, verify_head_of_any_log};

const PINNED: &[u8] = include_bytes!("../../format-spec/keyring-vectors/version-1.keyring");

fuzz_target!(|bytes: &[u8]| {
    // A vector of format-spec/repository-vectors is a seed: its file follows the header.
    let header = bytes.starts_with(b"name: ").then(|| bytes.windows(2).position(|w| w == b"\n\n")).flatten();
    let file = header.and_then(|at| bytes.get(at + 2..)).unwrap_or(bytes);
    let keyring = Keyring::open(PINNED, ExampleKeys::DangerAccept).expect("the vectors are sound");
    let _ = verify_head_of_any_log(file, &keyring);
    if let Ok(head) = Head::decode(file) {
        assert_eq!(head.to_tree().to_bytes(), file);
    }
    if let Ok(record) = Record::from_bytes(file) {
        assert_eq!(record.to_bytes(), file);
    }
    let Ok(page) = Page::decode(file) else { return };
    assert_eq!(page.to_tree().to_bytes(), file);
    // As the first page and as one after others, of a log that may have this size and a root that it has not.
    let size = page.first().saturating_add(page.entries.len() as u64);
    let named = TreeHead { size, root: Digest([7; 32]) };
    if let Ok(mut reading) = Reading::new(Log::new(), named) {
        let _ = reading.take(file);
        assert!(reading.finish(|_| "a page".into()).is_err(), "no file has this root");
    }
    let mut log = Log::new();
    if log.append(&page).is_ok() {
        let mut reading = Reading::new(Log::new(), log.head()).expect("longer than nothing");
        reading.take(file).expect("its only page");
        assert_eq!(reading.finish(|_| "a page".into()).expect("the whole log").head(), log.head());
    }
});
