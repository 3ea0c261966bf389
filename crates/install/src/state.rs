//! The state of a device: what runs and was confirmed, and what is installed but not confirmed yet. It is stored so
//! that a power cut neither loses it nor brings an older one back.

use crate::storage::Storage;
use crate::two_slot_record::{Record, TwoSlotRecord};
use pkg_format::Digest;
use std::io;

/// Bytes of one record: more than the state of any device, and a multiple of the block size of any flash.
const SLOT: usize = 128 << 10;
const MAGIC: [u8; 8] = *b"pkgstat1";
/// What a record holds besides the two states: a length and two digests.
const BESIDE: usize = 4 + 32 + 32;
/// How many more times the state must be storable before an install starts: it is staged, confirmed or reverted, and
/// the user's choices in between are stored too.
const SPARE: u64 = 1 << 20;

/// Why a state could not be read or stored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// Neither record is whole. This is **not** an empty device: do not install as if nothing were installed.
    #[error("the state of the device is lost: neither of its two records is whole")]
    Lost,
    /// The newest whole record is older than one that was already stored.
    #[error("the state of the device is of generation {found}; generation {expected} was stored already")]
    Old {
        /// Its generation.
        found: u64,
        /// The least that is accepted.
        expected: u64,
    },
    /// The device has a state, so no first one can be stored.
    #[error("the device has a state already")]
    There,
    /// The generation counter is nearly used up.
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

/// An install that has not been confirmed by a successful boot.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pending {
    /// The digest of its manifest.
    pub manifest: Digest,
    /// The state once it is confirmed, in the caller's encoding.
    pub state: Vec<u8>,
}

/// The state of a device, in storage of 256 KiB. The state itself is bytes in the caller's encoding.
///
/// Every state is stored twice, one record after the other. A power cut at any moment leaves the old state or the new
/// one; if one record rots, the other still has the state.
///
/// ```text
///   stage ──► pending ── the device boots it ──┬─ confirm ──► it becomes the current state
///                                              └─ revert ───► it is dropped
/// ```
///
/// ```
/// use pkg_install::{FileStorage, StateStore};
/// use pkg_verify::format::Digest;
///
/// let mut storage = FileStorage::growing(tempfile::tempfile()?);
/// let installed = Digest::of(b"the manifest of 1.4.3");
/// // In the factory.
/// StateStore::create(&mut storage, b"1.4.2")?;
/// // After an install.
/// StateStore::open(&mut storage, 0)?.stage(installed, b"1.4.3")?;
/// // After the boot.
/// let mut state = StateStore::open(&mut storage, 0)?;
/// assert_eq!(state.current(), b"1.4.2");
/// state.confirm(installed)?;
/// assert_eq!(state.current(), b"1.4.3");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct StateStore<'a> {
    two_slot_record: TwoSlotRecord<'a>,
    generation: u64,
    kept: Kept,
}

/// The content of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Kept {
    /// The manifest that was confirmed last; zeros before the first.
    confirmed: Digest,
    current: Vec<u8>,
    pending: Option<Pending>,
}

impl<'a> StateStore<'a> {
    /// Stores the first state of a device, in the factory.
    ///
    /// # Errors
    /// [`StateError::There`] if the device has a state, or the storage failed.
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

    /// Reads the state. A device with a counter that cannot be turned back, as in a security chip, keeps
    /// [`StateStore::generation`] there and passes it as `least`, which exposes an older copy of the storage. Other
    /// devices pass 0.
    ///
    /// # Errors
    /// [`StateError::Lost`], [`StateError::Old`], or the storage failed.
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

    /// The state that runs and was confirmed.
    pub fn current(&self) -> &[u8] {
        &self.kept.current
    }

    /// The install that is not confirmed yet.
    pub fn pending(&self) -> Option<&Pending> {
        self.kept.pending.as_ref()
    }

    /// A number that rises with each record that is stored.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// Makes sure, before an install starts, that the state can still be stored: finding out after the swap would be too
    /// late. Stores the state again, so that both records are whole.
    ///
    /// # Errors
    /// [`StateError::Exhausted`], or the storage failed.
    pub fn check(&mut self) -> Result<(), StateError> {
        let left = u64::MAX.saturating_sub(self.generation);
        if left < SPARE {
            return Err(StateError::Exhausted { left });
        }
        self.put(self.kept.clone())
    }

    /// Replaces the current state without a boot, for example after a choice of the user. The pending install does not
    /// change: to keep the choice after [`StateStore::confirm`], stage it again.
    ///
    /// # Errors
    /// The state is too long, or the storage failed.
    pub fn update(&mut self, state: &[u8]) -> Result<(), StateError> {
        self.put(Kept { current: state.to_vec(), ..self.kept.clone() })
    }

    /// Remembers that an install is complete and waits to be booted. The current state does not change.
    ///
    /// # Errors
    /// The state is too long, or the storage failed.
    pub fn stage(&mut self, manifest: Digest, state: &[u8]) -> Result<(), StateError> {
        let pending = Some(Pending { manifest, state: state.to_vec() });
        self.put(Kept { pending, ..self.kept.clone() })
    }

    /// The device runs what was installed, so that becomes the current state. After an interruption it may be called
    /// again.
    ///
    /// # Errors
    /// [`StateError::NotPending`] if something else is pending, or the storage failed.
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

    /// The device does not run what was installed: the current state stays, and nothing is pending any more.
    ///
    /// # Errors
    /// The storage failed.
    pub fn revert(&mut self) -> Result<(), StateError> {
        self.put(Kept { pending: None, ..self.kept.clone() })
    }

    /// The longest state. The current and the pending one share a record, and a lack of room must show before an
    /// install, not after it.
    fn most(&self) -> usize {
        self.two_slot_record.room().saturating_sub(BESIDE) / 2
    }

    /// Stores twice. The next record overwrites one that was not written to its end, never the whole one.
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
