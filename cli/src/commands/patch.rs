//! `pkg patch`: the delta codec on plain files, without packages, keys or signatures.

mod info;

use crate::interrupt;
use crate::interrupt::Interruptible;
use crate::options::{JobsArgs, LevelArgs, MemoryArgs};
use crate::out::{Failure, Outcome, Status, done, shown};
use crate::page::format::size;
use crate::progress::{Progress, ProgressArgs};
use clap::Subcommand;
use pkg_builder::{EncodeOptions, make_patch};
use pkg_files::open_source;
use pkg_format::Patch;
use pkg_install::{InstallOptions, Patching, apply_patch, read_patch};
use std::fs::File;
use std::io::Seek as _;
use std::path::{Path, PathBuf};

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Make a patch that turns one file into another
    Make(MakeArgs),
    /// Rebuild the new file from the old file and a patch
    ///
    /// The whole old file is checked before anything is written, and the new file before it is renamed into
    /// place. A patch is not signed, so it does not prove who made it.
    Apply(ApplyArgs),
    /// Show the header of a patch and, given the old file, what each part of the new one costs
    Info(info::Args),
}

#[derive(clap::Args)]
pub(crate) struct MakeArgs {
    /// The old file
    #[arg(value_name = "OLD")]
    old: PathBuf,
    /// The new file
    #[arg(value_name = "NEW")]
    new: PathBuf,
    /// The patch to write
    #[arg(short, long, value_name = "PATCH")]
    out: PathBuf,
    #[command(flatten)]
    jobs: JobsArgs,
    #[command(flatten)]
    level: LevelArgs,
    #[command(flatten)]
    memory: MemoryArgs,
    /// Memory that devices have to apply the patch, such as 3M; a lower limit can make a larger patch
    #[arg(long, value_name = "SIZE", default_value = "64M", value_parser = crate::options::memory)]
    max_decode_memory: u64,
    #[command(flatten)]
    progress: ProgressArgs,
}

#[derive(clap::Args)]
pub(crate) struct ApplyArgs {
    /// The old file
    #[arg(value_name = "OLD")]
    old: PathBuf,
    /// The patch
    #[arg(value_name = "PATCH")]
    patch: PathBuf,
    /// Where to write the new file; may be OLD
    #[arg(short, long, value_name = "NEW")]
    out: PathBuf,
    #[command(flatten)]
    jobs: JobsArgs,
    #[command(flatten)]
    progress: ProgressArgs,
}

pub(crate) fn run(command: Command) -> Outcome {
    match command {
        Command::Make(args) => make(&args),
        Command::Apply(args) => apply(&args),
        Command::Info(args) => info::run(&args),
    }
}

fn make(args: &MakeArgs) -> Outcome {
    let total = std::fs::metadata(&args.new).map_or(0, |m| m.len());
    let progress = Progress::new(args.progress.progress, "patch", total);
    let effort = EncodeOptions {
        jobs: args.jobs.jobs(),
        memory: args.memory.max_memory,
        decode_memory: args.max_decode_memory,
        effort: args.level.level().effort(),
        interrupted: interrupt::flag(),
        progress: &|bytes| progress.advance(bytes),
    };
    let patch = make_patch(&args.old, &args.new, &args.out, &effort)?;
    drop(progress);
    done(&format!(
        "{}: {} from {} to {}\n",
        shown(&args.out),
        size(file_size(&patch)),
        size(patch.old.size),
        size(patch.new.size)
    ));
    Ok(Status::Done)
}

/// The length of a patch file in bytes, according to its header.
fn file_size(patch: &Patch) -> u64 {
    let stored = patch.chunks.iter().fold(0u64, |n, c| n.saturating_add(c.stored_bytes));
    stored.saturating_add(u64::try_from(patch.to_bytes().len()).unwrap_or(u64::MAX))
}

fn apply(args: &ApplyArgs) -> Outcome {
    interrupt::flag();
    let (mut file, regular) = open_source(&args.patch).map_err(|e| Failure::file("read", &args.patch, &e))?;
    // The header of a pipe can be read only once, and applying the patch needs it.
    let total = if regular { header(&mut file, &args.patch)?.new.size } else { 0 };
    let progress = Progress::new(args.progress.progress, "patch", total);
    let files = Patching { old: &args.old, patch: &args.patch, new: &args.out };
    let options = InstallOptions {
        jobs: args.jobs.jobs(),
        progress: &|n| progress.advance(n),
        ..InstallOptions::default()
    };
    let patch = apply_patch(&files, &mut Interruptible(file), &options)?;
    drop(progress);
    done(&format!("{}: {}, sha256 {}\n", shown(&args.out), size(patch.new.size), patch.new.sha256));
    Ok(Status::Done)
}

/// Reads the header of a patch, then seeks back to the start.
fn header(file: &mut File, path: &Path) -> Outcome<Patch> {
    let patch = read_patch(file, path)?;
    file.rewind().map_err(|e| Failure::file("read", path, &e))?;
    Ok(patch)
}
