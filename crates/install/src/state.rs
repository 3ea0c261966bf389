//! What a device remembers, kept so that it is never lost and never goes back: what runs and what was
//! confirmed, and beside it what is installed and not confirmed yet.

use crate::storage::Storage;
use crate::two_slot_record::{Record, TwoSlotRecord};
use pkg_format::Digest;
use std::io;

/// Each record has so much room: more than the state of any device, and whole blocks of any flash that
/// is written through a file system.
const SLOT: usize = 128 << 10;
const MAGIC: [u8; 8] = *b"pkgstat1";
/// What stands in a record beside the two states: a length and two digests.
const BESIDE: usize = 4 + 32 + 32;
/// How many times the state must still be storable before an install begins: it is staged, confirmed or
/// reverted, and what the user chooses in between is stored too.
const SPARE: u64 = 1 << 20;

/// Why a state could not be had or stored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// There is no whole record. It is **not** an empty device: nothing may be installed on the
    /// assumption that nothing was.
    #[error("the state of the device is lost: neither of its two records is whole")]
    Lost,
    /// The newest whole record is older than one that is known to have been stored.
    #[error("the state of the device is of generation {found}; generation {expected} was stored already")]
    Old {
        /// Its generation.
        found: u64,
        /// The least that is accepted.
        expected: u64,
    },
    /// A state is there where a first one was to be stored.
    #[error("the device has a state already")]
    There,
    /// The counter of generations is at its end.
    #[error("the state of the device can be stored {left} more times, which is too few to begin an install")]
    Exhausted {
        /// How many times it still can.
        left: u64,
    },
    /// What is to be confirmed is not what is pending.
    #[error("{}", pending(*found, *expected))]
    NotPending {
        /// The manifest of what is pending.
        found: Option<Digest>,
        /// That of what was to be confirmed.
        expected: Digest,
    },
    /// The storage failed.
    #[error("cannot read or write the state of the device: {0}")]
    Io(#[from] io::Error),
}

fn pending(found: Option<Digest>, expected: Digest) -> String {
    match found {
        Some(found) => {
            format!("{} is installed and not confirmed yet, not {}", found.short(), expected.short())
        }
        None => format!("nothing is installed that is not confirmed yet, {} neither", expected.short()),
    }
}

/// What is installed and waits for a boot that succeeds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// The digest of its manifest.
    pub manifest: Digest,
    /// What the state becomes when it is confirmed, as the caller writes it.
    pub state: Vec<u8>,
}

/// The state of a device in storage of 256 KiB. What it is made of is the caller's: here it is bytes.
///
/// Whatever is stored is stored twice, one record after the other. A power cut at any moment leaves the
/// state before or the state after; a record that rots leaves its twin.
///
/// ```text
///   stage ──► pending ── the device boots it ──┬─ confirm ──► it is the current state
///                                              └─ revert ───► it never was
/// ```
pub struct StateStore<'a> {
    two_slot_record: TwoSlotRecord<'a>,
    generation: u64,
    kept: Kept,
}

/// The content of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Kept {
    /// The manifest that was confirmed last; zeros where none was.
    confirmed: Digest,
    current: Vec<u8>,
    pending: Option<Pending>,
}

impl<'a> StateStore<'a> {
    /// Stores the first state of a device, where it is made. Refused where one is.
    pub fn create(storage: &'a mut dyn Storage, state: &[u8]) -> Result<Self, StateError> {
        let two_slot_record = TwoSlotRecord::new(storage, MAGIC, SLOT);
        if !two_slot_record.read()?.is_empty() {
            return Err(StateError::There);
        }
        let kept = Kept { confirmed: Digest([0; 32]), current: state.to_vec(), pending: None };
        let mut store = StateStore { two_slot_record, generation: 0, kept: kept.clone() };
        store.put(kept)?;
        Ok(store)
    }

    /// Reads the state. A device that has a counter which cannot go back (in its security chip) keeps
    /// [`StateStore::generation`] there and gives it as `least`: an older copy of the storage is then
    /// found out. Others give 0.
    pub fn open(storage: &'a mut dyn Storage, least: u64) -> Result<Self, StateError> {
        let two_slot_record = TwoSlotRecord::new(storage, MAGIC, SLOT);
        let whole = |r: &Record| Kept::decode(&r.body).map(|kept| (r.generation, kept));
        let newest = two_slot_record.read()?.iter().find_map(whole);
        let Some((generation, kept)) = newest else { return Err(StateError::Lost) };
        if generation < least {
            return Err(StateError::Old { found: generation, expected: least });
        }
        Ok(StateStore { two_slot_record, generation, kept })
    }

