//! `pkg fetch`: asks a repository what is new, decides, and downloads what is needed.

mod download;
mod head;

use super::decide;
use crate::inputs;
use crate::json;
use crate::mend::{self, is_damage};
use crate::options::{KeyringArgs, PolicyArgs};
use crate::out::{Failure, Outcome, Status, data, error, hint, shown};
use crate::page::format::size;
use crate::progress::ProgressArgs;
use crate::repository::{self, Address, LogArgs, address};
use crate::state::{self, State};
use crate::write::LOCK_WAIT;
use download::{Fetched, get, name};
use pkg_decide::{Clock, Decision, Reason, UpToDate, Verdict};
use pkg_files::Lock;
use pkg_format::manifest::Kind;
use pkg_format::repository::{Entry, paths};
use pkg_format::{Digest, Refusal, Rule};
use pkg_repository::{Error as FetchError, Follower, Transport, choose, fetch};
use pkg_verify::{Keyring, Statements};
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

pub(crate) fn run(args: &Args) -> Outcome {
    let mut keyring = inputs::keyring(&args.keyring)?;
    let mut state = args.state.as_deref().map(|path| state::accepted(path, &keyring)).transpose()?;
    let _alone = args.seen.as_deref().map(|path| Lock::beside(path, LOCK_WAIT)).transpose()?;
    let mut reader = args.repository.reader()?;
    let transport = reader.as_mut();
    let record = head::seen(args.seen.as_deref())?;
    let of = head::log(args, state.as_ref(), &record, transport, &mut keyring)?;
    let mut follower = Follower::new(of, record, &keyring);
    let looked = head::look(args, transport, &mut follower, &mut keyring)?;
    if let Some(state) = &mut state {
        state::follow(state, &keyring)?;
    }
    // A second head is evidence: it is stored whatever comes next.
    if let Some(path) = &args.seen {
        head::save(path, follower.record())?;
    }
    let Some(head) = follower.head() else { return Err(Failure::cannot("there is no head to decide on")) };
    let current = head.head().current.clone();
    let status = match &state {
        None => everything(args, transport, &current, &keyring, looked.is_older),
        Some(state) => for_device(args, transport, &current, &keyring, state.clone(), looked.is_older),
    };
    match (looked.alarm, status) {
        (false, status) => status,
        (true, Ok(_)) => Ok(Status::Refused),
        (true, Err(failure)) => {
            failure.report();
            Ok(Status::Refused)
        }
    }
}

/// Everything that is offered.
fn everything(
    args: &Args,
    transport: &mut dyn Transport,
    current: &[Entry],
    keyring: &Keyring,
    is_older: bool,
) -> Outcome {
    let mut fetched = Vec::new();
    for entry in current {
        let found = fetch::statements(transport, entry, keyring, &args.policy.policy());
        let statements = found.map_err(|failed| unread(args, entry, &failed, is_older))?;
        fetched.push(get(args, transport, entry, statements, None, keyring)?);
    }
    match args.json {
        true => data(&json::text(&json!({"packages": fetched.iter().map(as_json).collect::<Vec<_>>()})))?,
        false => fetched.iter().try_for_each(tell)?,
    }
    Ok(Status::Done)
}

/// Why the statements of an entry cannot be had.
fn unread(args: &Args, entry: &Entry, failed: &FetchError, is_older: bool) -> Failure {
    match failed {
        // The copy may be whole: only the newer head names this package.
        FetchError::Missing(path) if is_older => {
            let why = "this copy is older than the head that was seen, and does not have what it lists";
            Failure::cannot(format!("{path} is missing: {why}")).hint(
                "fetch from a newer copy, or bring this one up to date: pkg repository mirror NEWER COPY",
            )
        }
        FetchError::Refused(refusal) => {
            let failure = Failure::rule(&shown(&path(args, entry)), refusal);
            match is_damage(refusal.rule) {
                true => failure.hint(DAMAGED),
                false => failure,
            }
        }
        failed => unlisted(failed),
    }
}

/// Why what a repository lists cannot be had. The remedies are those of whoever fetches, not of whoever publishes.
fn unlisted(failed: &FetchError) -> Failure {
    let failure = repository::fetch(failed);
    match failed {
        FetchError::Refused(refusal) if mend::refusal(&refusal.at, refusal).is_some() => {
            failure.hint(DAMAGED)
        }
        FetchError::Missing(path) if mend::is_file(path) && !path.ends_with("/head") => failure.hint(MISSING),
        _ => failure,
    }
}

/// What a device can do about a file that a repository does not have.
const MISSING: &str = "the repository is not whole: fetch from another copy, and tell whoever keeps this one; pkg repository check names what is missing";

/// What a device can do about a damaged file of a repository.
const DAMAGED: &str = "the repository is damaged: fetch from another copy, and tell whoever keeps this one; pkg repository check names what is damaged";

/// What a head lists for a device, as far as it can be read.
#[derive(Default)]
struct Listed<'a> {
    /// With the entry of each.
    offered: Vec<(&'a Entry, Statements)>,
    /// By the policy of the device.
    unfit: Vec<(PathBuf, Refusal)>,
    /// What nobody can say whether the device needs it.
    unread: Vec<(PathBuf, Refusal)>,
}

