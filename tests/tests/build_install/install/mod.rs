//! Installing to files and devices: going on after an interruption, slots, attacks on paths, kills.

#![cfg(unix)]

mod attacks;
mod bounds;
mod cli;
mod errors;
mod kills;
mod resume;
mod slots;

use pkg_codec::delta;
use pkg_install::{Error, InstallOptions, Output, Resumed, apply_with};
use pkg_tests::fake::content;
use pkg_tests::fake::path::{digest, map, num, text};
use pkg_tests::{Fake, keyrings};
use pkg_verify::{Complete, Policy, Verified, open};
use std::cell::RefCell;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The images of the release that is installed here.
fn boot() -> Vec<u8> {
    content("boot new", 3_000)
}

fn rootfs() -> Vec<u8> {
    content("rootfs new", 20_000)
}

/// A full package of both, in chunks of 1,500 bytes.
fn full() -> Vec<u8> {
    let mut fake = Fake::security();
    for (at, image) in [boot(), rootfs()].into_iter().enumerate() {
        let chunks: Vec<_> = image.chunks(1_500).map(|c| (c.len(), c.to_vec())).collect();
        fake = carrying(fake, at, &image, 64 << 10, &chunks);
    }
    fake.package()
}

fn carrying(fake: Fake, at: usize, image: &[u8], memory: u64, chunks: &[(usize, Vec<u8>)]) -> Fake {
    fake.set(&format!("images[{at}].size"), num(image.len() as u64))
        .set(&format!("images[{at}].sha256"), digest(image))
        .set_delivery(&format!("payloads[{at}].decode-memory"), num(memory))
        .storing_chunks(at, chunks)
}

/// What runs of the second component.
fn running() -> Vec<u8> {
    content("rootfs old", 19_000)
}

/// A package with the first image whole and the second as a delta from what runs.
fn delta() -> Vec<u8> {
    delta_from(&running())
}

fn delta_from(old: &[u8]) -> Vec<u8> {
    let boot = boot();
    let fake = carrying(Fake::delta(), 0, &boot, 64 << 10, &[(boot.len(), boot.clone())]);
    with_delta(fake, 1, old).package()
}

/// The other way round, the second image in chunks of 1,500 bytes.
fn delta_first() -> Vec<u8> {
    let image = boot_of(20_000);
    let chunks: Vec<_> = image.chunks(1_500).map(|c| (c.len(), c.to_vec())).collect();
    let fake = carrying(Fake::security(), 1, &image, 64 << 10, &chunks);
    let fake = fake.set_delivery("kind", text("delta")).set_delivery("payloads[0].codec", text("delta-1"));
    with_delta(fake, 0, &running()).package()
}

fn boot_of(size: usize) -> Vec<u8> {
    content("boot new", size)
}

fn with_delta(fake: Fake, at: usize, old: &[u8]) -> Fake {
    let (new, mut chunks) = (rootfs(), Vec::new());
    let options = delta::EncodeOptions { memory: 1 << 30, ..delta::EncodeOptions::default() };
    let memory = delta::encode(&old, &&new[..], &options, &mut |n, stored| {
        chunks.push((n as usize, stored.to_vec()));
        Ok(())
    });
    let base = map([("sha256", digest(old)), ("size", num(old.len() as u64)), ("version", text("1.4.2"))]);
    carrying(fake, at, &new, memory.expect("a delta"), &chunks)
        .set_delivery(&format!("payloads[{at}].base"), base)
}

/// A reader that fails after so many bytes: a connection that breaks, a stick that is pulled out.
struct Breaking<'p>(&'p [u8], usize);

impl Read for Breaking<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.1 == 0 {
            return Err(io::Error::other("the connection broke"));
        }
        let length = buffer.len().min(self.1);
        self.1 -= length;
        self.0.read(&mut buffer[..length])
    }
}

fn verified<R: pkg_verify::io::Read>(package: R) -> Verified<R> {
    open(package).and_then(|p| p.verify(&keyrings::standard(), &Policy::default())).expect("a sound package")
}

/// A folder, and what is applied there.
struct Place {
    dir: TempDir,
    resumed: RefCell<Vec<Resumed>>,
}

impl Place {
    fn new() -> Place {
        Place { dir: tempfile::tempdir().expect("a folder"), resumed: RefCell::default() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        fs::write(self.path(name), bytes).expect("a file");
        self.path(name)
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    /// The names in it, sorted.
    fn list(&self) -> Vec<String> {
        list(self.dir.path())
    }

    /// Both images go to files.
    fn outputs(&self) -> Vec<Output> {
        let output = |c| Output::new(c, self.path(&format!("{c}.img"))).expect("an output");
        ["boot", "rootfs"].map(output).into()
    }

    fn apply(&self, package: impl pkg_verify::io::Read, outputs: &[Output]) -> Result<Complete, Error> {
        self.apply_seeing(package, outputs, &|_| ())
    }

    /// With something that happens while images are written.
    fn apply_seeing(
        &self,
        package: impl pkg_verify::io::Read,
        outputs: &[Output],
        progress: &dyn Fn(u64),
    ) -> Result<Complete, Error> {
        let options = InstallOptions {
            checkpoint: 1,
            progress,
            resumed: &|r| self.resumed.borrow_mut().push(r.clone()),
            ..InstallOptions::default()
        };
        apply_with(verified(package), outputs, None, &options)
    }

    /// Both images are there, and nothing else but `more`.
    fn assert_done(&self, more: &[&str]) {
        assert!(self.read("boot.img") == boot() && self.read("rootfs.img") == rootfs());
        let mut expected: Vec<_> =
            ["boot.img", "rootfs.img"].iter().chain(more).map(|n| n.to_string()).collect();
        expected.sort();
        assert_eq!(self.list(), expected);
    }
}

fn list(folder: &Path) -> Vec<String> {
    let name = |e: io::Result<fs::DirEntry>| e.expect("an entry").file_name().into_string().expect("a name");
    let mut names: Vec<_> = fs::read_dir(folder).expect("a folder").map(name).collect();
    names.sort();
    names
}
