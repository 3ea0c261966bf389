//! The two-slot state of a device: never lost, never back (threats T82, T83).

use super::disk::{Disk, Power};
use pkg_format::Digest;
use pkg_install::{StateError, StateStore, Storage};
use std::io;
use std::rc::Rc;

const SLOT: usize = 128 << 10;

fn disk() -> Disk {
    Disk::new(&Rc::new(Power::default()), vec![0; 2 * SLOT])
}

fn manifest(name: &str) -> Digest {
    Digest::of(name.as_bytes())
}

/// A disk on which this state runs.
fn with(state: &[u8]) -> Disk {
    let disk = disk();
    StateStore::create(&mut disk.clone(), state).expect("a first state");
    disk
}

fn current(disk: &Disk) -> Result<Vec<u8>, StateError> {
    StateStore::open(&mut disk.clone(), 0).map(|store| store.current().to_vec())
}

#[test]
fn what_is_staged_counts_when_it_is_confirmed() {
    let disk = with(b"one");
    {
        let mut storage = disk.clone();
        let mut store = StateStore::open(&mut storage, 0).expect("a state");
        store.stage(manifest("two"), b"two").expect("staged");
        assert_eq!(store.current(), b"one");
    }
    let mut storage = disk.clone();
    let mut store = StateStore::open(&mut storage, 0).expect("a state");
    assert_eq!(store.current(), b"one");
    assert_eq!(store.pending().map(|p| (p.manifest, &p.state[..])), Some((manifest("two"), &b"two"[..])));
    let other = store.confirm(manifest("three")).unwrap_err();
    assert!(matches!(other, StateError::NotPending { found: Some(_), .. }), "{other}");
    store.update(b"one, and the user said no").expect("an update");
    assert!(store.pending().is_some());
    store.confirm(manifest("two")).expect("confirmed");
    assert_eq!((store.current(), store.pending()), (&b"two"[..], None));
    // Who was interrupted says it again; of another one it is not true.
    store.update(b"two, and a notice was shown").expect("an update");
    store.confirm(manifest("two")).expect("confirmed already");
    assert_eq!(store.current(), b"two, and a notice was shown");
    store.update(b"two").expect("an update");
    store.stage(manifest("three"), b"three").expect("staged");
    let older = store.confirm(manifest("two")).unwrap_err();
    assert!(matches!(older, StateError::NotPending { found: Some(_), .. }), "{older}");
    store.revert().expect("reverted");
    let taken_back = store.confirm(manifest("three")).unwrap_err();
    assert!(matches!(taken_back, StateError::NotPending { found: None, .. }), "{taken_back}");
    assert!(StateStore::open(&mut disk.clone(), 0).expect("a state").confirm(manifest("two")).is_ok());
    assert_eq!((store.current(), store.pending()), (&b"two"[..], None));
    assert_eq!(current(&disk).expect("a state"), b"two");
}

/// One record that rots, in any byte, leaves the other: the same state, never the one before.
#[test]
fn a_spoilt_record_is_no_way_back() {
    let disk = with(b"one");
    let mut storage = disk.clone();
    let mut store = StateStore::open(&mut storage, 0).expect("a state");
    store.stage(manifest("two"), b"two").expect("staged");
    store.confirm(manifest("two")).expect("confirmed");
    for slot in [0, SLOT] {
        for at in 0..64 {
            for spoilt in [0x01, 0xff] {
                let mut content = disk.content();
                content[slot + at] ^= spoilt;
                let spoilt = Disk::new(&Rc::new(Power::default()), content);
                assert_eq!(current(&spoilt).expect("a state"), b"two", "byte {at} of the record at {slot}");
            }
        }
    }
}

/// A record that the medium does not give back leaves the other, and is written anew.
#[test]
fn a_record_that_cannot_be_read_leaves_its_twin() {
    struct Unreadable(Disk, std::ops::Range<u64>);
    impl Storage for Unreadable {
        fn capacity(&self) -> io::Result<u64> {
            self.0.capacity()
        }

        fn read_at(&self, at: u64, buffer: &mut [u8]) -> io::Result<()> {
            match self.1.contains(&at) {
                true => Err(io::Error::other("a sector that rots")),
                false => self.0.read_at(at, buffer),
            }
        }

        fn write_at(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
            if self.1.contains(&at) {
                self.1 = 0..0;
            }
            self.0.write_at(at, bytes)
        }

        fn sync(&mut self) -> io::Result<()> {
            self.0.sync()
        }
    }
    let slot = SLOT as u64;
    for rotten in [0..slot, slot..2 * slot] {
        let mut storage = Unreadable(with(b"one"), rotten);
        let mut store = StateStore::open(&mut storage, 0).expect("a state");
        assert_eq!(store.current(), b"one");
        store.update(b"two").expect("stored");
        assert!(storage.1.is_empty(), "both records were written");
        assert_eq!(StateStore::open(&mut storage, 0).expect("a state").current(), b"two");
    }
    let mut storage = Unreadable(with(b"one"), 0..2 * slot);
    assert!(matches!(StateStore::open(&mut storage, 0), Err(StateError::Io(_))), "not lost: not read");
    assert!(matches!(StateStore::create(&mut storage, b"new"), Err(StateError::Io(_))));
}

