//! Whatever a package holds: a verdict, and no statement of an unsigned one.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(package) = pkg_verify::open(bytes) {
        let _ = package.unverified_statements();
        let _ = package.check_form();
    }
});
