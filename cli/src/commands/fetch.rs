//! `pkg fetch`: asks a repository what is new, decides, and downloads what is needed.

use super::decide;
use crate::json;
use crate::options::{KeyringArgs, PolicyArgs};
use crate::out::{Failure, Outcome, Status, data, error, hint, note, warning};
use crate::page::format::size;
use crate::progress::{Mode, Progress, ProgressArgs};
use crate::repository::{self, Address, LogArgs, address};
use crate::state::{self, State};
use crate::write::LOCK_WAIT;
use crate::{hint as hints, inputs};
use pkg_decide::{Clock, Verdict};
use pkg_files::Lock;
use pkg_format::manifest::Kind;
use pkg_format::repository::{Entry, LogName};
use pkg_format::{Digest, Id, Rule};
use pkg_publish::Wanted;
use pkg_repository::{
    Error as FetchError, Follower, Freshness, Received, Record, Transport, choose, fetch, round,
};
use pkg_verify::{Keyring, Policy, Statements};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The repository: a folder or an address
    #[arg(value_name = "DIR|URL", value_parser = address)]
    repository: Address,
    #[command(flatten)]
    log: LogArgs,
    /// The id of the repository, so that no other one is believed [default: the one of the head that --seen knows]
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    #[command(flatten)]
    keyring: KeyringArgs,
    /// Fetch what this device needs; without it, everything that is offered
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Remember the newest head in this file: an older one never replaces it
    #[arg(long, value_name = "FILE")]
    seen: Option<PathBuf>,
    /// The folder for the packages; without it nothing is downloaded
    #[arg(short, long, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    policy: PolicyArgs,
    /// Print JSON
    #[arg(long, help_heading = "Output")]
    json: bool,
    #[command(flatten)]
    progress: ProgressArgs,
}

/// A package that was downloaded, or would be.
struct Fetched {
    path: Option<PathBuf>,
    bytes: u64,
    statements: Statements,
}

pub(crate) fn run(args: &Args) -> Outcome {
    let mut keyring = inputs::keyring(&args.keyring)?;
    let mut state = args.state.as_deref().map(|path| state::accepted(path, &keyring)).transpose()?;
    let _alone = args.seen.as_deref().map(|path| Lock::beside(path, LOCK_WAIT)).transpose()?;
    let mut reader = args.repository.reader()?;
    let transport = reader.as_mut();
    let record = seen(args.seen.as_deref())?;
    let of = log(args, state.as_ref(), transport, &keyring)?;
    let mut follower = Follower::new(of, record, &keyring);
    let alarm = look(args, transport, &mut follower, &mut keyring)?;
    if let Some(state) = &mut state {
        state::follow(state, &keyring)?;
    }
    // A second head is evidence: it is stored whatever comes next.
    if let Some(path) = &args.seen {
        save(path, follower.record())?;
    }
    let Some(head) = follower.head() else { return Err(Failure::cannot("there is no head to decide on")) };
    let current = head.head().current.clone();
    let status = match &state {
        None => everything(args, transport, &current, &keyring),
        Some(state) => for_device(args, transport, &current, &keyring, state.clone()),
    };
    match (alarm, status) {
        (false, status) => status,
        (true, Ok(_)) => Ok(Status::Refused),
        (true, Err(failure)) => {
            failure.report();
            Ok(Status::Refused)
        }
    }
}

/// What was seen before. A file that cannot be read as a record counts as none.
fn seen(path: Option<&Path>) -> Outcome<Record> {
    let Some(path) = path.filter(|p| p.exists()) else { return Ok(Record::default()) };
    let bytes = inputs::small_file(path)?;
    Ok(Record::from_bytes(&bytes).unwrap_or_else(|_| {
        warning(&format!("{} is no record of a head and is not used", crate::out::shown(path)));
        Record::default()
    }))
}

fn save(path: &Path, record: &Record) -> Outcome<()> {
    use std::io::Write as _;
    let write = || {
        let mut file = pkg_files::AtomicFile::create(path, pkg_files::Rights::Usual)?;
        file.write_all(&record.to_bytes())?;
        file.commit(pkg_files::Durability::PowerCut)
    };
    write().map_err(|e| Failure::file("write", path, &e))
}

