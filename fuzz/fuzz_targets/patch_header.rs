//! Whatever a patch says of itself: what is read is what would be written, or an error.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::path::Path;

fuzz_target!(|bytes: &[u8]| {
    let mut rest = bytes;
    if let Ok(patch) = pkg_install::read_patch(&mut rest, Path::new("patch")) {
        let read = bytes.len() - rest.len();
        assert_eq!(patch.to_bytes(), bytes[..read]);
    }
});
