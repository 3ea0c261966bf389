//! The delivery: the signed statement of how the images of a release are stored in a package (SPEC 6.5).

use crate::cbor::{Item, MapBuilder, Tree, Wire, strict::Keys};
use crate::ident::words;
use crate::manifest::{Manifest, Release, evidence_index};
use crate::statement::{format_is_ours, same_bytes};
use crate::{Digest, FORMAT, Id, Refusal, Result, Rule, Version, limits};
use alloc::{format, vec::Vec};

words! {
    /// Whether a base is needed.
    DeliveryKind (Rule::Man4) {
        /// It is not.
        Full = "full",
        /// It is.
        Delta = "delta",
    }
}

words! {
    /// How a chunk is stored.
    Codec (Rule::Del5) {
        /// As it is.
        Raw = "raw",
        /// One Zstandard frame (RFC 8878).
        Zstd = "zstd",
        /// The difference to a base.
        Delta1 = "delta-1",
    }
}

/// The image that a delta starts from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base {
    /// Its digest.
    pub sha256: Digest,
    /// Its size, bytes.
    pub size: u64,
    /// A name for people.
    pub version: Version,
}

impl Wire for Base {
    fn decode(item: Item<'_>) -> Result<Self> {
        let mut t = item.table()?;
        let base = Base { sha256: t.req("sha256")?, size: t.req("size")?, version: t.req("version")? };
        t.finish()?;
        if base.size == 0 {
            return Err(Refusal::new(Rule::Man5, "an empty base").within("size"));
        }
        Ok(base)
    }

    fn encode(&self) -> Tree {
        MapBuilder::new()
            .put("sha256", &self.sha256)
            .put("size", &self.size)
            .put("version", &self.version)
            .done()
    }
}

/// A stretch of payload with its own digest; decodes to a known stretch of image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chunk {
    /// Bytes of image it decodes to.
    pub image_bytes: u64,
    /// Bytes it has in the package.
    pub stored_bytes: u64,
    /// Digest of the stored bytes.
    pub sha256: Digest,
}

impl Wire for Chunk {
    fn decode(item: Item<'_>) -> Result<Self> {
        match item.list()?.as_slice() {
            [image, stored, digest] => Ok(Chunk {
                image_bytes: image.uint()?,
                stored_bytes: stored.uint()?,
                sha256: Digest::decode(*digest)?,
            }),
            other => Err(Refusal::new(Rule::Man3, format!("expected 3 entries, found {}", other.len()))),
        }
    }

    fn encode(&self) -> Tree {
        Tree::List([self.image_bytes.encode(), self.stored_bytes.encode(), self.sha256.encode()].into())
    }
}

/// The stored bytes that one image is rebuilt from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payload {
    /// The part of the product.
    pub component: Id,
    /// How its chunks are stored.
    pub codec: Codec,
    /// What a delta starts from.
    pub base: Option<Base>,
    /// Bytes of memory that one decoder needs; whoever decodes several chunks at once counts it
    /// for each.
    pub decode_memory: u64,
    /// The chunks, in the order of the image.
    pub chunks: Vec<Chunk>,
}

impl Wire for Payload {
    fn decode(item: Item<'_>) -> Result<Self> {
        let mut t = item.table()?;
        let most = usize::try_from(limits::ITEMS).unwrap_or(usize::MAX);
        let payload = Payload {
            component: t.req("component")?,
            codec: t.req("codec")?,
            base: t.opt("base")?,
            decode_memory: t.req("decode-memory")?,
            chunks: t.list("chunks", most)?,
        };
        t.finish()?;
        payload.check()?;
        Ok(payload)
    }

    fn encode(&self) -> Tree {
        MapBuilder::new()
            .put("component", &self.component)
            .put("codec", &self.codec)
            .opt("base", &self.base)
            .put("decode-memory", &self.decode_memory)
            .list("chunks", &self.chunks)
            .done()
    }
}

/// Adds numbers that a package states.
pub(crate) fn sum(numbers: impl IntoIterator<Item = u64>) -> Option<u64> {
    numbers.into_iter().try_fold(0u64, u64::checked_add)
}

impl Payload {
    /// Bytes the payload has in the package.
    pub fn stored_bytes(&self) -> u64 {
        self.chunks.iter().fold(0, |n, c| n.saturating_add(c.stored_bytes))
    }

    /// The largest chunk: bytes of image and stored bytes.
    pub fn largest(&self) -> (u64, u64) {
        largest(&self.chunks)
    }

    fn check(&self) -> Result<()> {
        let delta = self.codec == Codec::Delta1;
        if self.base.is_some() != delta {
            return Err(Refusal::new(
                Rule::Del6,
                format!("codec {}, base {}", self.codec, self.base.is_some()),
            )
            .within("base"));
        }
        check_chunks(delta, &self.chunks, self.decode_memory)
    }
}

/// The largest image bytes and the largest stored bytes of these chunks.
pub fn largest(chunks: &[Chunk]) -> (u64, u64) {
    chunks.iter().fold((0, 0), |(image, stored), c| (image.max(c.image_bytes), stored.max(c.stored_bytes)))
}

