//! Any bytes as an image: a listing that is sorted and within the limits, and no panic, not even a caught one.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pkg_contents::{Image, Limits, ListOptions, differences, list};
use std::sync::atomic::AtomicBool;

fuzz_target!(|bytes: Vec<u8>| {
    let interrupted = AtomicBool::new(false);
    let limits = Limits { entries: 1000, paths: 1 << 20, content: 4 << 20, decoded: 4 << 20 };
    let options = ListOptions { limits, scratch: &std::env::temp_dir(), interrupted: &interrupted };
    let listing = list(&Image::memory(bytes), &options).expect("an image in memory can be read");
    assert_ne!(listing.unread.as_deref(), Some("the reader failed"));
    assert!(listing.entries.len() <= limits.entries);
    assert!(listing.entries.windows(2).all(|pair| pair[0].path < pair[1].path));
    assert!(listing.unread.is_none() || listing.entries.is_empty());
    assert!(differences(&listing, &listing).is_empty());
});
