//! `pkg repository recover`: continues a log whose catalogue key was stolen.

use crate::inputs::{self, without_rule};
use crate::json;
use crate::out::{Failure, Outcome, Status, data, done, note};
use crate::packages::length;
use crate::repository::{self, Address, LogArgs, SignArgs, address};
use pkg_format::Digest;
use pkg_format::repository::Entry;
use pkg_publish::{Kept, Recovery};
use pkg_repository::{Record, Transport};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The repository: a folder, or s3://BUCKET/PREFIX
    #[arg(value_name = "DIR|URL", value_parser = address)]
    repository: Address,
    #[command(flatten)]
    log: LogArgs,
    /// The last head that is yours: its digest, as pkg publish printed it; its file; or the address of a mirror
    ///
    /// The file may also be the one of pkg fetch --seen. What the repository lost is copied from a mirror.
    #[arg(long, value_name = "DIGEST|FILE|DIR|URL", value_parser = from)]
    from: From,
    /// Continue although packages are missing, or refused by the keyring: no device is offered them
    ///
    /// They stay in the log, because a log only grows.
    #[arg(long)]
    leave_out: bool,
    /// How long devices wait for a newer head [default: as before]
    #[arg(long, value_name = "TIME", value_parser = length)]
    max_age: Option<u64>,
    #[command(flatten)]
    sign: SignArgs,
    /// Print JSON
    #[arg(long, help_heading = "Output")]
    json: bool,
}

const LEFT_OUT: &str = "give a mirror that has them to --from; or continue without them, with --leave-out, and publish them again with the signature of a trusted key";

/// How the head to continue from is given.
#[derive(Debug, Clone)]
enum From {
    Digest(Digest),
    File(PathBuf),
    Mirror(Address),
}

fn from(text: &str) -> Result<From, String> {
    if let Some(digest) = Digest::from_hex(text) {
        return Ok(From::Digest(digest));
    }
    match Path::new(text) {
        path if path.is_file() => Ok(From::File(path.into())),
        _ => address(text).map(From::Mirror),
    }
}

pub(super) fn run(args: &Args) -> Outcome {
    let mut store = args.repository.store()?;
    let signing = args.sign.open()?;
    let (vendor, name) = args.log.product(&args.repository)?;
    let mut mirror = match &args.from {
        From::Mirror(address) => Some(address.reader()?),
        _ => None,
    };
    let kept = kept(&args.from, mirror.as_deref_mut())?;
    let nothing = |_: &[&_], _: &[&_]| Ok(());
    let store = store.as_mut();
    let (outcome, found) = signing.with(&nothing, args.max_age, &|_| (), |options| {
        let recovery = Recovery::new(store, (&vendor, &name, args.log.channel), kept, options)?;
        let found = as_json(&recovery);
        if !args.json {
            tell(&recovery);
        }
        let unusable = unusable(&recovery);
        if !args.leave_out && !unusable.is_empty() {
            let why = "the log is not continued: the packages above are refused or missing";
            return Err(Failure::several(unusable, why).hint(LEFT_OUT));
        }
        Ok((recovery.finish(store, args.leave_out, options)?, found))
    })?;
    match args.json {
        true => data(&json::text(&with(repository::outcome(&outcome), found)))?,
        false if args.sign.dry_run => {
            note(&format!("nothing was written; head {} would follow", outcome.version));
        }
        false => done(&repository::head(&outcome)),
    }
    Ok(Status::Done)
}

/// The head to continue from. The record of a device or an auditor holds the file of one.
fn kept<'a>(from: &From, mirror: Option<&'a mut (dyn Transport + 'static)>) -> Outcome<Kept<'a>> {
    match (from, mirror) {
        (From::Digest(digest), _) => Ok(Kept::Digest(*digest)),
        (From::File(path), _) => {
            let bytes = inputs::small_file(path)?;
            let recorded = Record::from_bytes(&bytes).ok().and_then(|record| record.head);
            Ok(Kept::File(recorded.unwrap_or(bytes)))
        }
        (From::Mirror(_), Some(transport)) => Ok(Kept::Copy(transport)),
        (From::Mirror(address), None) => Err(Failure::cannot(format!("{address} cannot be read"))),
    }
}

/// Says from which head the log is continued, and which heads count for nothing.
fn tell(recovery: &Recovery<'_>) {
    let head = recovery.head().head();
    let (of, entries) = (repository::label(&head.of), repository::entries(head.log.size));
    note(&format!("{of}: continued from head {}, {entries}, {}", head.version, recovery.head().digest()));
    for dropped in recovery.dropped() {
        let what = match dropped.head {
            Some((digest, size)) => format!("{}, digest {digest}", repository::entries(size)),
            None => "no version of the keyring verifies it".into(),
        };
        note(&format!("{} counts for nothing: {what}", dropped.path));
    }
}

/// Every entry that keeps the log from being continued.
fn unusable(recovery: &Recovery<'_>) -> Vec<Failure> {
    let named = |entry: &Entry| format!("{} {}", entry.kind(), entry.manifest.short());
    let refused = recovery.refused().into_iter().map(|(entry, refusal)| {
        Failure::refused(format!("[{}] {}: {}", refusal.rule.id(), named(entry), without_rule(refusal)))
    });
    let lost = recovery.lost().into_iter().map(|(entry, lost)| match lost.rule() {
        Some(rule) => Failure::refused(format!("[{}] {}: {lost}", rule.id(), named(entry))),
        None => Failure::cannot(format!("{}: {lost}", named(entry))),
    });
    refused.chain(lost).collect()
}

fn as_json(recovery: &Recovery<'_>) -> Value {
    let head = recovery.head();
    let dropped = recovery.dropped().iter().map(|d| {
        let (digest, size) = d.head.map_or((None, None), |(digest, size)| (Some(digest), Some(size)));
        json!({"path": d.path, "head-digest": digest.map(|d| d.to_string()), "size": size})
    });
    let refused = recovery.refused().into_iter().map(|(entry, refusal)| {
        json!({"manifest": entry.manifest.to_string(), "rule": refusal.rule.id(), "message": refusal.why})
    });
    let lost = recovery.lost().into_iter().map(|(entry, error)| {
        let rule = error.rule().map(|rule| rule.id());
        json!({"manifest": entry.manifest.to_string(), "rule": rule, "message": error.to_string()})
    });
    json!({
        "from": {"version": head.head().version, "head-digest": head.digest().to_string()},
        "dropped": dropped.collect::<Vec<_>>(),
        "left-out": refused.chain(lost).collect::<Vec<_>>(),
    })
}

/// What was done, with what was found.
fn with(mut outcome: Value, found: Value) -> Value {
    if let (Some(outcome), Value::Object(found)) = (outcome.as_object_mut(), found) {
        outcome.extend(found);
    }
    outcome
}
