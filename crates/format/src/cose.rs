//! Signature structures: a tagged COSE_Sign (RFC 9052) used as a hash envelope (RFC 9995).
//!
//! What is signed is always small, whatever the statement: the digest of its bytes. Decoding
//! checks the form only; the verifier checks the signatures themselves.

use crate::cbor::{Item, Tree, Wire, strict::Keys};
use crate::{Digest, Refusal, Result, Rule, limits};
use alloc::{format, vec, vec::Vec};

/// The id of a key: its COSE Key Thumbprint (RFC 9679) with SHA-256, in full.
pub type KeyId = Digest;

/// What a signature structure belongs to. Each kind has its own content type and its own context,
/// so that a signature on one is worth nothing on another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatementKind {
    /// A manifest.
    Manifest,
    /// A delivery.
    Delivery,
    /// A keyring.
    Keyring,
    /// The head of a repository.
    Head,
}

impl StatementKind {
    /// Every kind.
    pub const ALL: [StatementKind; 4] =
        [StatementKind::Manifest, StatementKind::Delivery, StatementKind::Keyring, StatementKind::Head];

    /// The word for people.
    pub const fn as_str(self) -> &'static str {
        match self {
            StatementKind::Manifest => "manifest",
            StatementKind::Delivery => "delivery",
            StatementKind::Keyring => "keyring",
            StatementKind::Head => "head",
        }
    }

    const fn content_type(self) -> &'static str {
        match self {
            StatementKind::Manifest => "application/vnd.pkg.manifest+cbor",
            StatementKind::Delivery => "application/vnd.pkg.delivery+cbor",
            StatementKind::Keyring => "application/vnd.pkg.keyring+cbor",
            StatementKind::Head => "application/vnd.pkg.head+cbor",
        }
    }

    const fn context(self) -> &'static [u8] {
        match self {
            StatementKind::Manifest => b"pkg/1 manifest",
            StatementKind::Delivery => b"pkg/1 delivery",
            StatementKind::Keyring => b"pkg/1 keyring",
            StatementKind::Head => b"pkg/1 head",
        }
    }

    /// The protected header of the body: {258: -16 (SHA-256), 259: content type} (RFC 9995).
    fn body_header(self) -> Vec<u8> {
        let mut out = vec![0xa2, 0x19, 0x01, 0x02, 0x2f, 0x19, 0x01, 0x03];
        out.extend(Tree::text(self.content_type()).to_bytes());
        out
    }
}

/// A signature algorithm of this format version.
///
/// ML-DSA-65 never stands alone: it is asked for besides Ed25519 (SPEC 5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    /// Ed25519, pure (RFC 8032; COSE algorithm -19, RFC 9864).
    Ed25519,
    /// ML-DSA-65, pure and with an empty context (FIPS 204; COSE algorithm -49, RFC 9964).
    MlDsa65,
}

impl Algorithm {
    /// Every algorithm.
    pub const ALL: &[Algorithm] = &[Algorithm::Ed25519, Algorithm::MlDsa65];

    /// The number in the COSE registry.
    pub const fn cose(self) -> i64 {
        match self {
            Algorithm::Ed25519 => -19,
            Algorithm::MlDsa65 => -49,
        }
    }

    /// The word for people.
    pub const fn as_str(self) -> &'static str {
        match self {
            Algorithm::Ed25519 => "ed25519",
            Algorithm::MlDsa65 => "ml-dsa-65",
        }
    }

    /// Bytes of a public key.
    pub const fn key_len(self) -> usize {
        match self {
            Algorithm::Ed25519 => 32,
            Algorithm::MlDsa65 => 1952,
        }
    }

    /// Bytes of a signature.
    pub const fn signature_len(self) -> usize {
        match self {
            Algorithm::Ed25519 => 64,
            Algorithm::MlDsa65 => 3309,
        }
    }

    fn from_cose(number: i64) -> Result<Self> {
        Algorithm::ALL.iter().copied().find(|a| a.cose() == number).ok_or_else(|| {
            let why = format!("algorithm {number}, expected -19 (Ed25519) or -49 (ML-DSA-65)");
            Refusal::new(Rule::Sig8, why)
        })
    }

    /// The bytes before the public key in a COSE_Key that has only the required parameters.
    const fn key_head(self) -> &'static [u8] {
        match self {
            // {1: 1 (OKP), -1: 6 (Ed25519), -2: 32 bytes}
            Algorithm::Ed25519 => &[0xa3, 0x01, 0x01, 0x20, 0x06, 0x21, 0x58, 0x20],
            // {1: 7 (AKP), 3: -49 (ML-DSA-65), -1: 1,952 bytes}
            Algorithm::MlDsa65 => &[0xa3, 0x01, 0x07, 0x03, 0x38, 0x30, 0x20, 0x59, 0x07, 0xa0],
        }
    }
}