    /// What runs and was confirmed.
    pub fn current(&self) -> &[u8] {
        &self.kept.current
    }

    /// What was installed and is not confirmed yet.
    pub fn pending(&self) -> Option<&Pending> {
        self.kept.pending.as_ref()
    }

    /// Rises with each record that is stored.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// Sees to it that the state can still be stored, before an install begins: a device must not find
    /// out after the swap that it cannot remember it. Stores what there is once more, so that both
    /// records are whole.
    pub fn check(&mut self) -> Result<(), StateError> {
        let left = u64::MAX.saturating_sub(self.generation);
        if left < SPARE {
            return Err(StateError::Exhausted { left });
        }
        self.put(self.kept.clone())
    }

    /// Stores what became of the current state without a boot: what the user chose, what was shown. What is
    /// pending knows nothing of it: who wants to keep it beyond [`StateStore::confirm`] stages that anew.
    pub fn update(&mut self, state: &[u8]) -> Result<(), StateError> {
        self.put(Kept { current: state.to_vec(), ..self.kept.clone() })
    }

    /// Remembers that an install is complete and waits to be booted. The current state stays what it is.
    pub fn stage(&mut self, manifest: Digest, state: &[u8]) -> Result<(), StateError> {
        let pending = Some(Pending { manifest, state: state.to_vec() });
        self.put(Kept { pending, ..self.kept.clone() })
    }

    /// The device runs what was installed: that becomes the current state, counters and all. Said again
    /// after an interruption, it stays so.
    pub fn confirm(&mut self, manifest: Digest) -> Result<(), StateError> {
        match &self.kept.pending {
            Some(pending) if pending.manifest == manifest => {
                self.put(Kept { confirmed: manifest, current: pending.state.clone(), pending: None })
            }
            None if self.kept.confirmed == manifest => Ok(()),
            other => {
                let found = other.as_ref().map(|p| p.manifest);
                Err(StateError::NotPending { found, expected: manifest })
            }
        }
    }

    /// The device does not run what was installed: the current state stays, and nothing is pending.
    pub fn revert(&mut self) -> Result<(), StateError> {
        self.put(Kept { pending: None, ..self.kept.clone() })
    }

    /// The longest state: what runs and what is pending stand in one record, and that one of them has no
    /// room must not be found out when an install is done.
    fn most(&self) -> usize {
        self.two_slot_record.room().saturating_sub(BESIDE) / 2
    }

    /// Stores twice. A record that was not written to its end is written over by the next, never the
    /// whole one beside it.
    fn put(&mut self, kept: Kept) -> Result<(), StateError> {
        let longest = kept.pending.iter().map(|p| p.state.len()).fold(kept.current.len(), usize::max);
        if longest > self.most() {
            let why = format!("a state of {longest} bytes, at most {} fit", self.most());
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, why).into());
        }
        let body = kept.encode();
        for _ in 0..2 {
            let generation = self.generation.checked_add(1).ok_or(StateError::Exhausted { left: 0 })?;
            self.two_slot_record.write(&Record { generation, body: body.clone() })?;
            self.generation = generation;
            self.kept = kept.clone();
        }
        Ok(())
    }
}

impl Kept {
    fn encode(&self) -> Vec<u8> {
        let mut bytes = self.confirmed.0.to_vec();
        bytes.extend(u32::try_from(self.current.len()).unwrap_or(u32::MAX).to_be_bytes());
        bytes.extend(&self.current);
        if let Some(pending) = &self.pending {
            bytes.extend(pending.manifest.0);
            bytes.extend(&pending.state);
        }
        bytes
    }

    fn decode(bytes: &[u8]) -> Option<Kept> {
        let (confirmed, rest) = bytes.split_first_chunk()?;
        let (length, rest) = rest.split_first_chunk()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let (current, rest) = rest.split_at_checked(length)?;
        let pending = match rest.split_first_chunk() {
            Some((manifest, state)) => Some(Pending { manifest: Digest(*manifest), state: state.to_vec() }),
            None if rest.is_empty() => None,
            None => return None,
        };
        Some(Kept { confirmed: Digest(*confirmed), current: current.to_vec(), pending })
    }
}
