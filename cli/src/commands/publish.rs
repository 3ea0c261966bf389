//! `pkg publish`: adds packages to a repository.

use super::judge;
use super::verify::kind;
use crate::options::JobsArgs;
use crate::out::{Failure, Outcome, Status, data, done, note, shown};
use crate::page::format::size;
use crate::progress::{Progress, ProgressArgs};
use crate::repository::{self, Address, SignArgs, Signing, address, channel};
use crate::{inputs, interrupt, json, packages};
use pkg_audit::load;
use pkg_audit::set::Set;
use pkg_format::manifest::Channel;
use pkg_format::repository::LogName;
use pkg_publish::{Fronts, Options, Package, Publication, Store};
use pkg_verify::Statements;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::mpsc;

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
    /// The channel of notices and withdrawals [default: each that the repository has]; releases name their own
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
    let paths = paths(args)?;
    let fronts = Fronts::open(&paths, &signing.keyring)?;
    let Some(first) = fronts.statements().next() else { return Err(Failure::cannot("no package")) };
    let product = &first.manifest().common().product;
    let named = fronts.statements().find_map(|s| Some(s.manifest().release()?.identity.channel));
    let store = store.as_mut();
    let mut log =
        |channel| pkg_publish::find(store, (&product.vendor, &product.name, channel), &signing.keyring);
    let (channel, of) = match args.channel.or(named) {
        Some(channel) => (channel, log(channel)?),
        None => match log(Channel::Stable) {
            Err(pkg_publish::Error::NoLog(none)) => match log(Channel::Testing) {
                Err(pkg_publish::Error::NoLog(_)) => return Err(pkg_publish::Error::NoLog(none).into()),
                of => (Channel::Testing, of?),
            },
            of => (Channel::Stable, of?),
        },
    };
    // A wrong key is said before everything that the audit warns of.
    if !args.stage {
        signing.may_sign(&of)?;
    }
    interrupt::flag();
    let told = RefCell::new(BTreeSet::new());
    let mut all = vec![publish(args, store, &of, (&paths, &fronts), &signing, &told)?];
    // A notice is for the users of every channel, unless somebody says which.
    let everywhere = fronts.of_no_channel();
    if args.channel.is_none() && !args.stage && !everywhere.is_empty() {
        let fronts = Fronts::open(&everywhere, &signing.keyring)?;
        for other in [Channel::Stable, Channel::Testing].into_iter().filter(|other| *other != channel) {
            match pkg_publish::find(store, (&product.vendor, &product.name, other), &signing.keyring) {
                Err(pkg_publish::Error::NoLog(_)) => {}
                of => all.push(publish(args, store, &of?, (&everywhere, &fronts), &signing, &told)?),
            }
        }
    }
    match args.json {
        true => {
            let mut outcomes = all.iter().map(|(outcome, _)| repository::outcome(outcome));
            let mut first = outcomes.next().unwrap_or_default();
            first["other-channels"] = outcomes.collect();
            data(&json::text(&first))?;
        }
        false => {
            let report = if args.stage { report_staged } else { report };
            all.iter().for_each(|(outcome, packages)| report(outcome, packages, args.sign.dry_run));
        }
    }
    Ok(Status::Done)
}

/// Publishes packages to the log of one channel.
fn publish(
    args: &Args,
    store: &mut dyn Store,
    of: &LogName,
    (paths, fronts): (&[PathBuf], &Fronts),
    signing: &Signing,
    told: &RefCell<BTreeSet<String>>,
) -> Outcome<(pkg_publish::Outcome, Vec<Package>)> {
    // Every byte is verified, and written unless this is a dry run.
    let all = fronts.size().saturating_mul(if args.sign.dry_run { 1 } else { 2 });
    let progress = Progress::new(args.progress.progress, &store.name(), all);
    let judge = |known: &[&Statements], new: &[&Statements]| {
        let set = Set { products: load::products(known.iter().copied()), ..Set::default() };
        let new: Vec<_> = new.iter().map(|s| (s.manifest(), s.manifest_digest())).collect();
        judge::publication(&set, &new, told)
    };
    let keyring = &signing.keyring;
    let published = signing.with(&judge, None, &|bytes| progress.advance(bytes), |options| {
        let mut publication = Publication::start(store, of, fronts, options)?;
        let verify =
            |path: &PathBuf| Package::open(path, keyring, args.jobs.jobs(), &|bytes| progress.advance(bytes));
        let packages = uploaded(&mut publication, store, paths, &verify, options)?;
        let outcome = match args.stage {
            true => publication.stage(store, &packages, options),
            false => publication.publish(store, &packages, options),
        };
        outcome.map(|outcome| (outcome, packages))
    });
    Ok(published?)
}

/// The files of the packages.
fn paths(args: &Args) -> Outcome<Vec<PathBuf>> {
    let mut paths = load::files(&args.packages).map_err(packages::unread)?;
    paths.retain(|p| args.packages.contains(p) || p.extension().is_some_and(|e| e == "pkg"));
    match paths.is_empty() {
        true => Err(inputs::no_package(&args.packages)),
        false => Ok(paths),
    }
}

/// Uploads each package once it is verified, while the next one is verified.
fn uploaded(
    publication: &mut Publication,
    store: &mut dyn Store,
    paths: &[PathBuf],
    verify: &(dyn Fn(&PathBuf) -> pkg_publish::Result<Package> + Sync),
    options: &Options<'_>,
) -> pkg_publish::Result<Vec<Package>> {
    let (send, receive) = mpsc::sync_channel(1);
    std::thread::scope(|scope| {
        scope.spawn(move || {
            // Whoever stops receiving has failed; then no more is to be verified.
            let _ = paths.iter().find(|path| send.send(verify(path)).is_err());
        });
        let mut packages = Vec::new();
        for verified in receive {
            let package = verified?;
            publication.upload(store, &package, options)?;
            packages.push(package);
        }
        Ok(packages)
    })
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
        (false, false) => done(&repository::head(outcome)),
    }
    if outcome.overtaken > 0 {
        note(&format!("others published first {} times", outcome.overtaken));
    }
}
