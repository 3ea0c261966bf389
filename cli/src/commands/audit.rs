//! `pkg audit`: checks all releases of a product together.

use crate::hint as hints;
use crate::json;
use crate::listed::Depth;
use crate::out::{Failure, Outcome, Status, data, done, error, hint, shown, warning};
use crate::packages::{PackagesArgs, length, tell_refused, unread};
use crate::progress::ProgressArgs;
use crate::write::write_file;
use clap::ValueEnum;
use pkg_audit::load::{self, Extent};
use pkg_audit::set::{RecordFile, Set};
use pkg_audit::{Audit, AuditOptions, RowStatus, Verdict, audit, records, report};
use std::io::Read as _;
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    packages: PackagesArgs,
    /// Decision records of devices; their hash chains are checked
    #[arg(long, value_name = "DIR")]
    records: Option<PathBuf>,
    /// How much later some users may get a fix than others
    #[arg(long, value_name = "TIME", default_value = "24h", value_parser = length)]
    lag_limit: u64,
    /// Show what acknowledgements cover as failures
    #[arg(long)]
    ignore_acknowledgements: bool,
    /// Check every byte of the packages, not only the statements
    #[arg(long)]
    whole: bool,
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

pub(crate) fn run(args: &Args) -> Outcome {
    let extent = if args.whole { Extent::Whole } else { Extent::Statements };
    let depth = Depth::Whole(args.progress.progress);
    let mut set = args.packages.read(extent, depth, &args.progress)?;
    if let Some(path) = &args.records {
        set.records = chains(path)?;
    }
    let options = AuditOptions {
        at: Some(args.packages.at()?),
        lag_limit: args.lag_limit,
        fix_limits: args.packages.fix_limit.clone(),
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
    tell_refused(set);
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
