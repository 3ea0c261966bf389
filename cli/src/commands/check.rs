//! `pkg check`: every fault of a release description, without keys and without images.

use crate::clock::issued;
use crate::earlier::{Images, earlier};
use crate::options::ExampleArgs;
use crate::out::{Failure, Outcome, Status, data, done, hint, note, shown};
use crate::repository::{Address, address};
use crate::{inputs, json};
use pkg_builder::{Checked, Description, Error, Place};
use pkg_format::manifest::Manifest;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The release description
    #[arg(value_name = "RELEASE.toml")]
    description: PathBuf,
    /// Another folder that the description may name files in (repeatable)
    #[arg(long, value_name = "DIR")]
    input_root: Vec<PathBuf>,
    /// The keyring to verify earlier packages with; without it, what they say is taken for true
    #[arg(long, value_name = "FILE", env = "PKG_KEYRING", hide_env_values = true)]
    keyring: Option<PathBuf>,
    /// Find earlier packages in a repository: a folder or an address
    #[arg(long, value_name = "DIR|URL", value_parser = address, requires = "keyring")]
    repository: Option<Address>,
    #[command(flatten)]
    example: ExampleArgs,
    /// Print JSON
    #[arg(long, help_heading = "Output")]
    json: bool,
}

pub(crate) fn run(args: &Args) -> Outcome {
    let path = &args.description;
    let text = inputs::text_file(path, "a release description in TOML")?;
    let keyring = args.keyring.as_deref().map(|p| inputs::keyring_at(p, args.example)).transpose()?;
    let issued = issued()?;
    let checked = read(path, &text, &args.input_root).and_then(|mut description| {
        let _listed = match (&keyring, &args.repository) {
            (Some(keyring), Some(address)) => earlier(&mut description, address, keyring, Images::Unread)?,
            _ => None,
        };
        description.check(keyring.as_ref(), issued).map_err(|error| failure(error, path, &text))
    });
    match (&checked, args.json) {
        (Err(failure), true) => {
            data(&json::text(&as_json(path, &Err(failure))))?;
            Ok(failure.status())
        }
        _ => answer(path, &text, &checked?, keyring.is_some(), args.json),
    }
}

/// Says that a description has no faults, and what would be built.
pub(super) fn answer(path: &Path, text: &str, checked: &Checked, verified: bool, json: bool) -> Outcome {
    match json {
        true => data(&json::text(&as_json(path, &Ok(checked))))?,
        false => report(path, checked, verified),
    }
    if let Some(before) = &checked.before {
        let what = format!("{} has this version already", shown(&before.package));
        at(Failure::refused(what), before.place.clone(), path, text)
            .hint("with the same images this is the same release; give other images the next version")
            .warn();
    }
    Ok(Status::Done)
}

/// Reads the description at `path`, whose text is `text`.
pub(super) fn read(path: &Path, text: &str, roots: &[PathBuf]) -> Outcome<Description> {
    let dir = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Description::read(text, dir, roots).map_err(|error| failure(error, path, text))
}

/// What is wrong with the description at `path`, each fault with its place.
pub(super) fn failure(error: Error, path: &Path, text: &str) -> Failure {
    if let Error::Several(errors) = error {
        let faults: Vec<_> = errors.into_iter().map(|error| failure(error, path, text)).collect();
        let message = format!("{} has {} faults", shown(path), faults.len());
        return Failure::several(faults, message);
    }
    let place = error.place().cloned();
    at(Failure::from(error), place, path, text)
}

/// Points at a place in the description at `path`, or in a file that it includes.
pub(super) fn at(failure: Failure, place: Option<Place>, path: &Path, text: &str) -> Failure {
    match place {
        Some(Place { file: Some(file), range }) => failure.at(&file.path, &file.text, range),
        Some(Place { file: None, range }) => failure.at(path, text, range),
        None => failure,
    }
}

/// Says what would be built.
fn report(path: &Path, checked: &Checked, verified: bool) {
    let mut text = format!("{}: no faults: {}\n", shown(path), title(&checked.manifest));
    text.push_str(&format!("  {}\n", checked.package_name()));
    for base in &checked.bases {
        text.push_str(&format!("  a delta from {}\n", shown(Path::new(base))));
    }
    done(&text);
    if checked.earlier && !verified {
        note("earlier packages were not verified");
        hint("give --keyring FILE");
    }
    for file in &checked.absent {
        note(&format!("{} is not there yet; pkg build needs it", shown(Path::new(file))));
    }
}

/// What a statement is, in a few words.
fn title(manifest: &Manifest) -> String {
    let common = manifest.common();
    match manifest.release() {
        Some(release) => {
            let of = &release.identity;
            format!(
                "{} {}, a {} release, line {}, sequence {}, feature level {}, security level {}",
                common.product.name,
                of.version,
                release.class(),
                of.line,
                common.sequence,
                of.feature_level,
                of.security_level
            )
        }
        None => format!(
            "{} {}, kind {}, sequence {}",
            common.product.name,
            common.id,
            manifest.kind(),
            common.sequence
        ),
    }
}

fn as_json(path: &Path, checked: &Result<&Checked, &Failure>) -> Value {
    let faults: Vec<_> = match checked {
        Ok(_) => Vec::new(),
        Err(failure) => failure.each().iter().map(fault).collect(),
    };
    let checked = checked.as_ref().ok();
    let release = checked.and_then(|c| c.manifest.release());
    json!({
        "description": path.display().to_string(),
        "faults": faults,
        "package": checked.map(|c| c.package_name()),
        "bases": checked.map(|c| &c.bases),
        "missing-images": checked.map(|c| &c.absent),
        "built-before": checked.and_then(|c| c.before.as_ref()).map(|b| b.package.display().to_string()),
        "kind": checked.map(|c| c.manifest.kind().as_str()),
        "class": release.map(|r| r.class().as_str()),
        "sequence": checked.map(|c| c.manifest.common().sequence),
        "feature-level": release.map(|r| r.identity.feature_level),
        "security-level": release.map(|r| r.identity.security_level),
    })
}

fn fault(failure: &Failure) -> Value {
    let message = failure.message();
    let rule = message.strip_prefix('[').and_then(|rest| rest.split_once(']')).map(|(rule, _)| rule);
    let place = failure.line();
    json!({
        "rule": rule,
        "message": message,
        "file": place.map(|(file, ..)| file.display().to_string()),
        "line": place.map(|(_, line, _)| line),
        "column": place.map(|(.., column)| column),
        "remedy": failure.remedy(),
    })
}
