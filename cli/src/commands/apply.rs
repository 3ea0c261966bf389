//! `pkg apply`: writes the images of a verified package.

use crate::options::{JobsArgs, KeyringArgs, PolicyArgs};
use crate::out::{Failure, Outcome, Status, done, note, shown};
use crate::package::{failure, open};
use crate::page::format::size;
use crate::progress::{Progress, ProgressArgs};
use crate::{inputs, interrupt, state};
use pkg_decide::Fit;
use pkg_install::{InstallOptions, Output, Resumed};
use std::path::PathBuf;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The package
    #[arg(value_name = "PACKAGE")]
    package: PathBuf,
    #[command(flatten)]
    keyring: KeyringArgs,
    /// Where to write the image of a component: a file or a block device (repeatable)
    #[arg(long, required = true, value_name = "NAME=FILE")]
    image: Vec<String>,
    /// The installed image of a component, which a delta starts from: a file or a block device
    /// (repeatable)
    #[arg(long, value_name = "NAME=FILE")]
    base: Vec<String>,
    /// Refuse the package unless it fits a device in this state
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Write into existing files, as into block devices, instead of replacing them
    #[arg(long)]
    in_place: bool,
    /// Where to record progress, so that an interrupted run can resume [default: next to the first image
    /// that is a file; if all images are block devices, there is none and a new run starts over]
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    #[command(flatten)]
    policy: PolicyArgs,
    #[command(flatten)]
    jobs: JobsArgs,
    #[command(flatten)]
    progress: ProgressArgs,
}

pub(crate) fn run(args: Args) -> Outcome {
    let mut outputs = with_bases(outputs(&args.image)?, &args.base)?;
    outputs.iter_mut().for_each(|o| o.in_place = args.in_place);
    let keyring = inputs::keyring(&args.keyring)?;
    let device = args.state.as_deref().map(|path| state::accepted(path, &keyring)).transpose()?;
    let policy = args.policy.policy();
    interrupt::flag();
    let verified = open(&args.package)?.verify(&keyring, &policy).map_err(|e| failure(e, &args.package))?;
    let fits = |state: state::State| match state.device.state.fits(&verified, &policy)? {
        Fit::Step => state.choices.allow(&verified).map(|()| Fit::Step),
        fit => Ok(fit),
    };
    match device.map(fits).transpose() {
        Err(refusal) => return Err(failure(refusal.into(), &args.package)),
        Ok(None) => note("not checked without --state: applicability, rollback and requirements"),
        Ok(Some(Fit::Installed)) => note("the device is already in this state; writing its images again"),
        Ok(Some(_)) => {}
    }
    let images = verified.manifest().release().map(|r| r.images.clone()).unwrap_or_default();
    let wanted = |component| outputs.iter().find(|o| o.component == component);
    let left: Vec<_> = images.iter().filter(|i| wanted(i.component.clone()).is_none()).collect();
    let total = images.iter().filter(|i| wanted(i.component.clone()).is_some()).map(|i| i.size).sum();
    let progress = Progress::new(args.progress.progress, "apply", total);
    let options = InstallOptions {
        jobs: args.jobs.jobs(),
        progress: &|n| progress.advance(n),
        resumed: &say_resumed,
        ..InstallOptions::default()
    };
    interrupt::goes_on();
    let applied = pkg_install::apply_with(verified, &outputs, args.journal.as_deref(), &options);
    applied.map_err(|e| match e {
        pkg_install::Error::Package(_) if interrupt::pressed() => {
            Failure::cannot("interrupted").hint(interrupt::hint())
        }
        pkg_install::Error::Package(e) => failure(e, &args.package),
        other => other.into(),
    })?;
    drop(progress);
    if !left.is_empty() {
        let names: Vec<_> = left.iter().map(|image| image.component.as_str()).collect();
        note(&format!("not written: {}", names.join(", ")));
    }
    for image in &images {
        if let Some(output) = wanted(image.component.clone()) {
            done(&format!(
                "{}: {} of {}, sha256 {}\n",
                shown(&output.path),
                image.component,
                size(image.size),
                image.sha256
            ));
        }
    }
    Ok(Status::Done)
}

/// Reports where an interrupted run resumes.
fn say_resumed(resumed: &Resumed) {
    let finished = match resumed.finished {
        0 => None,
        1 => Some("1 image is finished".to_owned()),
        n => Some(format!("{n} images are finished")),
    };
    let continued = resumed.image.as_ref().filter(|(_, at, _)| *at > 0);
    let continued = continued.map(|(c, at, all)| format!("{c} continues at {} of {}", size(*at), size(*all)));
    let text: Vec<_> = finished.into_iter().chain(continued).collect();
    note(&format!("resumed after an interruption: {}", text.join(", ")));
}

/// Parses `NAME=FILE` arguments. Refuses a component or a file that is given twice.
fn outputs(args: &[String]) -> Outcome<Vec<Output>> {
    let mut outputs: Vec<Output> = Vec::new();
    for arg in args {
        let bad =
            |why: &str| Failure::cannot(format!("--image {arg}: {why}")).hint("write --image NAME=FILE");
        let (name, file) = arg.split_once('=').ok_or_else(|| bad("no ="))?;
        let output = Output::new(name, file).map_err(|e| bad(&e.why))?;
        if outputs.iter().any(|o| o.component == output.component || o.path == output.path) {
            return Err(bad("given twice"));
        }
        outputs.push(output);
    }
    Ok(outputs)
}

/// Adds `NAME=FILE` arguments to the outputs whose bases they are.
fn with_bases(mut outputs: Vec<Output>, args: &[String]) -> Outcome<Vec<Output>> {
    for arg in args {
        let bad = |why: &str| Failure::cannot(format!("--base {arg}: {why}")).hint("write --base NAME=FILE");
        let (name, file) = arg.split_once('=').ok_or_else(|| bad("no ="))?;
        let Some(output) = outputs.iter_mut().find(|o| o.component.as_str() == name) else {
            return Err(Failure::cannot(format!("--base {arg}: there is no --image {name}=…"))
                .hint("give --base only for an image that is written with --image"));
        };
        if output.base.replace(file.into()).is_some() {
            return Err(bad("given twice"));
        }
    }
    Ok(outputs)
}
