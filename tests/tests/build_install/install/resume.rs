//! An install that breaks off goes on, from wherever it came to and whatever was done to what it left.

use super::{Breaking, Place, boot, boot_of, delta, delta_first, full, list, rootfs, running};
use pkg_format::Rule;
use pkg_install::{Error, Output};
use pkg_verify::io::Seekable;
use std::cell::Cell;
use std::fs;
use std::io::{self, Cursor, Read, Seek, SeekFrom};

/// Applies what breaks off after so many bytes: an interruption, not a refusal.
fn broken(place: &Place, package: &[u8], after: usize, outputs: &[Output]) {
    match place.apply(Breaking(package, after), outputs) {
        Err(Error::Package(pkg_verify::Error::Io(_))) => {}
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("{after} bytes suffice"),
    }
}

/// The place of the first payload's first byte.
fn payload(package: &[u8]) -> usize {
    package.windows(9).position(|w| w == b"payload/0").expect("a payload") + 512
}

#[test]
fn it_goes_on_from_every_place_where_it_breaks_off() {
    let package = full();
    let mut resumed = 0;
    for after in (payload(&package)..package.len()).step_by(700) {
        let place = Place::new();
        place.write("boot.img", "old");
        broken(&place, &package, after, &place.outputs());
        assert_eq!(place.read("boot.img"), b"old");
        place.apply(&package[..], &place.outputs()).unwrap_or_else(|e| panic!("{after}: {e}"));
        place.assert_done(&[]);
        resumed += place.resumed.borrow().len();
    }
    assert!(resumed > 25, "{resumed}");
}

#[test]
fn it_goes_on_again_and_again() {
    let (package, place) = (full(), Place::new());
    for after in (payload(&package)..package.len()).step_by(900) {
        broken(&place, &package, after, &place.outputs());
    }
    place.apply(&package[..], &place.outputs()).expect("applied");
    place.assert_done(&[]);
    let bytes = |r: &pkg_install::Resumed| match &r.image {
        Some((component, bytes, _)) => (component.as_str() == "rootfs", *bytes),
        None => (true, u64::MAX),
    };
    let came_to: Vec<_> = place.resumed.borrow().iter().map(bytes).collect();
    assert!(came_to.is_sorted() && came_to.len() > 20, "{came_to:?}");
}

/// A file whose bytes are counted as they are read.
struct Counted<'p>(Cursor<&'p [u8]>, &'p Cell<usize>);

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.0.read(buffer)?;
        self.1.set(self.1.get() + length);
        Ok(length)
    }
}

impl Seek for Counted<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
}

/// A download resumes: of a source that seeks, what is written already is not read again.
#[test]
fn what_is_there_is_not_read_from_the_package_again() {
    let (full, delta) = (full(), delta());
    for (package, is_delta) in [(&full, false), (&delta, true)] {
        for after in (payload(package)..package.len()).step_by(1_700) {
            let (place, read) = (Place::new(), Cell::new(0));
            let base = place.write("running", running());
            let outputs: Vec<_> = place.outputs().into_iter().map(|o| o.from_base(&base)).collect();
            broken(&place, package, after, &outputs);
            let source = Seekable::new(Counted(Cursor::new(package), &read));
            let complete = place.apply(source, &outputs).unwrap_or_else(|e| panic!("{after}: {e}"));
            place.assert_done(&["running"]);
            let skipped = usize::try_from(complete.skipped()).expect("a size");
            assert_eq!(read.get() + skipped, package.len(), "{after}");
            // What was read before it broke off, but for the statements, headers and the chunk that was cut.
            let there = after - payload(package);
            let most = 2 * 1_500 + 3 * 512 + if is_delta { 1_500 } else { 0 };
            assert!(skipped + most >= there || is_delta, "{after}: {skipped} skipped of {there}");
            let resumed = !place.resumed.borrow().is_empty();
            assert_eq!(resumed, skipped > 0, "{after}");
        }
    }
}

