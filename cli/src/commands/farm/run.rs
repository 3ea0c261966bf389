//! `pkg farm run`.

use super::file::{self, Release};
use crate::earlier::temporary_folder;
use crate::options::{DecodeMemoryArgs, JobsArgs, KeyringArgs, LevelArgs, MemoryArgs, UnlockArgs};
use crate::out::{Failure, Outcome, Status, done, note};
use crate::page::format::{count, size};
use crate::passphrase::Keys;
use crate::progress::{Progress, ProgressArgs};
use crate::repository::{Address, address};
use crate::{inputs, interrupt};
use pkg_builder::{PackageOptions, PackageOutcome};
use pkg_publish::{Created, Package, Wanted, download, has_delta, upload_delta};
use pkg_repository::Transport;
use pkg_verify::Keyring;
use std::path::{Path, PathBuf};
use std::time::Instant;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The plan, as pkg farm plan wrote it
    #[arg(value_name = "PLAN")]
    plan: PathBuf,
    /// The number of the task [default: from the scheduler]
    #[arg(long, value_name = "N")]
    task: Option<usize>,
    /// The repository to read packages from [default: that of --to]
    #[arg(long, value_name = "DIR|URL", value_parser = address)]
    from: Option<Address>,
    /// The repository to upload to: a folder, or s3://BUCKET/PREFIX
    #[arg(long, value_name = "DIR|URL", value_parser = address)]
    to: Address,
    /// Sign the delivery with this key (repeatable)
    #[arg(long, required = true, value_name = "KEY")]
    key: Vec<String>,
    #[command(flatten)]
    keyring: KeyringArgs,
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
    progress: ProgressArgs,
}

/// Variables in which schedulers say the number of a task, and what the first task is called.
const SCHEDULERS: [(&str, usize); 4] = [
    ("SLURM_ARRAY_TASK_ID", 0),
    ("JOB_COMPLETION_INDEX", 0),
    ("AWS_BATCH_JOB_ARRAY_INDEX", 0),
    ("CI_NODE_INDEX", 1),
];

pub(super) fn run(args: &Args) -> Outcome {
    let plan = file::read(&args.plan)?;
    let number = task(args.task)?;
    let Some(base) = plan.bases.get(number) else {
        return Err(Failure::cannot(format!("the plan has no task {number}"))
            .hint(format!("it has {}, counted from 0", count(plan.bases.len(), "task", "tasks"))));
    };
    let target = &plan.target;
    let name = format!("{} from {}", target.version, base.version);
    let mut store = args.to.store()?;
    if has_delta(store.as_mut(), &target.state, &base.state)? {
        note(&format!("{name}: it is in the repository already"));
        return Ok(Status::Done);
    }
    let keyring = inputs::keyring(&args.keyring)?;
    let mut keys = Keys::new(&args.unlock, args.key.len())?;
    let signers = args.key.iter().map(|uri| keys.signer(uri)).collect::<Outcome<Vec<_>>>()?;
    let signers: Vec<_> = signers.iter().map(|s| s.as_ref()).collect();
    let folder = temporary_folder()?;
    let mut reader = args.from.as_ref().unwrap_or(&args.to).reader()?;
    let from = fetched(reader.as_mut(), base, &keyring, folder.path())?;
    let to = fetched(reader.as_mut(), target, &keyring, folder.path())?;
    let out = folder.path().join("out");
    std::fs::create_dir(&out).map_err(|e| Failure::file("make the folder", &out, &e))?;
    let progress = Progress::new(args.progress.progress, "delta", 0);
    let start = Instant::now();
    let options = PackageOptions {
        out: &out,
        jobs: args.jobs.jobs(),
        level: args.level.level(),
        memory: args.memory.max_memory,
        decode_memory: args.decoding.max_decode_memory,
        keyring: Some(&keyring),
        delivery_signers: &signers,
        replace: pkg_builder::Replace::Refuse,
        interrupted: interrupt::raised(),
        progress: &|bytes| progress.advance(bytes),
        clock: &|| start.elapsed(),
    };
    let built = pkg_builder::delta(&to, &[from], &options)?;
    drop(progress);
    for delta in built {
        match delta.outcome {
            PackageOutcome::NotSmaller => {
                note(&format!("{name}: no delta is smaller than the full package; devices take that"));
                continue;
            }
            PackageOutcome::NeedsMemory(bytes) => {
                note(&format!(
                    "{name}: devices would need {} to decode it; they take the full package",
                    size(bytes)
                ));
                continue;
            }
            _ => {}
        }
        let package = Package::open(&delta.path, &keyring, args.jobs.jobs(), &|_| ())?;
        let uploaded = upload_delta(store.as_mut(), &target.state, &base.state, &package)?;
        let of_full = delta.size.saturating_mul(100) / delta.full_size.max(1);
        done(&match uploaded {
            Created::New => format!("{name}: {}, {of_full} % of the full package\n", size(delta.size)),
            Created::There => format!("{name}: somebody else uploaded it first\n"),
        });
    }
    Ok(Status::Done)
}

/// A package of the repository as a file at hand, every byte of it verified.
fn fetched(
    reader: &mut dyn Transport,
    release: &Release,
    keyring: &Keyring,
    folder: &Path,
) -> Outcome<PathBuf> {
    let path = folder.join(format!("{}.pkg", release.package.package));
    download(reader, Wanted::Package(&release.package), &release.manifest, keyring, &path, &|_| ())?;
    Ok(path)
}

/// The number of the task.
fn task(given: Option<usize>) -> Outcome<usize> {
    let from_scheduler = || {
        SCHEDULERS.iter().find_map(|(name, first)| {
            let value = std::env::var(name).ok()?;
            Some(value.parse::<usize>().ok().and_then(|n| n.checked_sub(*first)).ok_or((*name, value)))
        })
    };
    match given.map(Ok).or_else(from_scheduler) {
        Some(Ok(number)) => Ok(number),
        Some(Err((name, value))) => {
            Err(Failure::cannot(format!("{name}={value} is not the number of a task")).hint("give --task N"))
        }
        None => {
            Err(Failure::cannot("no task is named")
                .hint("give --task N, or run it as an array of a scheduler"))
        }
    }
}
