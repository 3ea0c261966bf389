//! `pkg delta`: deltas for a release that is already signed, with only a delivery key.

use super::build::report;
use crate::folder::Folder;
use crate::options::{
    DecodeMemoryArgs, ExampleArgs, JobsArgs, LevelArgs, MemoryArgs, ReplaceArgs, UnlockArgs,
};
use crate::out::{Failure, Outcome, Status};
use crate::passphrase::Keys;
use crate::progress::{Progress, ProgressArgs};
use crate::{inputs, interrupt};
use pkg_builder::PackageOptions;
use std::path::{Path, PathBuf};
use std::time::Instant;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The full package of the release
    #[arg(value_name = "PACKAGE")]
    package: PathBuf,
    /// The full package of a release that devices run (repeatable)
    #[arg(long, required = true, value_name = "PACKAGE")]
    base: Vec<PathBuf>,
    /// Sign the deliveries with this key (repeatable)
    #[arg(long, required = true, value_name = "KEY")]
    key: Vec<String>,
    /// The output folder; it is created if it does not exist
    #[arg(short, long, value_name = "DIR")]
    out: PathBuf,
    /// The keyring to verify the package, the bases and the new deltas with; without one, only
    /// packages signed by the keys given with --key are trusted
    #[arg(long, value_name = "FILE", env = "PKG_KEYRING", hide_env_values = true)]
    keyring: Option<PathBuf>,
    #[command(flatten)]
    replace: ReplaceArgs,
    #[command(flatten)]
    jobs: JobsArgs,
    #[command(flatten)]
    level: LevelArgs,
    #[command(flatten)]
    memory: MemoryArgs,
    #[command(flatten)]
    decoding: DecodeMemoryArgs,
    #[command(flatten)]
    unlock: UnlockArgs,
    #[command(flatten)]
    example: ExampleArgs,
    #[command(flatten)]
    progress: ProgressArgs,
}

pub(crate) fn run(args: Args) -> Outcome {
    let folder = Folder::make(&args.out)?;
    let mut keys = Keys::new(&args.unlock, args.key.len())?;
    let signers = args.key.iter().map(|uri| keys.signer(uri)).collect::<Outcome<Vec<_>>>()?;
    let signers: Vec<_> = signers.iter().map(|s| s.as_ref()).collect();
    let keyring = args.keyring.as_deref().map(|p| inputs::keyring_at(p, args.example)).transpose()?;
    let total = image_bytes(&args.package)?.saturating_mul(u64::try_from(args.base.len()).unwrap_or(1));
    let progress = Progress::new(args.progress.progress, "delta", total);
    let start = Instant::now();
    let options = PackageOptions {
        out: &args.out,
        jobs: args.jobs.jobs(),
        level: args.level.level(),
        memory: args.memory.max_memory,
        decode_memory: args.decoding.max_decode_memory,
        keyring: keyring.as_ref(),
        delivery_signers: &signers,
        replace: args.replace.replace(),
        interrupted: interrupt::flag(),
        progress: &|bytes| progress.advance(bytes),
        clock: &|| start.elapsed(),
    };
    let built = pkg_builder::delta(&args.package, &args.base, &options)?;
    folder.keep();
    drop(progress);
    report(&built);
    Ok(Status::Done)
}

/// The image sizes that the package claims, in total; used only for the progress bar.
fn image_bytes(package: &Path) -> Outcome<u64> {
    let file = pkg_files::open_regular(package).map_err(|e| Failure::file("read", package, &e))?;
    let claims = pkg_verify::open(std::io::BufReader::new(file)).map(|p| p.unverified_statements());
    let manifest = claims.ok().and_then(|c| c.manifest.ok());
    let images = manifest.as_ref().and_then(|m| m.release()).map_or(&[][..], |r| &r.images);
    Ok(images.iter().fold(0, |n, i| n.saturating_add(i.size)))
}
