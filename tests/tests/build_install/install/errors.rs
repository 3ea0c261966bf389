//! Storage that fails at some call, once or from then on: each read, write and sync of an install in turn,
//! of the images, of the journal and of the base. What comes of it is an error or the images, and the same
//! install then succeeds.

use super::{boot, delta_from, rootfs, verified};
use pkg_format::Id;
use pkg_install::{Base, Error, InstallOptions, ReadError, Storage, Target, install};
use std::cell::Cell;
use std::io;
use std::num::NonZeroUsize;
use std::path::Path;

/// Which call fails, counted over all that an install touches.
struct Fault {
    calls: Cell<u64>,
    at: u64,
    for_ever: bool,
}

impl Fault {
    fn check(&self) -> io::Result<()> {
        let call = self.calls.replace(self.calls.get() + 1);
        match call == self.at || (self.for_ever && call > self.at) {
            true => Err(io::Error::other("the medium failed")),
            false => Ok(()),
        }
    }
}

/// Storage that a fault befalls. A write that fails is done half.
struct Faulty<'f> {
    bytes: &'f mut Vec<u8>,
    fault: &'f Fault,
}

impl Storage for Faulty<'_> {
    fn capacity(&self) -> io::Result<u64> {
        self.fault.check()?;
        Ok(self.bytes.len() as u64)
    }

    fn read_at(&self, at: u64, buffer: &mut [u8]) -> io::Result<()> {
        self.fault.check()?;
        let there = self.bytes.get(at as usize..).and_then(|rest| rest.get(..buffer.len()));
        buffer.copy_from_slice(there.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn write_at(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        let (at, result) = (at as usize, self.fault.check());
        let done = if result.is_ok() { bytes.len() } else { bytes.len() / 2 };
        self.bytes[at..at + done].copy_from_slice(&bytes[..done]);
        result
    }

    fn sync(&mut self) -> io::Result<()> {
        self.fault.check()
    }
}

/// A base is read by several threads: its calls are not counted with the others.
struct FaultyBase(Vec<u8>, std::sync::atomic::AtomicU64);

impl Base for FaultyBase {
    fn size(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_exact_at(&self, at: u64, buffer: &mut [u8]) -> Result<(), ReadError> {
        use std::sync::atomic::Ordering::Relaxed;
        // Wraps where it is at its end: then nothing fails.
        if self.1.fetch_sub(1, Relaxed) == 0 {
            return Err(ReadError::new("the base cannot be read"));
        }
        buffer.copy_from_slice(&self.0[at as usize..][..buffer.len()]);
        Ok(())
    }
}

/// What an install leaves: two slots, larger than their images, and a journal.
#[derive(Clone)]
struct Media {
    boot: Vec<u8>,
    rootfs: Vec<u8>,
    journal: Vec<u8>,
}

impl Media {
    fn new() -> Media {
        Media { boot: vec![0xb0; 3_100], rootfs: vec![0xf5; 20_500], journal: vec![0; 8 << 10] }
    }

    fn install(&mut self, package: &[u8], fault: &Fault, base: &FaultyBase) -> Result<(), Error> {
        let mut boot = Faulty { bytes: &mut self.boot, fault };
        let mut rootfs = Faulty { bytes: &mut self.rootfs, fault };
        let mut journal = Faulty { bytes: &mut self.journal, fault };
        let name = |c| (Id::new(c).expect("an id"), Path::new(c));
        let target = |c, storage| {
            let (component, name) = name(c);
            let base: (&dyn Base, &Path) = (base, Path::new("running"));
            Target { component, name, storage, base: Some(base) }
        };
        let mut targets: [Target<'_>; 2] = [target("boot", &mut boot), target("rootfs", &mut rootfs)];
        let options = InstallOptions { checkpoint: 1, jobs: NonZeroUsize::MIN, ..InstallOptions::default() };
        let journal: (&mut dyn Storage, &Path) = (&mut journal, Path::new("journal"));
        install(verified(package), &mut targets, Some(journal), &options).map(drop)
    }

    fn assert_done(&self, what: &str) {
        assert!(self.boot[..3_000] == boot() && self.rootfs[..20_000] == rootfs(), "{what}");
        assert!(self.boot[3_000..].iter().all(|b| *b == 0xb0), "{what}: behind the image");
        assert!(self.rootfs[20_000..].iter().all(|b| *b == 0xf5), "{what}: behind the image");
    }
}

fn none() -> Fault {
    Fault { calls: Cell::new(0), at: u64::MAX, for_ever: false }
}

/// The image in use, most of which is in the new one.
fn runs() -> Vec<u8> {
    let mut image = rootfs();
    image.iter_mut().step_by(900).for_each(|byte| *byte ^= 0x55);
    image
}

fn base(fails_at: u64) -> FaultyBase {
    FaultyBase(runs(), fails_at.into())
}

#[test]
fn every_call_may_fail() {
    let (mut failed, mut passed) = (0, 0);
    for package in [super::full(), delta_from(&runs())] {
        let (mut media, counted) = (Media::new(), none());
        media.install(&package, &counted, &base(u64::MAX)).expect("installed");
        media.assert_done("without a fault");
        for (at, for_ever) in (0..counted.calls.get()).flat_map(|at| [(at, false), (at, true)]) {
            let mut media = Media::new();
            let what = format!("call {at}, for ever {for_ever}");
            let fault = Fault { calls: Cell::new(0), at, for_ever };
            match media.install(&package, &fault, &base(u64::MAX)) {
                // What fails and does not matter: reading a journal.
                Ok(()) => {
                    media.assert_done(&what);
                    passed += 1;
                }
                Err(Error::Package(error)) => panic!("{what}: no fault of the package: {error}"),
                Err(_) => failed += 1,
            }
            // The next attempt may fail at another call, too.
            let second = Fault { calls: Cell::new(0), at: at / 2, for_ever };
            match media.install(&package, &second, &base(u64::MAX)) {
                Err(Error::Package(error)) => panic!("{what}, again: no fault of the package: {error}"),
                Err(_) => {}
                Ok(()) => media.assert_done(&what),
            }
            media.install(&package, &none(), &base(u64::MAX)).unwrap_or_else(|e| panic!("{what}: {e}"));
            media.assert_done(&what);
        }
    }
    println!("{failed} failed, {passed} went on");
    assert!(failed > 150 && passed > 0);
}

#[test]
fn every_read_of_a_base_may_fail() {
    let package = delta_from(&runs());
    let all = base(u64::MAX);
    Media::new().install(&package, &none(), &all).expect("installed");
    let reads = u64::MAX - all.1.into_inner();
    assert!(reads > 1, "{reads}");
    for at in 0..reads {
        let mut media = Media::new();
        let error = media.install(&package, &none(), &base(at)).unwrap_err();
        assert!(matches!(error, Error::ReadBase { .. }), "read {at}: {error}");
        media.install(&package, &none(), &base(u64::MAX)).unwrap_or_else(|e| panic!("read {at}: {e}"));
        media.assert_done("after a base that could not be read");
    }
}

/// Storage that takes every write, and keeps one byte otherwise.
struct Rotten<'f>(Faulty<'f>, u64);

impl Storage for Rotten<'_> {
    fn capacity(&self) -> io::Result<u64> {
        self.0.capacity()
    }

    fn read_at(&self, at: u64, buffer: &mut [u8]) -> io::Result<()> {
        self.0.read_at(at, buffer)
    }

    fn write_at(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        self.0.write_at(at, bytes)?;
        if (at..at + bytes.len() as u64).contains(&self.1) {
            self.0.bytes[self.1 as usize] ^= 0x10;
        }
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        self.0.sync()
    }
}

/// What was written is read back: an image that the medium keeps otherwise is no image, and no fault of the
/// package.
#[test]
fn what_is_kept_otherwise_is_found_out() {
    let (package, fault) = (super::full(), none());
    for rotten in [0, 1_499, 7_000, 19_999] {
        let (mut bytes, mut journal) = (vec![0; 20_500], vec![0; 8 << 10]);
        for (at, sound) in [(rotten, false), (u64::MAX, true)] {
            let mut storage = Rotten(Faulty { bytes: &mut bytes, fault: &fault }, at);
            let component = Id::new("rootfs").expect("an id");
            let target = Target { component, name: Path::new("rootfs"), storage: &mut storage, base: None };
            let mut kept = Faulty { bytes: &mut journal, fault: &fault };
            let kept: (&mut dyn Storage, &Path) = (&mut kept, Path::new("journal"));
            let options = InstallOptions { checkpoint: 1, ..InstallOptions::default() };
            match install(verified(&package[..]), &mut [target], Some(kept), &options) {
                Ok(_) => assert!(sound, "byte {rotten}"),
                Err(error) => assert!(!sound && matches!(error, Error::ReadBack { .. }), "{rotten}: {error}"),
            }
        }
        assert!(bytes[..20_000] == rootfs(), "byte {rotten}: the next attempt writes it anew");
    }
}
