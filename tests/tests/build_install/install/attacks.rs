//! Attacks on output paths (threat T30): nothing is written through what somebody put there.

use super::{Place, full, list, rootfs};
use pkg_install::{Error, Output};
use std::cell::{Cell, OnceCell};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

const PRECIOUS: &str = "precious";

/// The second image alone, to `rootfs.img`.
fn output(place: &Place) -> Vec<Output> {
    place.outputs().split_off(1)
}

/// Puts something at `name`, and applies. The victim keeps its bytes.
fn attacked(name: &str, put: &dyn Fn(&Path, &Path)) -> (Place, Result<(), Error>) {
    let place = Place::new();
    let victim = place.write("victim", PRECIOUS);
    put(&victim, &place.path(name));
    let applied = place.apply(&full()[..], &output(&place)).map(drop);
    assert_eq!(place.read("victim"), PRECIOUS.as_bytes(), "{name}");
    (place, applied)
}

fn link(victim: &Path, at: &Path) {
    symlink(victim, at).expect("a link");
}

fn dangling(victim: &Path, at: &Path) {
    symlink(victim.with_file_name("not-there"), at).expect("a link");
}

fn hard(victim: &Path, at: &Path) {
    fs::hard_link(victim, at).expect("a hard link");
}

fn pipe(_: &Path, at: &Path) {
    assert!(Command::new("mkfifo").arg(at).status().expect("mkfifo").success());
}

fn folder(_: &Path, at: &Path) {
    fs::create_dir(at).expect("a folder");
}

#[test]
fn what_is_no_file_is_not_replaced() {
    for (put, what) in [
        (&link as &dyn Fn(&Path, &Path), "a symbolic link"),
        (&dangling, "a symbolic link"),
        (&folder, "a folder"),
        (&pipe, "a pipe"),
    ] {
        let (place, applied) = attacked("rootfs.img", put);
        let error = applied.unwrap_err();
        assert!(matches!(&error, Error::NotAFile { found, .. } if *found == what), "{error}");
        assert_eq!(place.list(), ["rootfs.img", "victim"]);
    }
}

/// The names of our own files are known beforehand: what stands there and is not ours is not used.
#[test]
fn what_stands_where_ours_would_be_is_not_used() {
    for name in [".rootfs.img.pkg-part", ".rootfs.img.pkg-journal", ".rootfs.img.pkg-lock"] {
        for (put, what) in [
            (&link as &dyn Fn(&Path, &Path), "a symbolic link"),
            (&dangling, "a symbolic link"),
            (&hard, "a file with several names"),
            (&folder, "a folder"),
            (&pipe, "a pipe"),
        ] {
            let (place, applied) = attacked(name, put);
            let error = applied.unwrap_err();
            assert!(matches!(&error, Error::Stranger { found, .. } if *found == what), "{name}: {error}");
            assert_eq!(place.list(), [name, "victim"], "{what}");
        }
    }
}

/// Only root can give a file away, so only then is this tested.
#[test]
fn a_part_of_another_user_is_not_used() {
    let place = Place::new();
    let part = place.write(".rootfs.img.pkg-part", "");
    if std::os::unix::fs::chown(&part, Some(4_711), None).is_err() {
        eprintln!("note: files cannot be given away here; not tested");
        return;
    }
    let error = place.apply(&full()[..], &output(&place)).unwrap_err();
    assert!(matches!(error, Error::Stranger { found: "a file of another user", .. }), "{error}");
}

/// A rename replaces the name; whoever has another name for the old file keeps it.
#[test]
fn a_hard_link_is_replaced_not_written_through() {
    let (place, applied) = attacked("rootfs.img", &hard);
    applied.expect("applied");
    assert!(place.read("rootfs.img") == rootfs());
}