/// A source that cannot seek is read, and gives the same images.
#[test]
fn what_is_there_is_read_past_where_the_source_cannot_seek() {
    let (package, place) = (full(), Place::new());
    broken(&place, &package, package.len() - 9_000, &place.outputs());
    let complete = place.apply(&package[..], &place.outputs()).expect("applied");
    assert!(complete.skipped() > 10_000, "{}", complete.skipped());
    place.assert_done(&[]);
}

#[test]
fn the_order_of_outputs_does_not_matter() {
    let (package, place) = (full(), Place::new());
    broken(&place, &package, package.len() - 9_000, &place.outputs());
    let mut outputs = place.outputs();
    outputs.reverse();
    place.apply(&package[..], &outputs).expect("applied");
    assert_eq!(place.resumed.borrow().len(), 1);
    place.assert_done(&[]);
}

/// What is left behind is looked at, not believed.
#[test]
fn what_was_left_is_held_to_its_digest() {
    let package = full();
    type Spoil = fn(&Place);
    let spoils: [(&str, Spoil, Option<usize>); 8] = [
        ("nothing", |_| (), Some(1)),
        ("a byte of the first image", |p| flip(p, ".boot.img.pkg-part", 100), Some(0)),
        ("a byte of the second image", |p| flip(p, ".rootfs.img.pkg-part", 100), Some(1)),
        ("a part is gone", |p| fs::remove_file(p.path(".boot.img.pkg-part")).expect("it"), Some(0)),
        ("a part is empty", |p| drop(p.write(".rootfs.img.pkg-part", "")), Some(1)),
        (
            "a part is longer",
            |p| {
                let mut part = p.read(".rootfs.img.pkg-part");
                part.resize(50_000, 7);
                p.write(".rootfs.img.pkg-part", part);
            },
            Some(1),
        ),
        ("the journal is garbage", |p| drop(p.write(".boot.img.pkg-journal", vec![0xa5; 9_000])), None),
        ("the journal is gone", |p| fs::remove_file(p.path(".boot.img.pkg-journal")).expect("it"), None),
    ];
    for (what, spoil, finished) in spoils {
        let place = Place::new();
        broken(&place, &package, package.len() - 9_000, &place.outputs());
        assert_eq!(place.list(), [".boot.img.pkg-journal", ".boot.img.pkg-part", ".rootfs.img.pkg-part"]);
        spoil(&place);
        place.apply(&package[..], &place.outputs()).unwrap_or_else(|e| panic!("{what}: {e}"));
        place.assert_done(&[]);
        let resumed = place.resumed.borrow().first().map(|r| r.finished);
        assert_eq!(resumed, finished.filter(|n| *n > 0), "{what}");
    }
}

fn flip(place: &Place, name: &str, at: usize) {
    let mut bytes = place.read(name);
    bytes[at] ^= 1;
    place.write(name, bytes);
}

/// One record of the journal that is torn leaves the other; both leave a fresh start. No byte of it can
/// lead to another image.
#[test]
fn no_byte_of_the_journal_leads_astray() {
    let package = full();
    let left = Place::new();
    broken(&left, &package, package.len() - 9_000, &left.outputs());
    let journal = left.read(".boot.img.pkg-journal");
    for at in (0..160).chain(4_096..4_256).step_by(3).filter(|at| *at < journal.len()) {
        let place = Place::new();
        for name in [".boot.img.pkg-part", ".rootfs.img.pkg-part"] {
            place.write(name, left.read(name));
        }
        let mut spoilt = journal.clone();
        spoilt[at] ^= 0x10;
        place.write(".boot.img.pkg-journal", spoilt);
        place.apply(&package[..], &place.outputs()).unwrap_or_else(|e| panic!("byte {at}: {e}"));
        place.assert_done(&[]);
    }
}