/// Which log: of the product of the device, in the repository that is given or was seen before.
fn log(
    args: &Args,
    state: Option<&State>,
    transport: &mut dyn Transport,
    keyring: &Keyring,
) -> Outcome<LogName> {
    let device = state.map(|s| (s.device.state.vendor.clone(), s.device.state.name.clone()));
    let log = LogArgs { product: args.log.product.clone().or(device), channel: args.log.channel };
    let known = match (&args.id, &log.product) {
        (Some(id), Some(product)) => {
            let id = Id::new(id).map_err(|e| Failure::cannot(format!("--id: {}", e.why)))?;
            Some((id, product))
        }
        _ => None,
    };
    match known {
        Some((repository, (vendor, name))) => {
            Ok(LogName { repository, vendor: vendor.clone(), name: name.clone(), channel: log.channel })
        }
        None => log.find(&args.repository, transport, keyring),
    }
}

/// Asks for the head. Whether somebody shows different heads to different devices.
fn look(
    args: &Args,
    transport: &mut dyn Transport,
    follower: &mut Follower,
    keyring: &mut Keyring,
) -> Outcome<bool> {
    let example = args.keyring.example.allowed();
    let jump = Policy::default().jump;
    let mut alarm = false;
    match round(transport, follower, keyring, example, jump) {
        Ok(round) => {
            if let Some(newer) = round.keyring {
                note(&format!("the repository has keyring version {}, which is used now", newer.version()));
                hint("store it: pkg keyring update CURRENT REPOSITORY/keyrings/N -o CURRENT");
                *keyring = newer;
            }
            match round.received {
                Some(Received::Older(head)) => note(&format!(
                    "this copy has head {}, which is older than what was seen; the newer one stays in force",
                    head.head().version
                )),
                Some(Received::Fork(head)) => {
                    alarm = true;
                    error(&format!(
                        "[{}] there are two heads of version {}",
                        Rule::Rep4.id(),
                        head.head().version
                    ));
                    hint(&hints::rule(Rule::Rep4));
                }
                _ => {}
            }
        }
        // What was seen before can still be decided on.
        Err(failed) if follower.head().is_some() => {
            warning(&format!("nothing new: {failed}"));
        }
        Err(failed) => return Err(repository::fetch(&failed)),
    }
    let now = crate::clock::issued().map_or(Clock::None, Clock::Trusted);
    if let Some(Freshness::Behind(seconds)) = follower.freshness(now) {
        warning(&format!("a newer head is overdue by {seconds} seconds: updates may be withheld"));
    }
    Ok(alarm)
}

/// Everything that is offered.
fn everything(args: &Args, transport: &mut dyn Transport, current: &[Entry], keyring: &Keyring) -> Outcome {
    let mut fetched = Vec::new();
    for entry in current {
        let statements = statements(transport, entry, keyring, &args.policy.policy())?;
        fetched.push(get(args, transport, entry, statements, None, keyring)?);
    }
    match args.json {
        true => data(&json::text(&json!({"packages": fetched.iter().map(as_json).collect::<Vec<_>>()})))?,
        false => fetched.iter().try_for_each(tell)?,
    }
    Ok(Status::Done)
}

fn statements(
    transport: &mut dyn Transport,
    entry: &Entry,
    keyring: &Keyring,
    policy: &Policy,
) -> Outcome<Statements> {
    fetch::statements(transport, entry, keyring, policy).map_err(|e| repository::fetch(&e))
}

/// What a device needs: every notice and withdrawal, and the release that it should install.
fn for_device(
    args: &Args,
    transport: &mut dyn Transport,
    current: &[Entry],
    keyring: &Keyring,
    mut state: State,
) -> Outcome {
    let choice = choose(current, &state.device.state, |_| false);
    let (mut offered, mut entries) = (Vec::new(), Vec::new());
    for entry in choice.unheard.iter().chain(&choice.installed).chain(&choice.steps) {
        match fetch::statements(transport, entry, keyring, &state.device.policy) {
            Ok(found) => {
                offered.push(found);
                entries.push(*entry);
            }
            Err(FetchError::Refused(refusal)) => note(&format!("not for this device: {refusal}")),
            Err(failed) => return Err(repository::fetch(&failed)),
        }
    }
    offered.iter().for_each(|package| state.hear(package));
    let packages: Vec<&Statements> = offered.iter().collect();
    let clock = state.now.map_or(Clock::None, Clock::Trusted);
    let decision = pkg_decide::decide(&state.device, &state.choices, &packages, clock);
    // Whoever must agree to the download is asked first.
    let is_release = matches!(decision.verdict, Verdict::Notify | Verdict::Install | Verdict::AskApproval);
    let mut fetched = Vec::new();
    for (index, (entry, found)) in entries.iter().zip(&offered).enumerate() {
        let wanted = entry.kind() != Kind::Release || (is_release && decision.candidate == Some(index));
        if wanted {
            let base = base(&state, entry);
            fetched.push(get(args, transport, entry, found.clone(), base.as_ref(), keyring)?);
        }
    }
    let about = decision.candidate.and_then(|index| packages.get(index)).and_then(|statements| {
        let found = fetched.iter().find(|f| f.statements.manifest_digest() == statements.manifest_digest());
        Some((found?.path.as_deref().unwrap_or(Path::new("-")), *statements))
    });
    match args.json {
        true => data(&json::text(&json!({
            "decision": decide::as_json(&decision, about, &[]),
            "packages": fetched.iter().map(as_json).collect::<Vec<_>>(),
        })))?,
        false => {
            fetched.iter().try_for_each(tell)?;
            decide::show(&decision, about, &[])?;
        }
    }
    Ok(if decision.verdict == Verdict::Refuse { Status::Refused } else { Status::Done })
}

