//! Lists what differs between two images: `cargo run -p pkg-contents --example differences OLD NEW`.

use pkg_contents::{Image, Limits, ListOptions, differences, list};
use std::sync::atomic::AtomicBool;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let paths: Vec<_> = std::env::args().skip(1).collect();
    let [old, new] = paths.as_slice() else { return Err("give two images".into()) };
    let interrupted = AtomicBool::new(false);
    let options =
        ListOptions { limits: Limits::default(), scratch: &std::env::temp_dir(), interrupted: &interrupted };
    let read = |path: &str| -> Result<_, Box<dyn std::error::Error>> {
        Ok(list(&Image::file(std::fs::File::open(path)?)?, &options)?)
    };
    let (old, new) = (read(old)?, read(new)?);
    for (name, listing) in [("old", &old), ("new", &new)] {
        println!(
            "{name}: {:?}, {} entries, unread: {:?}",
            listing.formats,
            listing.entries.len(),
            listing.unread
        );
    }
    for change in differences(&old, &new) {
        println!("{} {}", change.sign(), change.path());
    }
    Ok(())
}