#[test]
fn another_package_begins_anew() {
    let (first, second, place) = (full(), delta(), Place::new());
    broken(&place, &first, first.len() - 9_000, &place.outputs());
    let base = place.write("running", running());
    let outputs: Vec<_> = place.outputs().into_iter().map(|o| o.from_base(&base)).collect();
    place.apply(&second[..], &outputs).expect("applied");
    assert!(place.resumed.borrow().is_empty());
    place.assert_done(&["running"]);
}

#[test]
fn a_delta_goes_on_and_needs_its_base() {
    let (package, place) = (delta(), Place::new());
    let base = place.write("running", running());
    let outputs: Vec<_> = place.outputs().into_iter().map(|o| o.from_base(&base)).collect();
    broken(&place, &package, package.len() - 9_000, &outputs);
    place.write("running", "another");
    let refused = place.apply(&package[..], &outputs).map(drop).unwrap_err();
    assert_eq!(refused.refusal().map(|r| r.rule), Some(Rule::Dlt1));
    assert_eq!(place.list(), ["running"], "a refusal leaves nothing behind");
    place.write("running", running());
    place.apply(&package[..], &outputs).expect("applied");
    place.assert_done(&["running"]);
}

/// Between two renames some images have their names, and a base may be gone: replaced by its own image.
#[test]
fn it_goes_on_between_two_renames() {
    let package = delta();
    for renamed in [&[][..], &["boot"], &["rootfs"], &["boot", "rootfs"]] {
        let place = Place::new();
        place.write("rootfs.img", running());
        let base = place.path("rootfs.img");
        let outputs: Vec<_> = place.outputs().into_iter().map(|o| o.from_base(&base)).collect();
        // All is written; the end of the package is not read.
        broken(&place, &package, package.len() - 1, &outputs);
        for component in renamed {
            let (part, name) = (format!(".{component}.img.pkg-part"), format!("{component}.img"));
            fs::rename(place.path(&part), place.path(&name)).expect("a rename");
        }
        // The package breaks off once more; and then somebody spells the same places otherwise.
        broken(&place, &package, package.len() - 1, &outputs);
        let mut outputs = outputs;
        outputs.iter_mut().for_each(|o| o.path = place.path(".").join(o.path.file_name().expect("a name")));
        place.apply(&package[..], &outputs).unwrap_or_else(|e| panic!("{renamed:?}: {e}"));
        place.assert_done(&[]);
        let resumed = place.resumed.borrow().last().cloned().expect("resumed");
        assert_eq!((resumed.finished, resumed.image), (2, None), "{renamed:?}");
    }
}

/// Half placed, nothing that goes wrong takes away what is needed to place the rest: the base is gone.
#[test]
fn a_copy_that_is_refused_between_two_renames_takes_nothing_away() {
    let (package, place) = (delta(), Place::new());
    let base = place.write("rootfs.img", running());
    let outputs: Vec<_> = place.outputs().into_iter().map(|o| o.from_base(&base)).collect();
    broken(&place, &package, package.len() - 1, &outputs);
    fs::rename(place.path(".rootfs.img.pkg-part"), &base).expect("a rename");
    // Payloads of finished images are not read again; what is between them is.
    let mut spoilt = package.clone();
    spoilt[package.windows(9).position(|w| w == b"payload/1").expect("a payload")] ^= 1;
    let error = place.apply(&spoilt[..], &outputs).unwrap_err();
    assert!(error.refusal().is_some(), "{error}");
    place.apply(&package[..], &outputs).expect("the rest has its name");
    place.assert_done(&[]);
}

/// A file that has its name, but is another: it is not taken for finished, and not written into.
#[test]
fn what_has_the_name_is_held_to_the_digest_too() {
    let (package, place) = (full(), Place::new());
    broken(&place, &package, package.len() - 1, &place.outputs());
    fs::remove_file(place.path(".boot.img.pkg-part")).expect("the part");
    let other = place.write("boot.img", [&boot()[..2_999], b"?"].concat());
    let kept = place.path("kept");
    fs::hard_link(other, &kept).expect("a second name");
    place.apply(&package[..], &place.outputs()).expect("applied");
    assert!(fs::read(kept).expect("it").ends_with(b"?"));
    place.assert_done(&["kept"]);
}

