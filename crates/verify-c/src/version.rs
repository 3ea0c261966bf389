//! The version of the library.

use std::ffi::c_char;

/// The version of the library that the program runs with: major * 10000 + minor * 100 + patch. The header
/// that it was compiled with has PKG_VERIFY_VERSION_NUMBER.
#[unsafe(no_mangle)]
pub extern "C" fn pkg_version_number() -> u32 {
    const NUMBER: u32 = number(env!("CARGO_PKG_VERSION_MAJOR")) * 10_000
        + number(env!("CARGO_PKG_VERSION_MINOR")) * 100
        + number(env!("CARGO_PKG_VERSION_PATCH"));
    NUMBER
}

/// The same version as text, such as "0.1.0". It is never freed.
#[unsafe(no_mangle)]
pub extern "C" fn pkg_version_string() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

const fn number(digits: &str) -> u32 {
    match u32::from_str_radix(digits, 10) {
        Ok(number) => number,
        Err(_) => panic!("the version of a package is made of numbers"),
    }
}
