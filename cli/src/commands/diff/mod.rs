//! `pkg diff`: what changed between two packages, down to the files in their images.

mod json;
pub(super) mod package;

use crate::options::{ExampleArgs, JobsArgs};
use crate::out::{Failure, Outcome, Status, data};
use crate::package::failure;
use crate::page::difference::{Package, Report};
use crate::{inputs, interrupt, out, page};
use pkg_diff::{CompareOptions, Error, compare};
use pkg_format::Id;
use pkg_install::PreviewBase;
use std::path::PathBuf;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The older package
    #[arg(value_name = "OLD")]
    old: PathBuf,
    /// The newer package
    #[arg(value_name = "NEW")]
    new: PathBuf,
    /// The keyring that says which keys are trusted; without one nothing is verified
    #[arg(long, value_name = "FILE", env = "PKG_KEYRING", hide_env_values = true)]
    keyring: Option<PathBuf>,
    #[command(flatten)]
    example: ExampleArgs,
    /// The base image of a delta in NEW, unless it is in OLD (repeatable)
    #[arg(long, value_name = "NAME=FILE")]
    base: Vec<String>,
    /// The base image of a delta in OLD (repeatable)
    #[arg(long, value_name = "NAME=FILE")]
    old_base: Vec<String>,
    #[command(flatten)]
    jobs: JobsArgs,
    /// How many files to list for each image; --json lists all
    #[arg(long, value_name = "N", default_value_t = 40, help_heading = "Output")]
    lines: usize,
    /// Print JSON
    #[arg(long, help_heading = "Output")]
    json: bool,
}

pub(crate) fn run(args: Args) -> Outcome {
    let keyring = args.keyring.as_deref().map(|p| inputs::keyring_at(p, args.example)).transpose()?;
    let (old_bases, new_bases) = (bases("--old-base", &args.old_base)?, bases("--base", &args.base)?);
    let scratch = std::env::temp_dir();
    let options =
        CompareOptions { jobs: args.jobs.jobs(), scratch: &scratch, interrupted: interrupt::flag() };
    let (old_file, old) = package::open(&args.old, keyring.as_ref(), old_bases)?;
    let (new_file, new) = package::open(&args.new, keyring.as_ref(), new_bases)?;
    let difference = compare(old, new, &options).map_err(compare_failed)?;
    let statements = difference.statements();
    let report = Report {
        old: Package { file: &old_file, side: &difference.old },
        new: Package { file: &new_file, side: &difference.new },
        statements: &statements,
        difference: &difference,
        lines: args.lines,
    };
    match args.json {
        true => data(&crate::json::text(&json::of(&report)))?,
        false => data(&page::difference::render(&report, out::width()))?,
    }
    Ok(Status::Done)
}

pub(super) fn compare_failed(error: Error) -> Failure {
    match error {
        Error::Package { path, error } => failure(error, &path),
        Error::Decode(error) => error.into(),
        Error::WriteTemporary { folder, error } => {
            Failure::file("write a temporary file in", &folder, &error)
                .hint("give another folder for temporary files: TMPDIR=DIR pkg …")
        }
        Error::List(_) => Failure::cannot(error.to_string()).hint("nothing was left behind"),
        other => Failure::cannot(other.to_string()),
    }
}

/// Reads `NAME=FILE` arguments and opens the files; no component twice.
fn bases(option: &str, args: &[String]) -> Outcome<Vec<PreviewBase>> {
    let mut bases: Vec<PreviewBase> = Vec::new();
    for arg in args {
        let hint = format!("write {option} NAME=FILE");
        let bad = |why: &str| Failure::cannot(format!("{option} {arg}: {why}")).hint(hint.as_str());
        let (name, file) = arg.split_once('=').ok_or_else(|| bad("no ="))?;
        let component = Id::new(name).map_err(|e| bad(&e.why))?;
        if bases.iter().any(|b| b.component == component) {
            return Err(bad("given twice"));
        }
        let name = PathBuf::from(file);
        let file = pkg_files::open_image(&name).map_err(|e| Failure::file("read the base", &name, &e))?;
        bases.push(PreviewBase { component, file, name });
    }
    Ok(bases)
}
