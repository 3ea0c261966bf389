//! Every argument of every command, with its help: man pages and completions come from here.

use crate::commands;
use clap::{Parser, Subcommand, ValueEnum};
use std::ffi::OsString;

/// Firmware update packages that say why they exist.
///
/// Build, sign, verify and inspect update packages. A package states whether it is a security or a
/// feature update and carries a signed advisory for its users.
#[derive(Parser)]
#[command(name = "pkg", version, max_term_width = 100, disable_help_subcommand = true)]
pub(crate) struct Args {
    /// When to use colour
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN", help_heading = "Output")]
    pub(crate) color: Color,
    /// Print results, warnings and errors only: no hints, and no reports of what was done
    #[arg(short, long, global = true, help_heading = "Output")]
    pub(crate) quiet: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Start a product: descriptions, keys, a keyring and a CI file
    ///
    /// Asks for what only you know, or takes it from the options; what is left out becomes a placeholder that pkg check
    /// names. Without a terminal nothing is asked. No file is ever replaced.
    Init(commands::init::Args),
    /// Write the description of the next release, notice or withdrawal
    ///
    /// What follows from the last release is filled in. What only you know is a placeholder in angle brackets, which
    /// pkg check names until you replace it. No file is ever replaced.
    New(commands::new::Args),
    /// Find every fault of a release description, without keys and images
    Check(commands::check::Args),
    /// Build the packages of a release description
    Build(commands::build::Args),
    /// Make delta packages for a release that is already signed
    ///
    /// Each delta reuses the signed manifest of the full package, so only a delivery key is needed, not the
    /// release key. The package and the bases are verified first: against --keyring or, without one, against
    /// the keys that --key gives.
    Delta(commands::delta::Args),
    /// Add a signature to packages
    Sign(commands::sign::Args),
    /// Verify packages: signatures, rules and every byte
    Verify(commands::verify::Args),
    /// Show what is in a package
    Inspect(commands::inspect::Args),
    /// Write the advisory of a package as text, HTML, CSAF or OpenVEX
    ///
    /// All texts come from the signed manifest. A manifest refers to other releases by digest: give
    /// --known, so that the document can name their versions. CSAF and OpenVEX identify the publisher by a
    /// web address (--namespace).
    Advisory(commands::advisory::Args),
    /// Write the web site of all advisories: a CSAF provider, OpenVEX, pages and feeds
    ///
    /// Everything is a plain file for any web server. Run the command again after each release: documents that change
    /// get their next version, all others keep their bytes. Links are absolute, so --url must be where the folder is
    /// published.
    Site(commands::site::Args),
    /// Show what changed between two packages, down to the files in their images
    ///
    /// For a security release the page first lists the changed files that no fix accounts for. Images in
    /// these formats are compared file by file: tar, cpio, squashfs, ext2 to ext4, FAT and ELF, also
    /// compressed with gzip, xz or zstd. The exit status is 0 whether or not the packages differ.
    Diff(commands::diff::Args),
    /// Unpack a verified package into a folder
    Unpack(commands::unpack::Args),
    /// Write the images of a verified package
    ///
    /// Each image is written to a temporary file and read back. When every image and the whole package
    /// have been verified, the temporary files are renamed into place. A block device is written in place.
    /// After an interruption or a power cut, run the same command again: it resumes. Until then the
    /// unfinished images stay next to their targets as .NAME.pkg-part, and a journal next to the first as
    /// .NAME.pkg-journal.
    Apply(commands::apply::Args),
    /// Decide what a device should do now, and say why
    ///
    /// The answer may be to show a notice, to ask the user, to wait or to install. It depends on the packages,
    /// the state of the device, the choices of its user and, if there is a trusted clock, the time. This
    /// command installs nothing, and it writes the state file only with --answer or --save.
    Decide(commands::decide::Args),
    /// Check the hash chain of decision records
    Records(commands::records::Args),
    /// Audit all releases of a product: are security updates kept apart from features?
    ///
    /// Verifies every package, notice and withdrawal in the given folders, builds the release graph and
    /// checks rules G1 to G24 as of a date. The report gives a counter-example for each failed rule, the
    /// exceptions with their reasons, and the evidence for each row of the technical documentation. It is
    /// evidence for an assessment by people; docs/audit.md explains it.
    Audit(commands::audit::Args),
    /// Plan what is owed before it is late: releases and notices, with their numbers
    ///
    /// Reads the same packages as pkg audit, by the same rules. For each supported line the plan says which
    /// fixes its users lack that others have, what the release that brings them must carry, and which
    /// notices are due now or within 30 days. The exit status is 0 if nothing is owed and 1 otherwise.
    /// docs/plan.md explains it.
    Plan(commands::plan::Args),
    /// Make the deltas of a release on many machines
    #[command(subcommand)]
    Farm(commands::farm::Command),
    /// Publish packages in a repository
    ///
    /// Every package is verified first. Packages are written before the log, and creating the next head decides:
    /// killed at any moment, the repository is as before or as after. If others publish at the same time, this one reads
    /// again and judges again. Refused is what no device would accept, a number that is in use, and what the audit calls
    /// a regression of this very release (G5, G6, G21); everything else is a warning.
    Publish(commands::publish::Args),
    /// Ask a repository what is new, and download what is needed
    ///
    /// Reads the newest head and the statements of what it offers. With --state it decides as pkg decide does and
    /// downloads notices and the release to install: as a delta where there is one from the installed state. A download
    /// that was interrupted resumes. Nothing is believed because a repository offers it: every package is verified.
    Fetch(commands::fetch::Args),
    /// Start, show, check, refresh and mirror repositories
    #[command(subcommand)]
    Repository(commands::repository::Command),
    /// Make, apply and show delta patches between plain files
    #[command(subcommand)]
    Patch(commands::patch::Command),
    /// Make and show keys
    #[command(subcommand)]
    Key(commands::key::Command),
    /// Make, change, sign and show keyrings
    #[command(subcommand)]
    Keyring(commands::keyring::Command),
    /// Explain a rule: what it means, why it exists and what to do
    Explain(commands::explain::Args),
    /// Print what may be written in a file: a JSON Schema for editors, or a reference
    ///
    /// An editor with the schema completes the keys of a file, shows what they say, and marks mistakes. pkg init writes
    /// the schema of release.toml next to it. The comment `#:schema ./release.schema.json` at the top of a file names its
    /// schema.
    Schema(commands::schema::Args),
    /// Explain exit statuses, roles, classes and other topics
    Help(commands::help::Args),
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
    /// What a command line asks for whose other arguments are wrong.
    pub(crate) fn asked(args: impl Iterator<Item = OsString>) -> Self {
        let args: Vec<_> =
            args.filter_map(|arg| arg.into_string().ok()).take_while(|arg| arg != "--").collect();
        let next = args.iter().skip(1).map(Some).chain([None]);
        let asked = args.iter().zip(next).filter_map(|(arg, next)| match arg.strip_prefix("--color")? {
            "" => next.map(String::as_str),
            value => value.strip_prefix('='),
        });
        asked.last().and_then(|value| Self::from_str(value, false).ok()).unwrap_or(Self::Auto)
    }

    pub(crate) fn set(self) {
        match self {
            Color::Auto => anstream::ColorChoice::Auto,
            Color::Always => anstream::ColorChoice::Always,
            Color::Never => anstream::ColorChoice::Never,
        }
        .write_global();
    }
}
