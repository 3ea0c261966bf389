//! Every argument of every command, with its help: man pages and completions come from here.

use crate::commands;
use clap::{Parser, Subcommand, ValueEnum};

/// Firmware update packages that say why they exist.
///
/// Build, sign, verify and read update packages that mark security updates apart from feature
/// updates, carry the advisory for the user, and prove both.
#[derive(Parser)]
#[command(name = "pkg", version, max_term_width = 100, disable_help_subcommand = true)]
pub(crate) struct Args {
    /// When to use colour
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN", help_heading = "Output")]
    pub(crate) color: Color,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Build the packages of a release description
    Build(commands::build::Args),
    /// Make delta packages for a release that was signed before
    ///
    /// Manifest and signatures go into each delta as they are, so no release key is needed, only one
    /// for deliveries. Package and bases are verified first: by --keyring, or else their manifests must
    /// bear a valid signature by one of the keys that are given.
    Delta(commands::delta::Args),
    /// Add a signature to packages
    Sign(commands::sign::Args),
    /// Verify packages: signatures, rules and every byte
    Verify(commands::verify::Args),
    /// Show what is in a package
    Inspect(commands::inspect::Args),
    /// Show what changed between two packages, down to the files in their images
    ///
    /// For a security release it answers first what else changed: which files no fix touches. Images are
    /// looked into where their format is known: tar, cpio, squashfs, ext2 to ext4, FAT and ELF, and those
    /// compressed with gzip, xz or zstd. Differences are no failure: the exit status is 0.
    Diff(commands::diff::Args),
    /// Take a verified package apart into a folder
    Unpack(commands::unpack::Args),
    /// Rebuild the images of a verified package
    Apply(commands::apply::Args),
    /// Make, apply and show patches between bare files
    #[command(subcommand)]
    Patch(commands::patch::Command),
    /// Make and show keys
    #[command(subcommand)]
    Key(commands::key::Command),
    /// Make, sign and show keyrings
    #[command(subcommand)]
    Keyring(commands::keyring::Command),
    /// Say what a rule means and what to do about it
    Explain(commands::explain::Args),
    /// Write the man pages
    Man(commands::man::Args),
    /// Write completions for a shell
    Completions(commands::completions::Args),
}

/// When to use colour.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl Color {
    pub(crate) fn set(self) {
        match self {
            Color::Auto => anstream::ColorChoice::Auto,
            Color::Always => anstream::ColorChoice::Always,
            Color::Never => anstream::ColorChoice::Never,
        }
        .write_global();
    }
}
