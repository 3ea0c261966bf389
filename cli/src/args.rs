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
    /// Write the advisory of a package, for people or as CSAF
    ///
    /// The texts are those of the signed manifest. CSAF documents name their publisher by an address on
    /// the web (--namespace). States are named by digests; --known puts versions to them.
    Advisory(commands::advisory::Args),
    /// Show what changed between two packages, down to the files in their images
    ///
    /// For a security release it answers first what else changed: which files no fix touches. Images are
    /// looked into where their format is known: tar, cpio, squashfs, ext2 to ext4, FAT and ELF, and those
    /// compressed with gzip, xz or zstd. Differences are no failure: the exit status is 0.
    Diff(commands::diff::Args),
    /// Take a verified package apart into a folder
    Unpack(commands::unpack::Args),
    /// Rebuild the images of a verified package
    ///
    /// Each image is written beside its file and read back; when all of them and the whole package are
    /// sound, they get their names. A block device is written in place. After an interruption, also of
    /// the power, the same command goes on where that one came to: until then a journal and what is
    /// written stand beside the images, as .NAME.pkg-journal and .NAME.pkg-part.
    Apply(commands::apply::Args),
    /// Say what a device should do now, and why
    ///
    /// Told, asked, approved, put off or installed: what comes out follows from the packages, the state
    /// of the device, what its user chose, and the time where there is a clock to trust. Nothing is
    /// installed by this command, and the state file is only written with --answer or --save.
    Decide(commands::decide::Args),
    /// Check the records of decisions
    Records(commands::records::Args),
    /// Judge all releases of a product together: is security kept apart from features?
    ///
    /// Reads folders of packages, notices and withdrawals, verifies each, builds the release graph and
    /// judges the rules of sets, G1 to G21, as of a date. The report lists what fails with a
    /// counter-example, the exceptions with their reasons, and the evidence for each row of the technical
    /// documentation. It is evidence for an assessment by people. docs/audit.md explains it.
    Audit(commands::audit::Args),
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
