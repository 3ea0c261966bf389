//! `pkg publish`: adds packages to a repository.

use super::judge;
use super::verify::kind;
use crate::options::JobsArgs;
use crate::out::{Failure, Outcome, Status, data, done, note, shown};
use crate::page::format::size;
use crate::progress::{Progress, ProgressArgs};
use crate::repository::{self, Address, SignArgs, address, channel};
use crate::{interrupt, json, packages};
use pkg_audit::load;
use pkg_audit::set::Set;
use pkg_format::manifest::Channel;
use pkg_publish::Package;
use pkg_verify::{Keyring, Statements};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
#[command(mut_arg("key", |key| key.required(false).required_unless_present("stage")))]
pub(crate) struct Args {
    /// Packages, and folders of packages, which are searched recursively
    #[arg(required = true, value_name = "PACKAGE|DIR")]
    packages: Vec<PathBuf>,
    /// The repository: a folder, or s3://BUCKET/PREFIX
    #[arg(long, value_name = "DIR|URL", value_parser = address)]
    to: Address,
    #[command(flatten)]
    sign: SignArgs,
    /// The channel of notices and withdrawals; releases name their own
    #[arg(long, value_name = "CHANNEL", value_parser = channel)]
    channel: Option<Channel>,
    /// Write the packages and name them nowhere: the same command without --stage publishes them later
    ///
    /// For releases under embargo. Packages have unguessable paths, and no key is needed.
    #[arg(long)]
    stage: bool,
    #[command(flatten)]
    jobs: JobsArgs,
    /// Print JSON
    #[arg(long, help_heading = "Output")]
    json: bool,
    #[command(flatten)]
    progress: ProgressArgs,
}

pub(crate) fn run(args: &Args) -> Outcome {
    let mut store = args.to.store()?;
    let signing = args.sign.open()?;
    let packages = open(args, &signing.keyring)?;
    let Some(first) = packages.first() else { return Err(Failure::cannot("no package")) };
    let manifest = first.statements().manifest();
    let product = &manifest.common().product;
    let channel = packages.iter().find_map(|p| Some(p.statements().manifest().release()?.identity.channel));
    let channel = args.channel.or(channel).unwrap_or(Channel::Stable);
    let store = store.as_mut();
    let of = pkg_publish::find(store, (&product.vendor, &product.name, channel), &signing.keyring)?;
    interrupt::flag();
    let all = packages.iter().map(Package::size).sum();
    let progress = Progress::new(args.progress.progress, &store.name(), all);
    let told = RefCell::new(BTreeSet::new());
    let judge = |known: &[&Statements], new: &Statements| {
        let set = Set { products: load::products(known.iter().copied()), ..Set::default() };
        judge::publication(&set, (new.manifest(), new.manifest_digest()), &told)
    };
    let outcome =
        signing.with(&judge, None, &|bytes| progress.advance(bytes), |options| match args.stage {
            true => pkg_publish::stage(store, &of, &packages, options),
            false => pkg_publish::publish(store, &of, &packages, options),
        })?;
    drop(progress);
    match args.json {
        true => data(&json::text(&repository::outcome(&outcome)))?,
        false if args.stage => report_staged(&outcome, &packages, args.sign.dry_run),
        false => report(&outcome, &packages, args.sign.dry_run),
    }
    Ok(Status::Done)
}

/// Verifies every package before anything is written.
fn open(args: &Args, keyring: &Keyring) -> Outcome<Vec<Package>> {
    let mut paths = load::files(&args.packages).map_err(packages::unread)?;
    paths.retain(|p| args.packages.contains(p) || p.extension().is_some_and(|e| e == "pkg"));
    if paths.is_empty() {
        return Err(Failure::cannot("there is no package in these folders")
            .hint("give the folders that hold the released .pkg files"));
    }
    let size = |path: &PathBuf| std::fs::metadata(path).map_or(0, |m| m.len());
    let progress = Progress::new(args.progress.progress, "packages", paths.iter().map(size).sum());
    let open = |path: &PathBuf| Ok(Package::open(path, keyring, args.jobs.jobs(), &|n| progress.advance(n))?);
    paths.iter().map(open).collect()
}

fn report_staged(outcome: &pkg_publish::Outcome, packages: &[Package], dry_run: bool) {
    for package in packages {
        let what = if dry_run { "would be staged" } else { "staged" };
        done(&format!("{}: {what}, {}\n", shown(Path::new(package.path())), size(package.size())));
    }
    match dry_run {
        true => note("nothing was written"),
        false => note(&format!(
            "files written: {}; {}: head {} does not name them",
            outcome.written.len(),
            repository::label(&outcome.of),
            outcome.version
        )),
    }
}

fn report(outcome: &pkg_publish::Outcome, packages: &[Package], dry_run: bool) {
    for package in packages {
        let manifest = package.statements().manifest_digest();
        let is_new = outcome.added.iter().any(|e| e.manifest == manifest);
        let what = match (kind(package.statements()), is_new, dry_run) {
            ("delta", ..) => "delta",
            (_, true, true) => "would be published",
            (_, true, false) => "published",
            (_, false, _) => "published before",
        };
        done(&format!("{}: {what}, {}\n", shown(Path::new(package.path())), size(package.size())));
    }
    let (entries, of) = (repository::entries(outcome.log.size), repository::label(&outcome.of));
    match (dry_run, outcome.added.is_empty()) {
        (true, _) => note("nothing was written"),
        (false, true) => note(&format!("{of}: head {} stays, {entries}", outcome.version)),
        (false, false) => {
            done(&format!("{of}: head {}, {entries}, {} current\n", outcome.version, outcome.current));
        }
    }
    if outcome.overtaken > 0 {
        note(&format!("others published first {} times", outcome.overtaken));
    }
}
