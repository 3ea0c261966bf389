//! Which log is followed, what was seen of it before, and its newest head.

use super::Args;
use crate::hint as hints;
use crate::mend;
use crate::out::{Failure, Outcome, Status, error, hint, note, shown, warning};
use crate::repository::LogArgs;
use crate::state::State;
use pkg_decide::Clock;
use pkg_files::{open_regular, read_bounded};
use pkg_format::repository::{LogName, paths};
use pkg_format::{Id, Rule};
use pkg_repository::{Follower, Freshness, Received, Record, Transport, newest_keyring, round};
use pkg_verify::{Keyring, Policy, VerifiedHead, claims_log, verify_head_of_any_log};
use std::io::ErrorKind;
use std::path::Path;

/// A record has two heads and a name; a larger file is something else.
const RECORD: u64 = 4 << 20;

/// What was seen before. A file that cannot be read as a record counts as none.
pub(super) fn seen(path: Option<&Path>) -> Outcome<Record> {
    let Some(path) = path else { return Ok(Record::default()) };
    let bytes = match open_regular(path).and_then(|file| read_bounded(file, RECORD)) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Record::default()),
        Err(e) => return Err(Failure::file("read", path, &e)),
    };
    Ok(Record::from_bytes(&bytes).unwrap_or_else(|_| {
        warning(&format!("{} is no record of a head and is not used", shown(path)));
        Record::default()
    }))
}

pub(super) fn save(path: &Path, record: &Record) -> Outcome<()> {
    use std::io::Write as _;
    let write = || {
        let mut file = pkg_files::AtomicFile::create(path, pkg_files::Rights::Usual)?;
        file.write_all(&record.to_bytes())?;
        file.commit(pkg_files::Durability::PowerCut)
    };
    write().map_err(|e| Failure::file("write", path, &e))
}

/// Which log: of the product of the device, in the repository that is given or was seen before.
pub(super) fn log(
    args: &Args,
    state: Option<&State>,
    record: &Record,
    transport: &mut dyn Transport,
    keyring: &mut Keyring,
) -> Outcome<LogName> {
    let id = args.id.as_deref().map(Id::new).transpose();
    let id = id.map_err(|e| Failure::cannot(format!("--id: {}", e.why)))?;
    let before = match &record.head {
        Some(file) => known(file, args, transport, keyring)?,
        None => None,
    };
    let named = before.as_ref().map(|head| &head.head().of);
    let device = state.map(|s| (s.device.state.vendor.clone(), s.device.state.name.clone()));
    let product = args.log.product.clone().or(device);
    let product = product.or_else(|| named.map(|of| (of.vendor.clone(), of.name.clone())));
    let log = LogArgs { product, channel: args.log.channel };
    let of = match (id.or_else(|| named.map(|of| of.repository.clone())), &log.product) {
        (Some(repository), Some((vendor, name))) => {
            LogName { repository, vendor: vendor.clone(), name: name.clone(), channel: log.channel }
        }
        (id, _) => {
            let found = find(&log, args, transport, keyring)?;
            LogName { repository: id.unwrap_or_else(|| found.repository.clone()), ..found }
        }
    };
    if let Some(path) = &args.seen {
        belongs(path, before.as_ref(), record, &of)?;
    }
    Ok(of)
}

/// Refuses a file of seen heads that is of another log: it would forget that one. A head that cannot be verified any
/// more says of which log it is, too; whether its key was removed from the keyring is not asked.
fn belongs(path: &Path, before: Option<&VerifiedHead>, record: &Record, of: &LogName) -> Outcome<()> {
    let other = match (before, &record.head) {
        (Some(head), _) => head.is_of(of).err(),
        (None, Some(file)) => match claims_log(file, of) {
            Err(pkg_verify::Error::Refused(refusal)) => Some(refusal),
            _ => None,
        },
        (None, None) => None,
    };
    match other.filter(|refusal| matches!(refusal.rule, Rule::Rep1 | Rule::Rep2)) {
        None => Ok(()),
        Some(refusal) => Err(Failure::rule(&shown(path), &refusal)
            .hint("each log needs a file of its own: give another one to --seen")),
    }
}