impl Wire for Algorithm {
    fn decode(item: Item<'_>) -> Result<Self> {
        Algorithm::from_cose(item.int()?)
    }
    fn encode(&self) -> Tree {
        Tree::Int(self.cose())
    }
}

/// The id of a public key of its algorithm's length: SHA-256 of its COSE_Key (RFC 9679).
pub fn key_id(alg: Algorithm, key: &[u8]) -> KeyId {
    Digest::of(&[alg.key_head(), key].concat())
}

/// One signature, not checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// Which key is said to have made it.
    pub key: KeyId,
    /// By which algorithm.
    pub alg: Algorithm,
    /// The raw signature.
    pub bytes: Vec<u8>,
}

/// The protected header of a signature: {1: algorithm, 4: key id}.
fn signature_header(alg: Algorithm, key: &KeyId) -> Vec<u8> {
    let mut out = vec![0xa2, 0x01];
    out.extend(Tree::Int(alg.cose()).to_bytes());
    out.push(0x04);
    out.extend(key.encode().to_bytes());
    out
}

/// The bytes that a key signs (RFC 9052, 4.4): below 256, whatever the size of the statement.
pub fn to_be_signed(kind: StatementKind, statement: &Digest, alg: Algorithm, key: &KeyId) -> Vec<u8> {
    Tree::List(vec![
        Tree::text("Signature"),
        Tree::Bytes(kind.body_header()),
        Tree::Bytes(signature_header(alg, key)),
        Tree::Bytes(kind.context().to_vec()),
        statement.encode(),
    ])
    .to_bytes()
}

/// Tag 98, COSE_Sign.
const TAG: [u8; 2] = [0xd8, 0x62];

/// Writes a `.cose` member; the signatures are sorted by key id.
pub fn encode(kind: StatementKind, statement: &Digest, signatures: &[Signature]) -> Vec<u8> {
    let mut sorted: Vec<_> = signatures.iter().collect();
    sorted.sort_by_key(|s| s.key);
    let empty = || Tree::Map(Vec::new());
    let entries = sorted
        .into_iter()
        .map(|s| {
            Tree::List(vec![
                Tree::Bytes(signature_header(s.alg, &s.key)),
                empty(),
                Tree::Bytes(s.bytes.clone()),
            ])
        })
        .collect();
    let body =
        Tree::List(vec![Tree::Bytes(kind.body_header()), empty(), statement.encode(), Tree::List(entries)]);
    let mut out = TAG.to_vec();
    out.extend(body.to_bytes());
    out
}

/// Reads a `.cose` member that must belong to a statement with the digest `statement`.
///
/// # Errors
///
/// SIG-5 to SIG-13: the structure is not in its one form, or belongs to another statement.
pub fn decode(bytes: &[u8], kind: StatementKind, statement: &Digest) -> Result<Vec<Signature>> {
    let form = |why: &str| Refusal::new(Rule::Sig5, why);
    let body = bytes.strip_prefix(&TAG).ok_or_else(|| form("does not begin with tag 98 (COSE_Sign)"))?;
    let body = Item::open(body, Keys::Integer).and_then(Item::list);
    let body = body.map_err(|e| form(&format!("not one COSE_Sign: {e}")))?;
    let [header, unprotected, payload, signatures] = body.as_slice() else {
        return Err(form("a COSE_Sign has four parts"));
    };
    if header.bytes().map_err(|_| form("the body header is no byte string"))? != kind.body_header() {
        return Err(Refusal::new(Rule::Sig6, format!("expected the header of a {}", kind.as_str())));
    }
    no_header(*unprotected)?;
    if payload.bytes().map_err(|_| form("the payload is no byte string"))? != statement.0 {
        return Err(Refusal::new(
            Rule::Sig7,
            format!("the {} beside it has the digest {}", kind.as_str(), statement.short()),
        ));
    }
    let signatures = signatures.list().map_err(|_| form("the signatures are no list"))?;
    if signatures.is_empty() || signatures.len() > limits::SIGNERS {
        return Err(Refusal::new(
            Rule::Sig12,
            format!("{} signatures, expected 1 to {}", signatures.len(), limits::SIGNERS),
        ));
    }
    let signatures: Vec<_> = signatures
        .into_iter()
        .enumerate()
        .map(|(i, item)| signature(item).map_err(|e| e.at_index(i)))
        .collect::<Result<_>>()?;
    let keys: Vec<_> = signatures.iter().map(|s| s.key).collect();
    crate::cbor::sorted(&keys).map_err(|e| Refusal { rule: Rule::Sig10, ..e })?;
    Ok(signatures)
}

