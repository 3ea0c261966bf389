//! `pkg audit`: checks all releases of a product together.

use crate::hint as hints;
use crate::inputs;
use crate::json;
use crate::options::{KeyringArgs, all_cores};
use crate::out::{Failure, Outcome, Status, data, done, error, hint, shown, warning};
use crate::progress::{Progress, ProgressArgs};
use crate::write::write_file;
use clap::ValueEnum;
use pkg_audit::load::{self, Extent};
use pkg_audit::set::{RecordFile, Set};
use pkg_audit::{Audit, AuditOptions, RowStatus, Severity, Verdict, audit, history, records, report};
use std::io::Read as _;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Folders of packages, searched recursively
    #[arg(required = true, value_name = "DIR")]
    folders: Vec<PathBuf>,
    #[command(flatten)]
    keyring: KeyringArgs,
    /// A declaration (not signed) of the releases that were shipped before packages
    #[arg(long, value_name = "FILE")]
    history: Option<PathBuf>,
    /// Decision records of devices; their hash chains are checked
    #[arg(long, value_name = "DIR")]
    records: Option<PathBuf>,
    /// Check as of this time: a date or unix seconds [default: the issue date of the newest statement]
    #[arg(long, value_name = "T", value_parser = time)]
    as_of: Option<u64>,
    /// How much later some users may get a fix than others
    #[arg(long, value_name = "TIME", default_value = "24h", value_parser = length)]
    lag_limit: u64,
    /// How long after it is known a vulnerability of a severity may go without a fix, like critical=14d (repeatable)
    #[arg(long, value_name = "SEVERITY=TIME", value_parser = fix_limit)]
    fix_limit: Vec<(Severity, u64)>,
    /// Show what acknowledgements cover as failures
    #[arg(long)]
    ignore_acknowledgements: bool,
    /// Check every byte of the packages, not only the statements
    #[arg(long)]
    whole: bool,
    /// Number of verifying threads [default: number of cores]
    #[arg(long, value_name = "N")]
    jobs: Option<NonZeroUsize>,
    /// Format of the report
    #[arg(long, value_enum, default_value_t = Format::Text, value_name = "FORMAT", help_heading = "Output")]
    format: Format,
    /// Print JSON: the same as --format json
    #[arg(long, conflicts_with = "format", help_heading = "Output")]
    json: bool,
    /// Write the report to a file
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    out: Option<PathBuf>,
    #[command(flatten)]
    progress: ProgressArgs,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Text for a terminal
    Text,
    /// JSON for programs
    Json,
    /// Markdown for a wiki or a ticket
    Markdown,
    /// A self-contained page with a drawing of the release graph
    Html,
}

/// A time on the command line.
pub(super) fn time(text: &str) -> Result<u64, String> {
    pkg_audit::time::seconds(text).ok_or_else(|| {
        "expected a date like 2026-11-22, a time like 2026-11-22T12:00:00Z, or unix seconds".into()
    })
}

fn length(text: &str) -> Result<u64, String> {
    let (number, unit) = match text.char_indices().next_back() {
        Some((at, 'd')) => (&text[..at], 86_400),
        Some((at, 'h')) => (&text[..at], 3_600),
        Some((at, 'm')) => (&text[..at], 60),
        Some((at, 's')) => (&text[..at], 1),
        _ => (text, 1u64),
    };
    let seconds = number.parse::<u64>().ok().and_then(|n| n.checked_mul(unit));
    seconds.ok_or_else(|| "expected a duration like 24h or 14d".into())
}

pub(super) fn fix_limit(text: &str) -> Result<(Severity, u64), String> {
    let all = [Severity::Low, Severity::Medium, Severity::High, Severity::Critical];
    let found = text.split_once('=').and_then(|(word, time)| {
        let severity = all.into_iter().find(|s| s.as_str() == word)?;
        Some((severity, length(time).ok()?))
    });
    found.ok_or_else(|| "expected low, medium, high or critical with a duration, like critical=14d".into())
}

pub(crate) fn run(args: &Args) -> Outcome {
    let keyring = inputs::keyring(&args.keyring)?;
    let extent = if args.whole { Extent::Whole } else { Extent::Statements };
    let files = load::files(&args.folders).map_err(unread)?;
    let size = |path: &Path| std::fs::metadata(path).map_or(0, |m| m.len());
    let progress = Progress::new(args.progress.progress, "packages", files.iter().map(|f| size(f)).sum());
    let jobs = args.jobs.unwrap_or_else(all_cores);
    let mut set = load::folders(&files, &keyring, extent, jobs, &|path| progress.advance(size(path)))
        .map_err(unread)?;
    drop(progress);
    if set.packages.is_empty() && set.refused.is_empty() {
        return Err(Failure::cannot("there is no package in these folders")
            .hint("give the folders that hold the released .pkg files"));
    }
    if let Some(path) = &args.history {
        let text = inputs::text_file(path, "the history in TOML")?;
        history::declare(&mut set, &text).map_err(|e| {
            Failure::cannot(e.message).at(path, &text, e.place).hint("docs/audit.md describes history.toml")
        })?;
    }
    if let Some(path) = &args.records {
        set.records = chains(path)?;
    }
    let options = AuditOptions {
        as_of: args.as_of,
        lag_limit: args.lag_limit,
        fix_limits: args.fix_limit.clone(),
        ignore_acknowledgements: args.ignore_acknowledgements,
    };
    let audit = audit(&set, &options);
    let format = if args.json { Format::Json } else { args.format };
    let text = match format {
        Format::Text => report::text(&set, &audit),
        Format::Json => json::text(&report::json(&set, &audit)),
        Format::Markdown => report::markdown(&set, &audit),
        Format::Html => report::html(&set, &audit),
    };
    match &args.out {
        None => data(&text)?,
        Some(path) => {
            write_file(path, &text)?;
            done(&format!("{}: {}\n", shown(path), audit.verdict.as_str()));
        }
    }
    Ok(verdict(&set, &audit))
}

pub(super) fn unread(error: load::Error) -> Failure {
    Failure::file("read", &error.path, &error.error)
}

fn chains(path: &Path) -> Outcome<Vec<RecordFile>> {
    let files = load::files(&[path.to_owned()]).map_err(unread)?;
    let one = |path: &PathBuf| {
        let mut bytes = Vec::new();
        let read = pkg_files::open_regular(path).and_then(|mut file| file.read_to_end(&mut bytes));
        read.map_err(|e| Failure::file("read", path, &e))?;
        Ok(records::check(&path.display().to_string(), &bytes))
    };
    files.iter().map(one).collect()
}

/// Summarises the report on stderr.
fn verdict(set: &Set, audit: &Audit) -> Status {
    for refused in &set.refused {
        error(&format!("[{}] {}: {}", refused.rule, shown(Path::new(&refused.path)), refused.why));
    }
    for result in audit.rules.iter().filter(|r| r.verdict == Verdict::Fail) {
        let causes = audit.causes().filter(|c| c.rule == result.rule).count();
        let plural = if causes == 1 { "" } else { "s" };
        error(&format!("[{}] {}: {causes} cause{plural}", result.rule.id(), result.rule.title()));
        hint(&hints::rule(result.rule));
    }
    for row in audit.rows.iter().filter(|r| r.status == RowStatus::Fail && r.is_checked_itself()) {
        warning(&format!("row {}, {}: {}", row.id, row.title, row.text));
    }
    match audit.verdict {
        Verdict::Pass | Verdict::Exception => Status::Done,
        Verdict::Fail => Status::Refused,
    }
}