/// The head that was seen before. The keyring at hand may be too old for it.
fn known(
    file: &[u8],
    args: &Args,
    transport: &mut dyn Transport,
    keyring: &mut Keyring,
) -> Outcome<Option<VerifiedHead>> {
    let failed = match verify_head_of_any_log(file, keyring) {
        Ok(head) => return Ok(Some(head)),
        Err(failed) => failed,
    };
    if let Ok(Some(newer)) = newest_keyring(transport, keyring, args.keyring.example.allowed())
        && let Ok(head) = verify_head_of_any_log(file, &newer)
    {
        adopt(newer, keyring);
        return Ok(Some(head));
    }
    warning(&format!("the head that was seen before is not used: {failed}"));
    Ok(None)
}

/// Finds the log by its own head. Where the keyring does not verify it, newer keyrings are asked for.
fn find(
    log: &LogArgs,
    args: &Args,
    transport: &mut dyn Transport,
    keyring: &mut Keyring,
) -> Outcome<LogName> {
    let refused = match log.find(&args.repository, transport, keyring) {
        Err(failure) if failure.status() == Status::Refused => failure,
        other => return other,
    };
    let newer = newest_keyring(transport, keyring, args.keyring.example.allowed());
    let Some(newer) = newer.map_err(|e| super::unlisted(&e))? else { return Err(refused) };
    adopt(newer, keyring);
    log.find(&args.repository, transport, keyring)
}

/// Goes on with a newer keyring of the repository.
fn adopt(newer: Keyring, keyring: &mut Keyring) {
    note(&format!("the repository has keyring version {}, which is used now", newer.version()));
    hint("store it: pkg keyring update CURRENT REPOSITORY/keyrings/N -o CURRENT");
    *keyring = newer;
}

/// What was found out about the head.
pub(super) struct Looked {
    /// Somebody shows different heads to different devices.
    pub(super) alarm: bool,
    /// This copy has an older head than the one that was seen before, which stays in force.
    pub(super) is_older: bool,
}

/// Asks for the head.
pub(super) fn look(
    args: &Args,
    transport: &mut dyn Transport,
    follower: &mut Follower,
    keyring: &mut Keyring,
) -> Outcome<Looked> {
    let example = args.keyring.example.allowed();
    let jump = Policy::default().jump;
    let mut looked = Looked { alarm: false, is_older: false };
    match round(transport, follower, keyring, example, jump) {
        Ok(round) => {
            if let Some(newer) = round.keyring {
                adopt(newer, keyring);
            }
            match round.received {
                Some(Received::Older(head)) => {
                    looked.is_older = true;
                    note(&format!(
                        "this copy has head {}, which is older than what was seen; the newer one stays in force",
                        head.head().version
                    ));
                }
                Some(Received::Fork(head)) => {
                    looked.alarm = true;
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
        Err(pkg_repository::Error::Refused(refusal)) if matches!(refusal.rule, Rule::Rep1 | Rule::Rep2) => {
            let repository = args.repository.to_string();
            return Err(Failure::rule(&crate::out::escape(&repository), &refusal));
        }
        // What was seen before can still be decided on.
        Err(failed) if follower.head().is_some() => {
            warning(&format!("nothing new: {failed}"));
        }
        Err(pkg_repository::Error::Refused(refusal)) if !mend::is_file(&refusal.at) => {
            let path = paths::head(follower.log());
            let failure = Failure::rule(&path, &refusal);
            return Err(match mend::refusal(&path, &refusal) {
                Some(_) => failure.hint(super::DAMAGED),
                None => failure,
            });
        }
        Err(failed) => return Err(super::unlisted(&failed)),
    }
    let now = crate::clock::issued().map_or(Clock::None, Clock::Trusted);
    if let Some(Freshness::Behind(seconds)) = follower.freshness(now) {
        warning(&format!("a newer head is overdue by {seconds} seconds: updates may be withheld"));
    }
    Ok(looked)
}