impl<'a> Listed<'a> {
    fn read(
        args: &Args,
        transport: &mut dyn Transport,
        current: &'a [Entry],
        keyring: &Keyring,
        state: &State,
        is_older: bool,
    ) -> Outcome<Listed<'a>> {
        let choice = choose(current, &state.device.state, |_| false);
        let mut listed = Listed::default();
        for entry in choice.unheard.into_iter().chain(choice.installed).chain(choice.steps) {
            match fetch::statements(transport, entry, keyring, &state.device.policy) {
                Ok(found) => listed.offered.push((entry, found)),
                Err(FetchError::Refused(refusal)) if is_fit(refusal.rule) => {
                    listed.unfit.push((path(args, entry), refusal));
                }
                Err(FetchError::Refused(refusal)) => listed.unread.push((path(args, entry), refusal)),
                Err(failed) => return Err(unread(args, entry, &failed, is_older)),
            }
        }
        Ok(listed)
    }

    /// Corrects a decision that was made without what cannot be read.
    fn correct(&self, decision: &mut Decision) {
        let refused = !self.unfit.is_empty() || !self.unread.is_empty();
        if decision.reason == Reason::NothingOffered && refused {
            (decision.verdict, decision.reason) = (Verdict::Refuse, Reason::Refused);
        }
        if !self.unread.is_empty() && decision.up_to_date_security == UpToDate::Yes {
            decision.up_to_date_security = UpToDate::Unknown;
        }
    }
}

/// Whether a rule is about the fit of a package and a device; all others are about the package itself.
fn is_fit(rule: Rule) -> bool {
    ["APP-", "VER-", "POL-"].iter().any(|group| rule.id().starts_with(group))
}

/// Where the package of an entry is, for messages.
fn path(args: &Args, entry: &Entry) -> PathBuf {
    let path = entry.object.map_or_else(String::new, |object| paths::package(&object.package));
    format!("{}/{path}", args.repository).into()
}

/// What a device needs: every notice and withdrawal, and the release that it should install.
fn for_device(
    args: &Args,
    transport: &mut dyn Transport,
    current: &[Entry],
    keyring: &Keyring,
    mut state: State,
    is_older: bool,
) -> Outcome {
    let listed = Listed::read(args, transport, current, keyring, &state, is_older)?;
    let packages: Vec<&Statements> = listed.offered.iter().map(|(_, package)| package).collect();
    packages.iter().for_each(|package| state.hear(package));
    let clock = state.now.map_or(Clock::None, Clock::Trusted);
    let mut decision = pkg_decide::decide(&state.device, &state.choices, &packages, clock);
    listed.correct(&mut decision);
    // Whoever must agree to the download is asked first.
    let is_release = matches!(decision.verdict, Verdict::Notify | Verdict::Install | Verdict::AskApproval);
    let mut fetched = Vec::new();
    for (index, (entry, found)) in listed.offered.iter().enumerate() {
        let wanted = entry.kind() != Kind::Release || (is_release && decision.candidate == Some(index));
        if wanted {
            let base = base(&state, entry);
            fetched.push(get(args, transport, entry, found.clone(), base.as_ref(), keyring)?);
        }
    }
    report(args, &listed, &decision, &fetched)
}

/// Says what was fetched, what to do, and what is refused.
fn report(args: &Args, listed: &Listed<'_>, decision: &Decision, fetched: &[Fetched]) -> Outcome {
    let candidate = decision.candidate.and_then(|index| listed.offered.get(index));
    let about = candidate.and_then(|(_, statements)| {
        let found = fetched.iter().find(|f| f.statements.manifest_digest() == statements.manifest_digest());
        Some((found?.path.as_deref().unwrap_or(Path::new("-")), statements))
    });
    let unfit = decision.refused.iter().filter_map(|refused| {
        let (entry, _) = listed.offered.get(refused.index)?;
        Some((path(args, entry), refused.refusal.clone()))
    });
    let unfit: Vec<_> = listed.unfit.iter().cloned().chain(unfit).collect();
    let unfit: Vec<_> = unfit.iter().map(|(path, refusal)| (path.as_path(), refusal.clone())).collect();
    let unread: Vec<_> =
        listed.unread.iter().map(|(path, refusal)| (path.as_path(), refusal.clone())).collect();
    match args.json {
        true => data(&json::text(&json!({
            "decision": decide::as_json(decision, about, &[&unread[..], &unfit[..]].concat()),
            "packages": fetched.iter().map(as_json).collect::<Vec<_>>(),
        })))?,
        false => {
            fetched.iter().try_for_each(tell)?;
            // People know a release by its version, not by the digest in its path.
            let named = |(at, refusal): &(&Path, Refusal)| {
                let found = listed.offered.iter().find(|(entry, _)| path(args, entry) == *at);
                let what = found.map(|(_, s)| format!("{} ({})", name(s, None), at.display()));
                (what.map_or_else(|| at.to_path_buf(), PathBuf::from), refusal.clone())
            };
            let unfit: Vec<_> = unfit.iter().map(named).collect();
            let unfit: Vec<_> = unfit.iter().map(|(at, refusal)| (at.as_path(), refusal.clone())).collect();
            decide::show(decision, about, &unfit)?;
        }
    }
    for (path, refusal) in &unread {
        match is_damage(refusal.rule) {
            true => {
                error(&format!("[{}] {}: {}", refusal.rule.id(), shown(path), refusal.rule.title()));
                hint(DAMAGED);
            }
            false => super::verify::say_refused(path, refusal),
        }
    }
    let status = decide::say_why(decision, &unfit);
    Ok(if unread.is_empty() { status } else { Status::Refused })
}

/// The state in the scope of a release, which a delta could start from.
fn base(state: &State, entry: &Entry) -> Option<Digest> {
    let device = &state.device.state;
    device.state_digest(device.scope(&entry.release()?.scope)?)
}

fn tell(fetched: &Fetched) -> Outcome<()> {
    let kind = super::verify::kind(&fetched.statements);
    match &fetched.path {
        Some(path) => data(&format!("{}: {kind}, {}\n", shown(path), size(fetched.bytes))),
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