/// No record is no empty device.
#[test]
fn a_lost_state_is_said_to_be_lost() {
    let sound = with(b"one").content();
    type Edit = fn(&mut Vec<u8>);
    let edits: [(&str, Edit); 6] = [
        ("erased", |c| c.fill(0)),
        ("erased flash", |c| c.fill(0xff)),
        ("truncated to nothing", Vec::clear),
        ("truncated in the first record", |c| c.truncate(30)),
        ("both spoilt", |c| {
            c[21] ^= 1;
            c[SLOT + 21] ^= 1;
        }),
        ("one copied over the other", |c| {
            let (one, two) = c.split_at_mut(SLOT);
            one.swap_with_slice(two);
        }),
    ];
    for (what, edit) in edits {
        let mut content = sound.clone();
        edit(&mut content);
        let disk = Disk::new(&Rc::new(Power::default()), content);
        assert!(matches!(current(&disk), Err(StateError::Lost)), "{what}");
    }
    // Cut in the second record, the first is there.
    let mut content = sound;
    content.truncate(SLOT + 10);
    assert_eq!(current(&Disk::new(&Rc::new(Power::default()), content)).expect("a state"), b"one");
}

/// An older copy of the whole storage is found out by whoever has a counter that cannot go back.
#[test]
fn an_old_copy_is_found_out() {
    let disk = with(b"one");
    let old = disk.content();
    let mut storage = disk.clone();
    let mut store = StateStore::open(&mut storage, 0).expect("a state");
    store.stage(manifest("two"), b"two").expect("staged");
    store.confirm(manifest("two")).expect("confirmed");
    let least = store.generation();
    assert!(StateStore::open(&mut disk.clone(), least).is_ok());
    let mut replayed = Disk::new(&Rc::new(Power::default()), old);
    let found = StateStore::open(&mut replayed, least).map(|_| ()).unwrap_err();
    assert!(matches!(found, StateError::Old { found: 2, expected } if expected == least), "{found}");
}

#[test]
fn a_first_state_is_stored_once() {
    let mut disk = with(b"one");
    assert!(matches!(StateStore::create(&mut disk, b"zero"), Err(StateError::There)));
    assert_eq!(current(&disk).expect("a state"), b"one");
}

/// Storage that cannot be written, or only so often.
struct Failing {
    disk: Disk,
    writes: u32,
}

impl Storage for Failing {
    fn capacity(&self) -> io::Result<u64> {
        self.disk.capacity()
    }

    fn read_at(&self, at: u64, buffer: &mut [u8]) -> io::Result<()> {
        self.disk.read_at(at, buffer)
    }

    fn write_at(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        self.writes = self.writes.checked_sub(1).ok_or(io::ErrorKind::ReadOnlyFilesystem)?;
        self.disk.write_at(at, bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.disk.sync()
    }
}

/// A store that is full is found out before an install, not after the swap (MCUboot fe8f9fc0).
#[test]
fn a_store_that_cannot_be_written_is_found_out_before() {
    let mut storage = Failing { disk: with(b"one"), writes: 0 };
    let mut store = StateStore::open(&mut storage, 0).expect("a state");
    assert!(matches!(store.check(), Err(StateError::Io(_))));
    // Nor does a record that was written half way put the whole one at risk.
    for writes in 0..6 {
        let disk = with(b"one");
        let mut storage = Failing { disk: disk.clone(), writes };
        let mut store = StateStore::open(&mut storage, 0).expect("a state");
        let staged = store.stage(manifest("two"), b"two").and_then(|()| store.confirm(manifest("two")));
        let expected: &[u8] = if writes < 3 { b"one" } else { b"two" };
        assert_eq!(staged.is_ok(), writes >= 4, "{writes}");
        assert_eq!(current(&disk).expect("a state"), expected, "{writes} writes");
    }
}

/// Its counter at the end: nothing is installed any more, and what runs is still known.
#[test]
fn a_counter_at_its_end_is_found_out_before() {
    let mut content = vec![0; 2 * SLOT];
    let body = [&[0; 32][..], &3u32.to_be_bytes(), b"one"].concat();
    let mut record = b"pkgstat1".to_vec();
    record.extend((u64::MAX - 5).to_be_bytes());
    record.extend((body.len() as u32).to_be_bytes());
    record.extend(&body);
    record.extend(Digest::of(&record).0);
    content[..record.len()].copy_from_slice(&record);
    let mut disk = Disk::new(&Rc::new(Power::default()), content);
    let mut store = StateStore::open(&mut disk, 0).expect("a state");
    assert!(matches!(store.check(), Err(StateError::Exhausted { left: 5 })));
    assert_eq!(store.current(), b"one");
    // What is larger than a record is refused, and nothing is lost.
    let large = store.update(&vec![7; SLOT]).unwrap_err();
    assert!(matches!(large, StateError::Io(_)), "{large}");
    assert_eq!(store.current(), b"one");
}

/// A state that could not be stored beside the one that follows it is refused at once, not when an install
/// is done.
#[test]
fn what_is_stored_leaves_room_for_what_is_pending() {
    let disk = with(b"one");
    let mut storage = disk.clone();
    let mut store = StateStore::open(&mut storage, 0).expect("a state");
    let most = (1..SLOT).rev().find(|n| store.update(&vec![7; *n]).is_ok()).expect("a length");
    assert!(most > 30_000, "{most}");
    store.stage(manifest("two"), &vec![8; most]).expect("as long as the longest");
    assert!(matches!(store.stage(manifest("two"), &vec![8; most + 1]), Err(StateError::Io(_))));
    store.confirm(manifest("two")).expect("confirmed");
    assert_eq!(current(&disk).expect("a state"), vec![8; most]);
    assert!(matches!(StateStore::create(&mut self::disk(), &vec![7; most + 1]), Err(StateError::Io(_))));
}