/// Judges the chunks of one payload and the memory that it declares.
pub(crate) fn check_chunks(delta: bool, chunks: &[Chunk], decode_memory: u64) -> Result<()> {
    for (i, chunk) in chunks.iter().enumerate() {
        let preamble = delta && i == 0;
        let most = chunk
            .image_bytes
            .saturating_add(limits::CHUNK_OVERHEAD)
            .min(limits::CHUNK_IMAGE.saturating_add(limits::CHUNK_OVERHEAD));
        let fits = match preamble {
            true => chunk.image_bytes == 0 && chunk.stored_bytes <= limits::CHUNK_IMAGE,
            false => {
                (1..=limits::CHUNK_IMAGE).contains(&chunk.image_bytes)
                    && (1..=most).contains(&chunk.stored_bytes)
            }
        };
        if !fits {
            let found = format!("{} bytes of image in {}", chunk.image_bytes, chunk.stored_bytes);
            return Err(Refusal::new(Rule::Del4, found).at_index(i).within("chunks"));
        }
    }
    if sum(chunks.iter().map(|c| c.stored_bytes)).is_none_or(|n| n > limits::MEMBER) {
        let why = format!("more than {} stored bytes", limits::MEMBER);
        return Err(Refusal::new(Rule::Del3, why).within("chunks"));
    }
    let (image, stored) = largest(chunks);
    let least = image.saturating_add(stored);
    if decode_memory < least {
        let why = format!("{decode_memory} bytes, the largest chunk needs {least}");
        return Err(Refusal::new(Rule::Del9, why).within("decode-memory"));
    }
    Ok(())
}

/// A delivery that fits its manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The digest of the manifest it delivers.
    pub manifest: Digest,
    /// Whether a base is needed.
    pub kind: DeliveryKind,
    /// One payload for each image, in the same order.
    pub payloads: Vec<Payload>,
    /// Indexes of the manifest's evidence entries that are embedded in this package, ascending.
    pub evidence: Vec<u64>,
}

impl Delivery {
    /// Reads the bytes of `delivery.cbor` and holds them against the manifest, whose digest is
    /// `digest`.
    ///
    /// # Errors
    ///
    /// The first rule that the statement breaks on its own or beside this manifest.
    pub fn decode(bytes: &[u8], manifest: &Manifest, digest: Digest) -> Result<Self> {
        let mut t = Item::open(bytes, Keys::Text)?.table()?;
        format_is_ours(&mut t)?;
        let delivery = Delivery {
            manifest: t.req("manifest")?,
            kind: t.req("kind")?,
            payloads: t.list("payloads", limits::IMAGES)?,
            evidence: t.set("evidence", limits::EVIDENCE)?,
        };
        t.finish()?;
        if delivery.manifest != digest {
            let why = format!(
                "it delivers manifest {}, the package has {}",
                delivery.manifest.short(),
                digest.short()
            );
            return Err(Refusal::new(Rule::Del1, why).within("manifest"));
        }
        let Some(release) = manifest.release() else {
            return Err(Refusal::new(Rule::Del7, format!("a {} with a delivery", manifest.kind())));
        };
        delivery.fits(release)?;
        evidence_index(&delivery.evidence, manifest.common()).map_err(|e| e.within("evidence"))?;
        embedded_evidence(manifest, &delivery.evidence)?;
        same_bytes(&delivery.to_tree(), bytes)?;
        Ok(delivery)
    }

    fn fits(&self, release: &Release) -> Result<()> {
        let same = self.payloads.len() == release.images.len()
            && self.payloads.iter().zip(&release.images).all(|(p, i)| p.component == i.component);
        if !same {
            return Err(
                Refusal::new(Rule::Del2, "components differ from the manifest's images").within("payloads")
            );
        }
        for (i, (payload, image)) in self.payloads.iter().zip(&release.images).enumerate() {
            if sum(payload.chunks.iter().map(|c| c.image_bytes)) != Some(image.size) {
                return Err(Refusal::new(
                    Rule::Del3,
                    format!("chunks do not add up to {} bytes", image.size),
                )
                .within("chunks")
                .at_index(i)
                .within("payloads"));
            }
        }
        if self.payloads.iter().any(|p| p.base.is_some()) != (self.kind == DeliveryKind::Delta) {
            return Err(Refusal::new(Rule::Del8, format!("kind {}, but its bases say otherwise", self.kind))
                .within("kind"));
        }
        Ok(())
    }

    /// The delivery as it is written.
    pub fn to_tree(&self) -> Tree {
        MapBuilder::new()
            .put("format", &FORMAT)
            .put("manifest", &self.manifest)
            .put("kind", &self.kind)
            .list("payloads", &self.payloads)
            .list("evidence", &self.evidence)
            .done()
    }

    /// What a device must be ready to spend: the payload that needs most.
    pub fn decode_memory(&self) -> u64 {
        self.payloads.iter().map(|p| p.decode_memory).max().unwrap_or(0)
    }
}

/// The documents that are embedded in a package: index in the manifest and size of each, at most
/// [`limits::EVIDENCE_BYTES`] in all.
///
/// # Errors
///
/// MAN-5 where the documents are larger than that.
pub fn embedded_evidence(manifest: &Manifest, listed: &[u64]) -> Result<Vec<(u64, u64)>> {
    let all = (0u64..).zip(&manifest.common().evidence);
    let travels: Vec<_> = match manifest.release() {
        Some(_) => all.filter(|(i, _)| listed.contains(i)).map(|(i, e)| (i, e.size)).collect(),
        None => all.filter(|(_, e)| e.uri.is_none()).map(|(i, e)| (i, e.size)).collect(),
    };
    match sum(travels.iter().map(|(_, size)| *size)) {
        Some(n) if n <= limits::EVIDENCE_BYTES => Ok(travels),
        _ => Err(Refusal::new(Rule::Man5, format!("more than {} bytes of evidence", limits::EVIDENCE_BYTES))
            .within("evidence")),
    }
}