#[test]
fn a_folder_behind_a_link_is_not_used() {
    let place = Place::new();
    fs::create_dir(place.path("real")).expect("a folder");
    symlink(place.path("real"), place.path("link")).expect("a link");
    let output = [Output::new("rootfs", place.path("link/rootfs.img")).expect("an output")];
    let error = place.apply(&full()[..], &output).unwrap_err();
    assert!(matches!(&error, Error::Link { path } if path.ends_with("link")), "{error}");
    assert!(list(&place.path("real")).is_empty());
    let output = [Output::new("rootfs", place.path("real/rootfs.img")).expect("an output").in_place()];
    fs::write(place.path("real/rootfs.img"), vec![0; 20_000]).expect("a slot");
    place.apply(&full()[..], &output).expect("applied");
    let output = [Output::new("rootfs", place.path("link/rootfs.img")).expect("an output").in_place()];
    assert!(matches!(place.apply(&full()[..], &output), Err(Error::Link { .. })));
}

/// What is in place is written through its name: it may have one only.
#[test]
fn links_are_not_written_in_place() {
    for (put, what) in [
        (&link as &dyn Fn(&Path, &Path), "a symbolic link"),
        (&hard, "a file with several names"),
        (&folder, "a folder"),
        (&pipe, "a pipe"),
    ] {
        let place = Place::new();
        let victim = place.write("victim", vec![1; 30_000]);
        put(&victim, &place.path("rootfs.img"));
        let output = [output(&place).remove(0).in_place()];
        let error = place.apply(&full()[..], &output).unwrap_err();
        assert!(matches!(&error, Error::NotAFile { found, .. } if *found == what), "{what}: {error}");
        assert_eq!(place.read("victim"), vec![1; 30_000]);
        assert_eq!(place.list(), ["rootfs.img", "victim"]);
    }
}

/// Runs `act` once, while the image is written.
fn meanwhile(place: &Place, act: &dyn Fn()) -> Result<(), Error> {
    let acted = Cell::new(false);
    let progress = |bytes| {
        if bytes > 0 && !acted.replace(true) {
            act();
        }
    };
    let output = [Output::new("rootfs", place.path("real/rootfs.img")).expect("an output")];
    place.apply_seeing(&full()[..], &output, &progress).map(drop)
}

#[test]
fn a_folder_that_is_swapped_gets_nothing() {
    type Swap = fn(&Place);
    let swaps: [(&str, Swap); 3] = [
        ("by another folder", |p| {
            fs::rename(p.path("real"), p.path("moved")).expect("a rename");
            fs::create_dir(p.path("real")).expect("a folder");
        }),
        ("by a link", |p| {
            fs::rename(p.path("real"), p.path("moved")).expect("a rename");
            symlink(p.path("victim"), p.path("real")).expect("a link");
        }),
        ("by nothing", |p| fs::rename(p.path("real"), p.path("moved")).expect("a rename")),
    ];
    for (what, swap) in swaps {
        let place = Place::new();
        fs::create_dir(place.path("real")).expect("a folder");
        fs::create_dir(place.path("victim")).expect("a folder");
        let error = meanwhile(&place, &|| swap(&place)).unwrap_err();
        assert!(matches!(error, Error::Moved { .. }), "{what}: {error}");
        assert!(list(&place.path("victim")).is_empty(), "{what}");
        assert!(list(&place.path("moved")).is_empty(), "{what}: {:?}", list(&place.path("moved")));
    }
}

#[test]
fn a_part_that_is_swapped_is_not_given_the_name() {
    let place = Place::new();
    fs::create_dir(place.path("real")).expect("a folder");
    place.write("real/rootfs.img", "old");
    let error = meanwhile(&place, &|| {
        let evil = place.write("evil", rootfs());
        fs::rename(evil, place.path("real/.rootfs.img.pkg-part")).expect("a rename");
    });
    assert!(matches!(error, Err(Error::Moved { .. })), "{error:?}");
    assert_eq!(place.read("real/rootfs.img"), b"old");
    // Nor one that gets a second name, by which it could be written later.
    let place = Place::new();
    fs::create_dir(place.path("real")).expect("a folder");
    let error = meanwhile(&place, &|| {
        fs::hard_link(place.path("real/.rootfs.img.pkg-part"), place.path("second")).expect("a link");
    });
    assert!(matches!(error, Err(Error::Moved { .. })), "{error:?}");
    assert!(!place.path("real/rootfs.img").exists());
}