/// The state in the scope of a release, which a delta could start from.
fn base(state: &State, entry: &Entry) -> Option<Digest> {
    let device = &state.device.state;
    device.state_digest(device.scope(&entry.release()?.scope)?)
}

/// Downloads a package: as a delta where there is one from the base.
fn get(
    args: &Args,
    transport: &mut dyn Transport,
    entry: &Entry,
    statements: Statements,
    base: Option<&Digest>,
    keyring: &Keyring,
) -> Outcome<Fetched> {
    let object = entry.object.ok_or_else(|| Failure::cannot("the package was removed"))?;
    let Some(folder) = &args.out else { return Ok(Fetched { path: None, bytes: object.size, statements }) };
    std::fs::create_dir_all(folder).map_err(|e| Failure::file("make the folder", folder, &e))?;
    let manifest = statements.manifest();
    let target = manifest.release().map(|r| r.state(&manifest.common().product));
    if let (Some(base), Some(target)) = (base, &target) {
        let to = folder.join(name(&statements, Some(base)));
        match save_package(args, transport, Wanted::Delta { target, base }, entry, keyring, &to) {
            Ok(statements) => return fetched(to, statements),
            Err(pkg_publish::Error::Fetch(FetchError::Missing(_))) => {}
            Err(failed) => {
                warning(&format!("the delta cannot be used: {failed}; the full package is fetched"))
            }
        }
    }
    let to = folder.join(name(&statements, None));
    let statements = save_package(args, transport, Wanted::Package(&object), entry, keyring, &to)?;
    fetched(to, statements)
}

fn fetched(path: PathBuf, statements: Statements) -> Outcome<Fetched> {
    let there = std::fs::metadata(&path).map_err(|e| Failure::file("read", &path, &e))?;
    Ok(Fetched { path: Some(path), bytes: there.len(), statements })
}

fn save_package(
    args: &Args,
    transport: &mut dyn Transport,
    wanted: Wanted<'_>,
    entry: &Entry,
    keyring: &Keyring,
    to: &Path,
) -> pkg_publish::Result<Statements> {
    let (mode, all) = match (wanted, entry.object) {
        (Wanted::Package(object), _) => (args.progress.progress, object.size),
        // Nobody knows its size before it comes.
        _ => (Mode::None, 0),
    };
    crate::interrupt::goes_on();
    crate::interrupt::flag();
    let progress = Progress::new(mode, &crate::out::shown(to), all);
    pkg_publish::download(transport, wanted, &entry.manifest, keyring, to, &|n| progress.advance(n))
}

/// What a package is called, as `pkg build` calls it; a delta after the state that it starts from.
fn name(statements: &Statements, base: Option<&Digest>) -> String {
    let manifest = statements.manifest();
    let (name, id) = (&manifest.common().product.name, &manifest.common().id);
    match (manifest.release(), base) {
        (Some(release), None) => format!("{name}-{}.full.pkg", release.identity.version),
        (Some(release), Some(base)) => {
            format!("{name}-{}.from-{}.pkg", release.identity.version, base.short())
        }
        (None, _) => format!("{name}-{id}.{}.pkg", manifest.kind()),
    }
}

fn tell(fetched: &Fetched) -> Outcome<()> {
    let kind = super::verify::kind(&fetched.statements);
    match &fetched.path {
        Some(path) => data(&format!("{}: {kind}, {}\n", crate::out::shown(path), size(fetched.bytes))),
        None => data(&format!("{}: {kind}, {}\n", name(&fetched.statements, None), size(fetched.bytes))),
    }
}

fn as_json(fetched: &Fetched) -> Value {
    json!({
        "package": fetched.path.as_ref().map(|p| p.display().to_string()),
        "package-kind": super::verify::kind(&fetched.statements),
        "manifest-digest": fetched.statements.manifest_digest().to_string(),
        "size": fetched.bytes,
    })
}
