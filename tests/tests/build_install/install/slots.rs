//! Slots of fixed size: files and devices that are written in place, and never the one that runs.

use super::{Breaking, Place, boot, delta, full, rootfs, running, verified};
use pkg_format::Id;
use pkg_install::{Error, FileStorage, InstallOptions, Output, Slot, Slots, Stream, Target, install};
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::{lchown, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Both images go in place.
fn in_place(place: &Place) -> Vec<Output> {
    place.outputs().into_iter().map(Output::in_place).collect()
}

#[test]
fn an_image_is_smaller_than_its_slot() {
    let place = Place::new();
    place.write("boot.img", vec![7; 3_000]);
    place.write("rootfs.img", vec![7; 50_000]);
    place.apply(&full()[..], &in_place(&place)).expect("applied");
    assert!(place.read("boot.img") == boot());
    assert!(place.read("rootfs.img") == [rootfs(), vec![7; 30_000]].concat());
    assert_eq!(place.list(), ["boot.img", "rootfs.img"]);
}

#[test]
fn a_slot_that_is_too_small_is_found_before_the_first_write() {
    let place = Place::new();
    place.write("boot.img", vec![7; 3_000]);
    place.write("rootfs.img", vec![7; 19_999]);
    let error = place.apply(&full()[..], &in_place(&place)).unwrap_err();
    assert!(matches!(error, Error::TooSmall { size: 20_000, capacity: 19_999, .. }), "{error}");
    assert!(place.read("boot.img") == vec![7; 3_000] && place.read("rootfs.img") == vec![7; 19_999]);
    assert_eq!(place.list(), ["boot.img", "rootfs.img"]);
    // One that is not there is not made: who names it made a mistake.
    fs::remove_file(place.path("rootfs.img")).expect("it");
    assert!(matches!(place.apply(&full()[..], &in_place(&place)), Err(Error::Write { .. })));
    assert!(place.read("boot.img") == vec![7; 3_000]);
}

#[test]
fn what_a_delta_starts_from_is_not_written() {
    let place = Place::new();
    place.write("boot.img", vec![7; 3_000]);
    let slot = place.write("rootfs.img", running());
    symlink(&slot, place.path("by-another-name")).expect("a link");
    for base in ["rootfs.img", "by-another-name"] {
        let outputs: Vec<_> = in_place(&place).into_iter().map(|o| o.from_base(place.path(base))).collect();
        let error = place.apply(&delta()[..], &outputs).unwrap_err();
        assert!(matches!(error, Error::Same { .. }), "{error}");
        assert!(place.read("rootfs.img") == running() && place.read("boot.img") == vec![7; 3_000]);
    }
}

#[test]
fn an_install_in_place_goes_on() {
    let (package, place) = (full(), Place::new());
    place.write("boot.img", vec![7; 4_000]);
    place.write("rootfs.img", vec![7; 50_000]);
    let broken = place.apply(Breaking(&package, package.len() - 6_000), &in_place(&place));
    assert!(matches!(broken, Err(Error::Package(_))));
    assert_eq!(place.list(), [".boot.img.pkg-journal", "boot.img", "rootfs.img"]);
    place.apply(&package[..], &in_place(&place)).expect("applied");
    let resumed = place.resumed.borrow();
    assert!(matches!(&resumed[..], [r] if r.finished == 1), "{resumed:?}");
    assert!(place.read("rootfs.img").starts_with(&rootfs()));
    assert_eq!(place.list(), ["boot.img", "rootfs.img"]);
}

#[test]
fn the_slot_that_does_not_run_is_chosen() {
    let place = Place::new();
    let (a, b) = (place.write("a.img", running()), place.path("b.img"));
    let slots = Slots::new("rootfs", &a, &b).expect("slots");
    let output = slots.output(Slot::A).expect("an output");
    assert_eq!((output.path.as_path(), output.base.as_deref()), (b.as_path(), Some(a.as_path())));
    place.apply(&delta()[..], &[output]).expect("applied");
    assert!(place.read("a.img") == running() && place.read("b.img") == rootfs());
    assert_eq!(slots.output(Slot::B).expect("an output").path, a);
    assert_eq!((slots.path(Slot::A), Slot::A.other()), (a.as_path(), Slot::B));
    // One file by two names is no two slots.
    for (name, make) in [
        ("same.img", None),
        ("link.img", Some(symlink as fn(PathBuf, PathBuf) -> std::io::Result<()>)),
        ("hard.img", Some(fs::hard_link)),
    ] {
        let other = match make {
            None => a.clone(),
            Some(make) => {
                make(a.clone(), place.path(name)).expect("a link");
                place.path(name)
            }
        };
        for running in [Slot::A, Slot::B] {
            let slots = Slots::new("rootfs", &a, &other).expect("slots");
            let error = slots.output(running).map(drop).unwrap_err();
            assert!(matches!(error, Error::Same { .. }), "{name}: {error}");
        }
    }
}

/// A sink that is written forward: no way back, so an interruption means from the start.
#[test]
fn an_image_can_go_to_a_stream() {
    let (mut sink, place) = (Vec::new(), Place::new());
    let mut journal = FileStorage::growing(File::create_new(place.path("journal")).expect("a file"));
    // Opened for writing only, it cannot be read: a journal of no use does no harm.
    let mut stream = Stream::new(&mut sink);
    let mut targets = [Target {
        component: Id::new("rootfs").expect("an id"),
        name: Path::new("the stream"),
        storage: &mut stream,
        base: None,
    }];
    let journal = Some((&mut journal as &mut dyn pkg_install::Storage, Path::new("journal")));
    install(verified(&full()[..]), &mut targets, journal, &InstallOptions::default()).expect("installed");
    assert!(sink == rootfs());
}

#[test]
fn a_stream_that_ends_is_an_error() {
    struct Full(usize);
    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            let taken = bytes.len().min(self.0);
            self.0 -= taken;
            Ok(taken)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut stream = Stream::new(Full(10_000));
    let mut targets = [Target {
        component: Id::new("rootfs").expect("an id"),
        name: Path::new("the stream"),
        storage: &mut stream,
        base: None,
    }];
    let error = install(verified(&full()[..]), &mut targets, None, &InstallOptions::default()).unwrap_err();
    assert!(matches!(error, Error::Write { .. }), "{error}");
}

/// A block device that is a file, for as long as it is held.
struct Loop(String);

impl Loop {
    fn of(backing: &Path) -> Option<Loop> {
        let attached = Command::new("losetup").args(["-f", "--show"]).arg(backing).output().ok()?;
        let name = String::from_utf8(attached.stdout).expect("a name").trim().to_owned();
        attached.status.success().then_some(Loop(name))
    }
}

impl Drop for Loop {
    fn drop(&mut self) {
        let _ = Command::new("losetup").args(["-d", &self.0]).status();
    }
}

/// A block device, where the system lets a test have one.
#[test]
fn an_image_goes_to_a_block_device() {
    let place = Place::new();
    let Some(device) = Loop::of(&place.write("backing", vec![7; 64 << 10])) else {
        eprintln!("note: no loop device can be had here; a block device was not tested");
        return;
    };
    let (device, link) = (&device.0, place.path("by-label"));
    symlink(device, &link).expect("a link");
    let to = |component, path: &Path| Output::new(component, path).expect("an output");
    place.apply(&full()[..], &[to("rootfs", &link)]).expect("applied");
    let written = fs::read(device).expect("the device");
    assert!(written.len() == 64 << 10 && written.starts_with(&rootfs()));
    assert!(written[20_000..].iter().all(|b| *b == 7));
    // Twice by two names; and a base on the device that is written.
    let two = [to("rootfs", &link), to("boot", Path::new(device))];
    assert!(matches!(
        place.apply(&full()[..], &two),
        Err(Error::Twice { .. } | Error::Busy { .. } | Error::Write { .. })
    ));
    let from_itself = [to("rootfs", &link).from_base(device)];
    assert!(matches!(place.apply(&delta()[..], &from_itself), Err(Error::Same { .. })));
    // A link that somebody else put there leads nowhere.
    let evil = place.path("evil");
    symlink(device, &evil).expect("a link");
    lchown(&evil, Some(4_711), None).expect("root, who has loop devices, gives files away");
    let error = place.apply(&full()[..], &[to("rootfs", &evil)]).map(drop).unwrap_err();
    assert!(matches!(error, Error::NotAFile { found: "a symbolic link", .. }), "{error}");
    fs::remove_file(evil).expect("it");
    // A device as a base is larger than what runs on it.
    let mut slot = running();
    slot.resize(64 << 10, 9);
    fs::write(device, slot).expect("the device");
    place.apply(&delta()[..], &[to("rootfs", &place.path("new.img")).from_base(device)]).expect("applied");
    assert!(place.read("new.img") == rootfs());
    assert_eq!(place.list(), ["backing", "by-label", "new.img"]);
}
