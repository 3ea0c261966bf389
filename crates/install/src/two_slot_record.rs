//! Two records, of which one is written while the other stays: whatever happens to the write, one is whole.

use crate::storage::Storage;
use pkg_format::Digest;
use std::io;

/// Two slots of the same size. A record with an even generation is in the first, one with an odd generation in the
/// second, so a new record never overwrites the newest.
///
/// ```text
/// slot = magic (8)  generation (8)  length (4)  body  SHA-256 of all before (32)
/// ```
pub(crate) struct TwoSlotRecord<'a> {
    storage: &'a mut dyn Storage,
    magic: [u8; 8],
    slot: usize,
}

/// A record that is whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) generation: u64,
    pub(crate) body: Vec<u8>,
}

const HEAD: usize = 8 + 8 + 4;
const DIGEST: usize = 32;

impl<'a> TwoSlotRecord<'a> {
    /// Two slots of `slot` bytes each. `slot` is a multiple of what the medium writes at once, so that a torn write of one
    /// never reaches the other.
    pub(crate) fn new(storage: &'a mut dyn Storage, magic: [u8; 8], slot: usize) -> Self {
        TwoSlotRecord { storage, magic, slot }
    }

    /// The longest body.
    pub(crate) fn room(&self) -> usize {
        self.slot.saturating_sub(HEAD).saturating_sub(DIGEST)
    }

    /// The whole records, newest first. A slot that was never written, is torn or corrupt counts as empty. An error of
    /// the medium is returned only if no record is whole.
    pub(crate) fn read(&self) -> io::Result<Vec<Record>> {
        let (mut records, mut failed) = (Vec::new(), Ok(()));
        for parity in [0, 1] {
            match self.slot_at(parity) {
                Ok(record) => records.extend(record),
                Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => {}
                Err(e) => failed = Err(e),
            }
        }
        if records.is_empty() {
            failed?;
        }
        records.sort_by_key(|r| std::cmp::Reverse(r.generation));
        Ok(records)
    }

    fn slot_at(&self, parity: u64) -> io::Result<Option<Record>> {
        let at = self.place(parity);
        let mut bytes = vec![0; HEAD];
        self.storage.read_at(at, &mut bytes)?;
        let Some((magic, rest)) = bytes.split_first_chunk::<8>() else { return Ok(None) };
        let Some((generation, length)) = rest.split_first_chunk::<8>() else { return Ok(None) };
        let generation = u64::from_be_bytes(*generation);
        let length = length.first_chunk().map_or(u32::MAX, |length| u32::from_be_bytes(*length));
        let Some(length) = usize::try_from(length).ok().filter(|l| *l <= self.room()) else {
            return Ok(None);
        };
        // A record in the slot of the other parity is a copy.
        if *magic != self.magic || generation & 1 != parity {
            return Ok(None);
        }
        let mut rest = vec![0; length.saturating_add(DIGEST)];
        self.storage.read_at(at.saturating_add(20), &mut rest)?;
        bytes.append(&mut rest);
        let Some((content, digest)) = bytes.split_last_chunk::<DIGEST>() else { return Ok(None) };
        let whole = pkg_sha256::digest(content) == *digest;
        Ok(whole.then(|| Record { generation, body: content.get(HEAD..).unwrap_or_default().to_vec() }))
    }

    /// Writes a record, and returns once it survives a power cut. Its generation must be above that of every whole
    /// record.
    pub(crate) fn write(&mut self, record: &Record) -> io::Result<()> {
        let length = u32::try_from(record.body.len()).ok().filter(|_| record.body.len() <= self.room());
        let Some(length) = length else {
            let why = format!("{} bytes, at most {} fit a record", record.body.len(), self.room());
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, why));
        };
        let mut bytes = self.magic.to_vec();
        bytes.extend(record.generation.to_be_bytes());
        bytes.extend(length.to_be_bytes());
        bytes.extend(&record.body);
        bytes.extend(Digest(pkg_sha256::digest(&bytes)).0);
        self.storage.write_at(self.place(record.generation & 1), &bytes)?;
        self.storage.sync()
    }

    fn place(&self, parity: u64) -> u64 {
        match parity {
            0 => 0,
            _ => u64::try_from(self.slot).unwrap_or(u64::MAX),
        }
    }
}
