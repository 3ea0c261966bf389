//! What a caller chooses about building: everything that a package depends on is here or in the description.

use crate::keys::Signer;
use crate::level::Level;
use crate::replace::Replace;
use crate::separation::Separation;
use crate::warning::Warning;
use pkg_codec::delta::EncodeOptions;
use pkg_format::Digest;
use pkg_format::manifest::Manifest;
use pkg_verify::{Keyring, Policy};
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// How package files are made, by a build or by [`crate::delta()`].
#[derive(Clone, Copy)]
pub struct PackageOptions<'a> {
    /// The folder that packages are written to. It must exist.
    pub out: &'a Path,
    /// Worker threads.
    pub jobs: NonZeroUsize,
    /// How hard to compress, full packages and deltas.
    pub level: Level,
    /// Bytes of memory that making a delta may take.
    pub memory: u64,
    /// The most memory, in bytes, that a device may need to decode a package: its limit for POL-1.
    pub decode_memory: u64,
    /// Who is trusted to have signed earlier packages. It also verifies what is built.
    pub keyring: Option<&'a Keyring>,
    /// Keys that sign the delivery. If a build gets none, the keys that sign the manifest do it.
    pub delivery_signers: &'a [&'a dyn Signer],
    /// Whether a different package of the same step is replaced.
    pub replace: Replace,
    /// Set by the caller to stop. Nothing is left behind.
    pub interrupted: &'a AtomicBool,
    /// Called with the number of image bytes that were finished since the last call.
    pub progress: &'a (dyn Fn(u64) + Sync),
    /// The time since the start, for [`crate::Built::took`]. It goes into no package.
    pub clock: &'a dyn Fn() -> Duration,
}

impl<'a> PackageOptions<'a> {
    /// Packages go to the folder `out`, unsigned, at the default level. One thread works, with as much memory as it
    /// needs; devices have the memory of the default policy. No file is replaced, nobody interrupts, and nothing is
    /// reported.
    pub fn new(out: &'a Path) -> Self {
        static NEVER: AtomicBool = AtomicBool::new(false);
        PackageOptions {
            out,
            jobs: NonZeroUsize::MIN,
            level: Level::default(),
            memory: u64::MAX,
            decode_memory: Policy::default().decode_memory,
            keyring: None,
            delivery_signers: &[],
            replace: Replace::Refuse,
            interrupted: &NEVER,
            progress: &|_| (),
            clock: &|| Duration::ZERO,
        }
    }

    /// How deltas are encoded.
    pub(crate) fn encode(&self) -> EncodeOptions<'a> {
        let PackageOptions { jobs, level, memory, decode_memory, interrupted, progress, .. } = *self;
        EncodeOptions { jobs, memory, decode_memory, effort: level.effort(), interrupted, progress }
    }
}

/// How a description is built.
#[derive(Clone, Copy)]
pub struct BuildOptions<'a> {
    /// How each package file is made.
    pub package: PackageOptions<'a>,
    /// The date of issue, in unix seconds.
    pub issued: u64,
    /// Keys that sign the manifest. With none the package stays unsigned.
    pub signers: &'a [&'a dyn Signer],
    /// What to do about changed files that no fix of a security release mentions.
    pub separation: Separation<'a>,
    /// Called with what is not refused, and probably not meant.
    pub warn: &'a dyn Fn(&Warning),
    /// Called with the finished manifest and the digest of its statement, before anything is signed or written. What it
    /// refuses is not built. Every build delivers a release as a full package.
    pub judge: &'a dyn Fn(&Manifest, Digest) -> pkg_format::Result<()>,
}

impl<'a> BuildOptions<'a> {
    /// An unsigned build of this date of issue. Unattributed changes and warnings are not reported.
    pub fn new(package: PackageOptions<'a>, issued: u64) -> Self {
        BuildOptions {
            package,
            issued,
            signers: &[],
            separation: Separation::default(),
            warn: &|_| (),
            judge: &|_, _| Ok(()),
        }
    }

    /// The same options, with the keys that really sign the delivery.
    pub(crate) fn resolved(&self) -> Self {
        let mut options = *self;
        if options.package.delivery_signers.is_empty() {
            options.package.delivery_signers = self.signers;
        }
        options
    }
}
