//! Whatever a keyring file holds, for a client that trusts version 1 of the vectors: a verdict; what it goes on to
//! is not older, and is where it is again after the same file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pkg_verify::{ExampleKeys, Keyring};

const PINNED: &[u8] = include_bytes!("../../format-spec/keyring-vectors/version-1.keyring");

fuzz_target!(|bytes: &[u8]| {
    // A vector of format-spec/keyring-vectors is a seed: its file follows the header.
    let header = bytes.starts_with(b"name: ").then(|| bytes.windows(2).position(|w| w == b"\n\n")).flatten();
    let file = header.and_then(|at| bytes.get(at + 2..)).unwrap_or(bytes);
    let pinned = Keyring::open(PINNED, ExampleKeys::DangerAccept).expect("the vectors are sound");
    let _ = Keyring::open(file, ExampleKeys::DangerAccept);
    if let Ok(update) = pinned.update(file, ExampleKeys::DangerAccept) {
        assert!(update.keyring().version() >= pinned.version());
        let again = update.keyring().update(file, ExampleKeys::DangerAccept).expect("the same file");
        assert_eq!(again.keyring().digest(), update.keyring().digest());
    }
});
