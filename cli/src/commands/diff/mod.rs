//! `pkg diff`: what changed between two packages, down to the files in their images.

mod answer;
mod images;
mod json;
mod side;

pub(crate) use answer::Answer;
pub(crate) use images::{Compared, Look};
pub(crate) use side::Side;

use crate::options::{ExampleArgs, JobsArgs};
use crate::out::{Failure, Outcome, Status, data};
use crate::{inputs, interrupt, page};
use pkg_diff::statements::Difference;
use pkg_diff::statements::sbom::{self, Sbom};
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
    #[arg(long, value_name = "FILE")]
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

/// Everything that was found.
pub(crate) struct Report<'a> {
    pub(crate) old: &'a Side,
    pub(crate) new: &'a Side,
    pub(crate) difference: &'a Difference<'a>,
    pub(crate) images: &'a [Compared],
    /// What else changed; none if the new package is not a security release.
    pub(crate) answer: Option<&'a Answer>,
    pub(crate) components: Option<&'a [sbom::Component]>,
    pub(crate) lines: usize,
}

pub(crate) fn run(args: Args) -> Outcome {
    let keyring = args.keyring.as_deref().map(|p| inputs::keyring_at(p, args.example)).transpose()?;
    let (old_bases, new_bases) = (bases("--old-base", &args.old_base)?, bases("--base", &args.base)?);
    interrupt::flag();
    let (mut old, old_package) = Side::open(&args.old, keyring.as_ref())?;
    let (mut new, new_package) = Side::open(&args.new, keyring.as_ref())?;
    let (before, after) = (old.manifest.clone(), new.manifest.clone());
    let difference = Difference::between(&before, &after);
    let images = images::compare(
        &difference.images,
        (&mut old, old_package, old_bases),
        (&mut new, new_package, new_bases),
        args.jobs.jobs(),
    )?;
    let answer = answer::of(&before, &after, &images);
    let components = match (&old.sbom, &new.sbom) {
        (Some(old), Some(new)) => Some(Sbom::difference(old, new)),
        _ => None,
    };
    let report = Report {
        old: &old,
        new: &new,
        difference: &difference,
        images: &images,
        answer: answer.as_ref(),
        components: components.as_deref(),
        lines: args.lines,
    };
    match args.json {
        true => data(&crate::json::text(&json::of(&report)))?,
        false => data(&page::difference::render(&report, page::width()))?,
    }
    Ok(Status::Done)
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
