//! Options that several commands have.

use clap::ValueEnum;
use pkg_builder::Replace;
use pkg_verify::{ExampleKeys, Policy, Testing};
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// The keyring of a command that needs one.
#[derive(clap::Args)]
pub(crate) struct KeyringArgs {
    /// The keyring that says which keys are trusted
    #[arg(long, value_name = "FILE", env = "PKG_KEYRING", hide_env_values = true)]
    pub(crate) keyring: PathBuf,
    #[command(flatten)]
    pub(crate) example: ExampleArgs,
}

/// Whether example keys are accepted.
#[derive(clap::Args, Clone, Copy)]
pub(crate) struct ExampleArgs {
    /// Accept example keys, whose private halves are public; for trials only
    #[arg(long, alias = "allow-test-keys")]
    pub(crate) danger_allow_example_keys: bool,
}

impl ExampleArgs {
    pub(crate) fn allowed(self) -> ExampleKeys {
        match self.danger_allow_example_keys {
            true => ExampleKeys::DangerAccept,
            false => ExampleKeys::Refuse,
        }
    }
}

/// Where the passphrase of a new key comes from.
#[derive(clap::Args, Clone)]
pub(crate) struct PassphraseArgs {
    /// Read the passphrase from the first line of a file, or of file descriptor N (fd:N)
    #[arg(long, value_name = "FILE|fd:N")]
    pub(crate) passphrase_file: Option<String>,
}

/// How the keys of a command are opened.
#[derive(clap::Args, Clone)]
pub(crate) struct UnlockArgs {
    /// Read the passphrase or PIN from the first line of a file, or of file descriptor N (fd:N); give
    /// it once for all keys, or once for each key in the same order
    #[arg(long, value_name = "FILE|fd:N")]
    pub(crate) passphrase_file: Vec<String>,
    /// Use a key file even if others can read or replace it and so could sign as you
    #[arg(long)]
    pub(crate) danger_readable_key: bool,
}

/// Whether an existing package is replaced.
#[derive(clap::Args, Clone, Copy)]
pub(crate) struct ReplaceArgs {
    /// Replace a different package of the same release; an unsigned package never replaces a signed one
    #[arg(long)]
    replace: bool,
}

impl ReplaceArgs {
    pub(crate) fn replace(self) -> Replace {
        if self.replace { Replace::SameStep } else { Replace::Refuse }
    }
}

/// How many threads work.
#[derive(clap::Args, Clone, Copy)]
pub(crate) struct JobsArgs {
    /// Number of worker threads [default: number of cores]
    #[arg(long, value_name = "N")]
    jobs: Option<NonZeroUsize>,
}

impl JobsArgs {
    pub(crate) fn jobs(self) -> NonZeroUsize {
        self.jobs.unwrap_or_else(all_cores)
    }
}

/// How hard to compress.
#[derive(clap::Args, Clone, Copy)]
pub(crate) struct LevelArgs {
    /// Compression level, of full packages and of deltas
    #[arg(long, value_enum, default_value_t = Level::Default)]
    level: Level,
}

impl LevelArgs {
    pub(crate) fn level(self) -> pkg_builder::Level {
        match self.level {
            Level::Fast => pkg_builder::Level::Fast,
            Level::Default => pkg_builder::Level::Default,
            Level::Small => pkg_builder::Level::Small,
        }
    }
}

#[derive(Clone, Copy, ValueEnum)]
enum Level {
    /// Fastest, for everyday builds
    Fast,
    /// For releases
    Default,
    /// Slowest and smallest, for releases to large fleets
    Small,
}

/// How much memory making a delta may take.
///
/// The default is the same on every machine: the bytes of a delta may depend on it.
#[derive(clap::Args, Clone, Copy)]
pub(crate) struct MemoryArgs {
    /// Memory limit for making a delta, such as 512M or 2G; a lower limit makes larger deltas
    #[arg(long, value_name = "SIZE", default_value = "4G", value_parser = memory)]
    pub(crate) max_memory: u64,
}

/// How much memory the devices have for which a package is made.
#[derive(clap::Args, Clone, Copy)]
pub(crate) struct DecodeMemoryArgs {
    /// Memory that devices have to decode one chunk, such as 3M; below 8M, deltas can get larger, and one that
    /// cannot be decoded in it is discarded
    #[arg(long, value_name = "SIZE", default_value = "64M", value_parser = memory)]
    pub(crate) max_decode_memory: u64,
}

/// Which trusted packages this device accepts.
#[derive(clap::Args, Clone, Copy)]
pub(crate) struct PolicyArgs {
    /// Refuse packages that need more memory than this to decode one chunk, such as 16M
    #[arg(long, value_name = "SIZE", default_value = "64M", value_parser = memory)]
    max_decode_memory: u64,
    /// Refuse releases of the testing channel
    #[arg(long)]
    refuse_testing: bool,
}

impl PolicyArgs {
    pub(crate) fn policy(self) -> Policy {
        let testing = if self.refuse_testing { Testing::Refuse } else { Testing::Accept };
        Policy::default().with_decode_memory(self.max_decode_memory).with_testing(testing)
    }
}

/// Bytes, or KiB, MiB, GiB by their letter.
pub(crate) fn memory(text: &str) -> Result<u64, String> {
    let (number, unit) = match text.char_indices().next_back() {
        Some((at, 'K' | 'k')) => (&text[..at], 1 << 10),
        Some((at, 'M' | 'm')) => (&text[..at], 1 << 20),
        Some((at, 'G' | 'g')) => (&text[..at], 1 << 30),
        _ => (text, 1u64),
    };
    let bytes = number.parse::<u64>().ok().and_then(|n| n.checked_mul(unit)).filter(|n| *n > 0);
    bytes.ok_or_else(|| "expected a number of bytes, or a number followed by K, M or G".into())
}

/// The threads of the machine.
pub(crate) fn all_cores() -> NonZeroUsize {
    std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        assert_eq!((memory("512M"), memory("2g"), memory("9")), (Ok(512 << 20), Ok(2 << 30), Ok(9)));
        for wrong in ["", "0", "M", "1.5G", "-1", "1T", "99999999999G", "1 G"] {
            assert!(memory(wrong).is_err(), "{wrong}");
        }
    }
}