fn no_header(item: Item<'_>) -> Result<()> {
    match item.raw() {
        [0xa0] => Ok(()),
        _ => Err(Refusal::new(Rule::Sig11, "the unprotected header is not empty")),
    }
}

fn signature(item: Item<'_>) -> Result<Signature> {
    let form = |_| Refusal::new(Rule::Sig5, "a signature has three parts: bytes, map, bytes");
    let parts = item.list().map_err(form)?;
    let [header, unprotected, bytes] = parts.as_slice() else {
        return Err(Refusal::new(Rule::Sig5, "a signature has three parts: bytes, map, bytes"));
    };
    no_header(*unprotected)?;
    let (alg, key) = header_of(header.bytes().map_err(form)?)?;
    let bytes = bytes.bytes().map_err(form)?;
    if bytes.len() != alg.signature_len() {
        return Err(Refusal::new(
            Rule::Sig13,
            format!("{} bytes, {} has {}", bytes.len(), alg.as_str(), alg.signature_len()),
        ));
    }
    Ok(Signature { key, alg, bytes: bytes.to_vec() })
}

fn header_of(bytes: &[u8]) -> Result<(Algorithm, KeyId)> {
    let form = |why: &str| Refusal::new(Rule::Sig9, why);
    let entries = Item::open(bytes, Keys::Integer).and_then(Item::int_entries);
    match entries.map_err(|_| form("the protected header is no map of integers"))?.as_slice() {
        [(1, alg), (4, key)] => {
            let alg = alg.int().map_err(|_| form("the algorithm is no number"))?;
            let alg = Algorithm::from_cose(alg)?;
            let key = key.bytes().ok().and_then(|b| <[u8; 32]>::try_from(b).ok());
            Ok((alg, Digest(key.ok_or_else(|| form("a key id is 32 bytes long"))?)))
        }
        entries if !entries.iter().any(|(label, _)| *label == 1) => {
            Err(Refusal::new(Rule::Sig8, "no algorithm in the protected header"))
        }
        _ => Err(form("expected exactly algorithm (1) and key id (4)")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip_sorts_by_key() {
        let statement = Digest::of(b"statement");
        let signature = |n: u8, alg: Algorithm| {
            let bytes = vec![n; alg.signature_len()];
            Signature { key: Digest([n; 32]), alg, bytes }
        };
        let (one, two) = (signature(1, Algorithm::MlDsa65), signature(2, Algorithm::Ed25519));
        let bytes = encode(StatementKind::Manifest, &statement, &[two.clone(), one.clone()]);
        let read = decode(&bytes, StatementKind::Manifest, &statement).unwrap();
        assert_eq!(read, [one, two]);
        assert_eq!(encode(StatementKind::Manifest, &statement, &read), bytes);
    }

    #[test]
    fn as_many_signatures_as_are_allowed_fit_their_member() {
        let signature = |n| Signature {
            key: Digest([n; 32]),
            alg: Algorithm::MlDsa65,
            bytes: vec![0; Algorithm::MlDsa65.signature_len()],
        };
        let all: Vec<_> = (0..limits::SIGNERS).map(|n| signature(u8::try_from(n).unwrap())).collect();
        let bytes = encode(StatementKind::Manifest, &Digest::of(b""), &all);
        assert!(u64::try_from(bytes.len()).unwrap() <= limits::COSE, "{} bytes", bytes.len());
    }

    #[test]
    fn what_is_signed_is_small_and_bound_to_its_kind() {
        let digest = Digest::of(b"statement");
        for alg in Algorithm::ALL {
            let bytes = |kind| to_be_signed(kind, &digest, *alg, &digest);
            let mut all = StatementKind::ALL.map(bytes);
            assert!(all.iter().all(|bytes| bytes.len() < 256));
            all.sort();
            assert!(all.windows(2).all(|two| two[0] != two[1]));
        }
    }
}
