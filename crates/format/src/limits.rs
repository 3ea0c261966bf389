//! The budget of everything that is read, each figure with its reason.
//!
//! `format-spec/SPEC.md` has the same table. A verifier refuses what is over a limit before it
//! allocates for it.

/// A statement (`*.cbor`), bytes. A release with 1,024 fixes in four languages stays below half
/// of it, and a small device can hold it in memory.
pub const STATEMENT: u64 = 1 << 20;

/// A signature structure (`*.cose`), bytes: 16 signatures of a post-quantum scheme (3,309 bytes
/// each) fit.
pub const COSE: u64 = 64 << 10;

/// Signatures on one statement. More people than that do not sign a release; each costs the
/// device a curve operation.
pub const SIGNERS: usize = 16;

/// CBOR items in a statement. A delivery of 1 MiB holds some 28,000 chunks of 4 items each;
/// decoding costs 16 to 32 bytes of memory an item.
pub const ITEMS: u64 = 131_072;

/// Nesting of CBOR arrays and maps. The deepest statement uses 6.
pub const DEPTH: u32 = 16;

/// Images (components) of one release.
pub const IMAGES: usize = 64;

/// Fixes, changes, statuses, remediations, defaults: entries a list.
pub const ENTRIES: usize = 1024;

/// Aliases of one fix. One kernel update closes hundreds of vulnerabilities under one advisory.
pub const ALIASES: usize = 4096;

/// Paths that one fix says it touches.
pub const TOUCHES: usize = 1024;

/// By how much a counter may rise in one step, unless a device sets another bound (VER-5): a release every hour
/// for seven years. No single release can bring a counter near its end, from where it could never rise again.
pub const JUMP: u64 = 65_536;

/// State references in one list: every release of a line for ten years, a week apart.
pub const REFS: usize = 1024;

/// States that a release was built from.
pub const PARENTS: usize = 64;

/// Ranges of releases that one status or remediation names.
pub const RELEASES: usize = 64;

/// Entries of one acknowledgement.
pub const ACKNOWLEDGED: usize = 64;

/// Series of statements of a product that one statement knows of: its lines over all scopes, notices and
/// withdrawals.
pub const SERIES: usize = 256;

/// Hardware ids of a product.
pub const HARDWARE: usize = 256;

/// Evidence entries of a manifest.
pub const EVIDENCE: usize = 256;

/// Bytes of evidence embedded in one package.
pub const EVIDENCE_BYTES: u64 = 64 << 20;

/// A one-line text field (a contact, a customer, an approver), bytes of UTF-8.
pub const LABEL: usize = 1 << 10;

/// Text in one language, bytes of UTF-8; for an advisory, its four texts together.
pub const TEXT: usize = 64 << 10;

/// Languages of one text.
pub const LANGUAGES: usize = 64;

/// The shortest rationale, in characters, that can explain why a fix cannot be kept apart.
pub const RATIONALE: usize = 80;

/// Image bytes of one chunk: bounds the memory of a decoder.
pub const CHUNK_IMAGE: u64 = 16 << 20;

/// By how much the stored form of a chunk may exceed its image bytes: incompressible input costs
/// a codec a few bytes a block.
pub const CHUNK_OVERHEAD: u64 = 64 << 10;

/// A member of the container: what 11 octal digits can say. Larger payloads need a later format.
pub const MEMBER: u64 = 0o77_777_777_777;

/// Keys (and roots) of a keyring.
pub const KEYS: usize = 256;

/// Lines of one product and scope that a keyring may give heads for. A device stores them beside everything
/// else that it remembers, in a store of 256 KiB.
pub const HEADS: usize = 64;

/// Predecessors that a keyring file may carry. A new version a month for twenty years, and no device
/// checks more signatures than those of a chain.
pub const PREDECESSORS: usize = 240;

/// A keyring file with its predecessors, bytes: 240 versions with thirty keys of ML-DSA-65 each. It is
/// held in memory whole, and comes from strangers.
pub const KEYRING_FILE: u64 = 16 << 20;

/// The statement of a repository's head, bytes: as many entries as [`CURRENT`] allows, each with its longest names,
/// fit. A device reads one with every poll.
pub const HEAD: u64 = 512 << 10;

/// Entries that a head lists as current: a product with a thousand notices in force tells nobody anything.
pub const CURRENT: usize = 1024;

/// Entries of one page of a log. A page of the longest entries stays below half of a statement.
pub const PAGE: usize = 1024;

/// Entries of a log: a publication every hour for thirty years. An auditor holds all of it in memory.
pub const LOG: u64 = 262_144;

/// Bytes of a package that hold its statements: two of them and their signatures at their limits, with five headers.
pub const FRONT: u64 = 2 * (STATEMENT + COSE) + 5 * 512;

/// The longest time, seconds, after which a head should be followed by a newer one: a year and a day. Longer, and
/// nobody would notice that updates are withheld.
pub const MAX_AGE: u64 = 366 * 86_400;