/// Somebody swaps the folder with a link to another one, as fast as possible.
#[test]
fn a_race_for_the_folder_is_lost_by_whoever_swaps_it() {
    let place = Place::new();
    for name in ["real", "victim"] {
        fs::create_dir(place.path(name)).expect("a folder");
    }
    symlink(place.path("victim"), place.path("link")).expect("a link");
    let (package, stop) = (full(), AtomicBool::new(false));
    let paths = ["real", "link", "aside"].map(|n| place.path(n));
    let (done, refused) = std::thread::scope(|scope| {
        let stop = &stop;
        scope.spawn(move || {
            let [real, link, aside] = paths;
            while !stop.load(Ordering::Relaxed) {
                for (from, to) in [(&real, &aside), (&link, &real), (&real, &link), (&aside, &real)] {
                    fs::rename(from, to).expect("a rename");
                }
            }
        });
        let mut counts = (0, 0);
        for _ in 0..300 {
            let output = [Output::new("rootfs", place.path("real/rootfs.img")).expect("an output")];
            match place.apply(&package[..], &output) {
                Ok(_) => counts.0 += 1,
                Err(_) => counts.1 += 1,
            }
        }
        stop.store(true, Ordering::Relaxed);
        counts
    });
    println!("{done} applied, {refused} not; none of it went through the link");
    assert!(list(&place.path("victim")).is_empty(), "{:?}", list(&place.path("victim")));
    assert!(refused > 0, "the race was never close");
    // And when nobody swaps any more, it is done.
    let output = [Output::new("rootfs", place.path("real/rootfs.img")).expect("an output")];
    place.apply(&package[..], &output).expect("applied");
    assert_eq!(list(&place.path("real")), ["rootfs.img"]);
}

#[test]
fn two_runs_at_one_place_do_not_meet() {
    let place = Place::new();
    let nested = OnceCell::new();
    let progress = |bytes| {
        if bytes > 0 {
            nested.get_or_init(|| place.apply(&full()[..], &output(&place)).map(drop).unwrap_err());
        }
    };
    place.apply_seeing(&full()[..], &output(&place), &progress).expect("applied");
    assert!(matches!(nested.get(), Some(Error::Busy { .. })), "{nested:?}");
    assert_eq!(place.list(), ["rootfs.img"]);
}

#[test]
fn a_new_image_has_rights_of_our_own_and_no_more_than_the_old_one() {
    let mine = mode_of_a_new_file();
    for (mode, new) in [(0o600, 0o600), (0o640, 0o640 & mine), (0o755, mine), (0o666, mine), (0o4777, mine)] {
        let place = Place::new();
        let path = place.write("rootfs.img", "old");
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("a mode");
        place.apply(&full()[..], &output(&place)).expect("applied");
        assert_eq!(fs::metadata(&path).expect("it").mode() & 0o7777, new);
    }
}

/// What the umask leaves of 0644.
fn mode_of_a_new_file() -> u32 {
    let place = Place::new();
    place.apply(&full()[..], &output(&place)).expect("applied");
    let mode = fs::metadata(place.path("rootfs.img")).expect("it").mode() & 0o7777;
    assert_eq!(mode & !0o644, 0, "{mode:o}");
    mode
}

/// Whoever could put a file there first would else choose who may write to the image. Only root can give files away.
#[test]
fn the_file_of_another_user_gives_an_image_no_rights() {
    let place = Place::new();
    let path = place.write("rootfs.img", "");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).expect("a mode");
    if std::os::unix::fs::chown(&path, Some(4_711), None).is_err() {
        eprintln!("note: files cannot be given away here; not tested");
        return;
    }
    place.apply(&full()[..], &output(&place)).expect("applied");
    let there = fs::metadata(&path).expect("it");
    assert_eq!((there.uid(), there.mode() & 0o7777), (0, mode_of_a_new_file()));
}
