//! The journal: what a checkpoint claims about the progress of an install, and how it is stored.

use crate::Error;
use crate::storage::Storage;
use crate::two_slot_record::{Record, TwoSlotRecord};
use pkg_format::{Digest, Id};
use pkg_sha256::Hasher;
use pkg_verify::Statements;
use std::path::Path;

/// The two records are 4 KiB apart: on a medium with sectors of up to 4 KiB, no write tears both.
const SLOT: usize = 4096;
const MAGIC: [u8; 8] = *b"pkgjrnl1";

/// Generations from here on are false: one checkpoint each microsecond gets there in 300,000 years.
const MOST: u64 = u64::MAX >> 1;

/// What survives a power cut: every image before `image`, and the first bytes of that one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Claim {
    /// Its index among the images of the manifest; their number when all are done.
    pub(crate) image: u32,
    /// Chunks of it that are done, including the preamble of a delta.
    pub(crate) chunks: u32,
    /// The image bytes of those chunks.
    pub(crate) bytes: u64,
    /// The digest of those bytes. The claim is believed only if the storage gives them back.
    pub(crate) sha256: Digest,
}

impl Claim {
    /// Everything before `image` is there, and nothing of it.
    pub(crate) fn start_of(image: u32) -> Claim {
        Claim { image, chunks: 0, bytes: 0, sha256: Digest(Hasher::new().finish()) }
    }
}

/// Claims about one install: of this package, to these places.
pub(crate) struct Journal<'a> {
    two_slot_record: Option<(TwoSlotRecord<'a>, &'a Path)>,
    binding: Digest,
    generation: u64,
    /// What the newest record claims, if it is about this install.
    pub(crate) claim: Option<Claim>,
}

/// Names an install: the package, byte for byte, and where each of its images goes.
pub(crate) fn binding<'t>(
    statements: &Statements,
    targets: impl Iterator<Item = (&'t Id, &'t Path)>,
) -> Digest {
    let mut hash = Hasher::new();
    hash.update(&statements.manifest_digest().0);
    hash.update(&statements.delivery_digest().unwrap_or(Digest([0; 32])).0);
    for (component, name) in targets {
        for text in [component.as_str().as_bytes(), name.as_os_str().as_encoded_bytes()] {
            hash.update(&u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
            hash.update(text);
        }
    }
    Digest(hash.finish())
}

impl<'a> Journal<'a> {
    /// Reads the newest record. A record of another install, or one that cannot be read, claims nothing and is
    /// overwritten.
    pub(crate) fn open(storage: Option<(&'a mut dyn Storage, &'a Path)>, binding: Digest) -> Self {
        let two_slot_record = storage.map(|(storage, name)| (TwoSlotRecord::new(storage, MAGIC, SLOT), name));
        let records = two_slot_record
            .as_ref()
            .and_then(|(two_slot_record, _)| two_slot_record.read().ok())
            .unwrap_or_default();
        // A record with an impossibly high generation would otherwise stay the newest for ever.
        let newest = records.iter().find(|r| r.generation < MOST);
        let claim = newest.and_then(|r| decode(&r.body)).filter(|(of, _)| *of == binding).map(|(_, c)| c);
        Journal { two_slot_record, binding, generation: newest.map_or(0, |r| r.generation), claim }
    }

    /// Writes a claim. What it claims must be synced already.
    pub(crate) fn write(&mut self, claim: Claim) -> Result<(), Error> {
        let Some((two_slot_record, name)) = &mut self.two_slot_record else { return Ok(()) };
        // Counts checkpoints, from below MOST.
        let generation = self.generation.saturating_add(1);
        let record = Record { generation, body: encode(self.binding, claim) };
        two_slot_record.write(&record).map_err(|error| Error::Write { path: (*name).into(), error })?;
        (self.generation, self.claim) = (generation, Some(claim));
        Ok(())
    }
}

/// Whether a file can be a journal, so that no other file is overwritten by mistake: it is empty, has a magic number at
/// the place of either record, or is what a torn first write left.
pub(crate) fn is_journal(storage: &dyn Storage) -> bool {
    let read = |at: usize, length: usize| {
        let (at, mut bytes) = (u64::try_from(at).ok()?, vec![0; length]);
        storage.read_at(at, &mut bytes).ok().map(|()| bytes)
    };
    let begins = |at| read(at, MAGIC.len()).is_some_and(|bytes| bytes == MAGIC);
    let empty = read(0, 1).is_none();
    // The first write goes to the second place.
    let torn = || read(SLOT.saturating_mul(2), 1).is_none() && read(0, SLOT) == Some(vec![0; SLOT]);
    empty || begins(0) || begins(SLOT) || torn()
}

fn encode(binding: Digest, claim: Claim) -> Vec<u8> {
    let mut body = binding.0.to_vec();
    body.extend(claim.image.to_be_bytes());
    body.extend(claim.chunks.to_be_bytes());
    body.extend(claim.bytes.to_be_bytes());
    body.extend(claim.sha256.0);
    body
}

fn decode(body: &[u8]) -> Option<(Digest, Claim)> {
    let (binding, rest) = body.split_first_chunk()?;
    let (image, rest) = rest.split_first_chunk()?;
    let (chunks, rest) = rest.split_first_chunk()?;
    let (bytes, rest) = rest.split_first_chunk()?;
    let (sha256, rest) = rest.split_first_chunk()?;
    let claim = Claim {
        image: u32::from_be_bytes(*image),
        chunks: u32::from_be_bytes(*chunks),
        bytes: u64::from_be_bytes(*bytes),
        sha256: Digest(*sha256),
    };
    rest.is_empty().then_some((Digest(*binding), claim))
}