/// Once nothing came to a checkpoint there is nothing to go on with, and nothing is left.
#[test]
fn an_interruption_before_the_first_checkpoint_leaves_nothing() {
    let (package, place) = (full(), Place::new());
    broken(&place, &package, payload(&package) + 10, &place.outputs());
    assert!(place.list().is_empty(), "{:?}", place.list());
}

#[test]
fn a_package_that_is_refused_leaves_nothing() {
    let (package, place) = (full(), Place::new());
    broken(&place, &package, package.len() - 9_000, &place.outputs());
    let mut spoilt = package.clone();
    let at = spoilt.len() - 3_000;
    spoilt[at] ^= 1;
    let refused = place.apply(&spoilt[..], &place.outputs()).map(drop).unwrap_err();
    assert_eq!(refused.refusal().map(|r| r.rule), Some(Rule::Pay1));
    assert!(place.list().is_empty(), "{:?}", place.list());
    assert_eq!(rootfs().len(), 20_000);
}

/// The first image is a delta from the file that it replaces, and has its name; of the second what was
/// written is spoilt, and its way is interrupted again. What the first started from is gone by then.
#[test]
fn a_base_that_was_replaced_is_not_needed_again() {
    let package = delta_first();
    let place = Place::new();
    place.write("boot.img", running());
    let base = place.path("boot.img");
    let outputs: Vec<_> = place.outputs().into_iter().map(|o| o.from_base(&base)).collect();
    let apply = |after: usize| place.apply(Breaking(&package, after), &outputs).map(drop);
    apply(package.len() - 1).expect_err("broken");
    fs::rename(place.path(".boot.img.pkg-part"), &base).expect("a rename");
    flip(&place, ".rootfs.img.pkg-part", 100);
    for after in
        [package.len() - 15_000, package.len() - 9_000, payload(&package) + 10, package.len() - 3_000]
    {
        apply(after).expect_err("broken");
    }
    apply(usize::MAX).unwrap_or_else(|e| panic!("{e}"));
    assert!(place.read("boot.img") == rootfs() && place.read("rootfs.img") == boot_of(20_000));
    assert_eq!(place.list(), ["boot.img", "rootfs.img"]);
}

/// Who resumes may write to what was left, also where a file is replaced that nobody may write to.
#[test]
fn what_is_left_of_a_read_only_file_can_be_written() {
    use std::os::unix::fs::PermissionsExt;
    let (package, place) = (full(), Place::new());
    let old = place.write("boot.img", "old");
    let mode = |name: &str| fs::metadata(place.path(name)).expect("it").permissions().mode() & 0o777;
    fs::set_permissions(&old, fs::Permissions::from_mode(0o444)).expect("a mode");
    broken(&place, &package, package.len() - 9_000, &place.outputs());
    assert_eq!(mode(".boot.img.pkg-part") & 0o600, 0o600);
    place.apply(&package[..], &place.outputs()).expect("applied");
    assert_eq!(mode("boot.img"), 0o444);
    place.assert_done(&[]);
}

/// A path that ends in no name is no place, and nothing is written beside what it leads to.
#[test]
fn a_path_without_a_name_is_refused() {
    let (package, place) = (full(), Place::new());
    let inner = place.path("inner");
    fs::create_dir(&inner).expect("a folder");
    for path in [inner.join(".."), "/".into(), "".into()] {
        let outputs = [Output::new("boot", &path).expect("an output")];
        let error = place.apply(&package[..], &outputs).map(drop).unwrap_err();
        assert!(matches!(error, Error::NotAFile { .. }), "{}: {error}", path.display());
        assert_eq!(place.list(), ["inner"]);
        assert!(list(&inner).is_empty());
    }
}
