//! `pkg repository check`: every file is there, and is the one that was signed.

use crate::json;
use crate::mend;
use crate::out::{Outcome, Status, data, error, escape, hint};
use crate::page::format::size;
use crate::progress::{Progress, ProgressArgs};
use crate::repository::{self, ReadArgs};
use pkg_publish::{Catalogue, Error, Fault};
use pkg_repository::Error as FetchError;
use serde_json::json;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    read: ReadArgs,
    /// Print JSON
    #[arg(long, help_heading = "Output")]
    json: bool,
    #[command(flatten)]
    progress: ProgressArgs,
}

pub(super) fn run(args: &Args) -> Outcome {
    let (mut reader, of, keyring) = args.read.open()?;
    let all = match Catalogue::read(reader.as_mut(), &of, &keyring) {
        Err(Error::Fetch(FetchError::Missing(path))) => {
            error(&format!("{}: missing", escape(&path)));
            hint(&mend::fault(&path, None));
            return Ok(Status::Refused);
        }
        read => read?.bytes(),
    };
    let progress = Progress::new(args.progress.progress, "packages", all);
    let (catalogue, report) =
        pkg_publish::check(reader.as_mut(), &of, &keyring, &|bytes| progress.advance(bytes))?;
    drop(progress);
    for fault in &report.faults {
        error(&line(fault));
    }
    let version = catalogue.head().head().version;
    let is_whole = report.faults.is_empty();
    match args.json {
        true => data(&json::text(&json!({
            "verdict": if is_whole { "whole" } else { "faulty" },
            "version": version,
            "packages": report.packages,
            "bytes": report.bytes,
            "deltas": report.deltas,
            "faults": report.faults.iter().map(|f| json!({
                "path": f.path, "rule": f.rule.map(|r| r.id()), "message": f.why
            })).collect::<Vec<_>>(),
        })))?,
        false => data(&format!(
            "{}: head {version}: {}; {}, packages read: {}, {}; deltas: {}\n",
            repository::label(&of),
            if is_whole { "whole" } else { "NOT WHOLE" },
            repository::entries(catalogue.head().head().log.size),
            report.packages,
            size(report.bytes),
            report.deltas
        ))?,
    }
    if is_whole {
        return Ok(Status::Done);
    }
    let mut remedies: Vec<String> = Vec::new();
    for remedy in report.faults.iter().map(|fault| mend::fault(&fault.path, fault.rule)) {
        if !remedies.contains(&remedy) {
            hint(&remedy);
            remedies.push(remedy);
        }
    }
    Ok(Status::Refused)
}

fn line(fault: &Fault) -> String {
    match fault.rule {
        Some(rule) => format!("[{}] {}: {}", rule.id(), fault.path, fault.why),
        None => format!("{}: {}", fault.path, fault.why),
    }
}
