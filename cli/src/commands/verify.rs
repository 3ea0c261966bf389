//! `pkg verify`: the whole package, one verdict line each.

use crate::colours::{ERROR, GOOD};
use crate::options::{KeyringArgs, PolicyArgs, all_cores};
use crate::out::{Failure, Outcome, Status, data, error, hint, note, reason, shown};
use crate::packages::unread;
use crate::progress::{Progress, ProgressArgs};
use crate::{hint as hints, inputs, json, state};
use pkg_decide::{DeviceState, Fit};
use pkg_format::Refusal;
use pkg_format::cose::StatementKind;
use pkg_format::manifest::Manifest;
use pkg_verify::{Keyring, Signer, Statements};
use serde_json::{Value, json};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Packages, and folders of packages, which are searched recursively
    #[arg(required = true, value_name = "PACKAGE|DIR")]
    packages: Vec<PathBuf>,
    #[command(flatten)]
    keyring: KeyringArgs,
    /// Also check applicability and rollback for a device in this state
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    #[command(flatten)]
    policy: PolicyArgs,
    /// Check only the statements; do not read payloads
    #[arg(long)]
    statements_only: bool,
    /// Number of hashing threads [default: number of cores]
    #[arg(long, value_name = "N")]
    jobs: Option<NonZeroUsize>,
    /// Print JSON
    #[arg(long, help_heading = "Output")]
    json: bool,
    #[command(flatten)]
    progress: ProgressArgs,
}

pub(crate) fn run(args: Args) -> Outcome {
    let keyring = inputs::keyring(&args.keyring)?;
    let device = args.state.as_deref().map(|path| state::device(path, &keyring)).transpose()?;
    let mut status = Status::Done;
    let mut all = Vec::new();
    let mut any_accepted = false;
    let packages = packages(&args.packages)?;
    for path in &packages {
        match verify(path, &args, &keyring, device.as_ref()) {
            Ok((statements, fit)) => {
                any_accepted = true;
                all.push(accepted(path, &statements, args.statements_only));
                if !args.json {
                    data(&format!("{}\n", line(path, &statements, fit, args.statements_only)))?;
                }
            }
            Err(pkg_verify::Error::Refused(refusal)) => {
                status = Status::Refused;
                all.push(refused(path, &refusal, args.statements_only));
                if !args.json {
                    data(&format!("{}: {ERROR}REFUSED{ERROR:#}: {refusal}\n", shown(path)))?;
                }
                say_refused(path, &refusal);
            }
            Err(pkg_verify::Error::Io(e)) => {
                let e = e.into();
                error(&format!("cannot read {}: {}", shown(path), reason(&e)));
                if let Some(text) = hints::io("read", &e) {
                    hint(&text);
                }
                status = if status == Status::Refused { status } else { Status::Failed };
            }
            Err(other) => return Err(Failure::cannot(other.to_string())),
        }
    }
    if args.json {
        let value = match all.as_slice() {
            [one] if packages.len() == 1 && args.packages == packages => one.clone(),
            _ => Value::Array(all),
        };
        if !value.as_array().is_some_and(Vec::is_empty) {
            data(&json::text(&value))?;
        }
    }
    if device.is_none() && any_accepted {
        note("not checked without --state: applicability, rollback and requirements");
    }
    Ok(status)
}

/// The packages that are given, and those in the folders that are given, in the order of their names.
fn packages(given: &[PathBuf]) -> Outcome<Vec<PathBuf>> {
    let mut all = Vec::new();
    for path in given {
        match path.is_dir() {
            true => {
                let found = pkg_audit::load::files(std::slice::from_ref(path)).map_err(unread)?;
                all.extend(found.into_iter().filter(|f| f.extension().is_some_and(|e| e == "pkg")));
            }
            false => all.push(path.clone()),
        }
    }
    match all.is_empty() {
        true => Err(inputs::no_package(given)),
        false => Ok(all),
    }
}

/// The message on stderr for a refusal; the verdict itself goes to stdout.
pub(super) fn say_refused(path: &Path, refusal: &Refusal) {
    error(&format!("[{}] {}: {}", refusal.rule.id(), shown(path), refusal.rule.title()));
    hint(&hints::refusal(refusal));
}

fn verify(
    path: &Path,
    args: &Args,
    keyring: &Keyring,
    device: Option<&DeviceState>,
) -> pkg_verify::Result<(Statements, Option<Fit>)> {
    let policy = args.policy.policy();
    let (file, regular) = pkg_files::open_source(path)?;
    let statements = if args.statements_only {
        pkg_verify::open(&file)?.verify(keyring, &policy)?.into_statements()
    } else if !regular {
        // A pipe can be read only once.
        pkg_verify::open(std::io::BufReader::new(file))?.verify(keyring, &policy)?.finish()?.into_statements()
    } else {
        let progress = Progress::new(args.progress.progress, &shown(path), file.metadata()?.len());
        let jobs = args.jobs.unwrap_or_else(all_cores);
        pkg_verify::verify_whole(&file, keyring, &policy, jobs, &|n| progress.advance(n))?.into_statements()
    };
    let fit = device.map(|device| device.fits(&statements, &policy)).transpose()?;
    Ok((statements, fit))
}

/// What a package is, in a few words.
pub(crate) fn kind(statements: &Statements) -> &'static str {
    statements.delivery().map_or_else(|| statements.manifest().kind().as_str(), |d| d.kind.as_str())
}

/// `security (pure)`, `feature`, or nothing for a notice or a withdrawal.
pub(crate) fn class(manifest: &Manifest) -> Option<String> {
    let release = manifest.release()?;
    Some(match release.security() {
        Some(security) => format!("security ({})", security.separation.kind()),
        None => release.class().to_string(),
    })
}

/// One verdict line that is complete on its own, for logs.
fn line(path: &Path, statements: &Statements, fit: Option<Fit>, statements_only: bool) -> String {
    let manifest = statements.manifest();
    let product = &manifest.common().product;
    let name = match manifest.release() {
        Some(release) => format!("{} {}", product.name, release.identity.version),
        None => format!("{} {}", product.name, manifest.common().id),
    };
    let what = [class(manifest), Some(kind(statements).to_owned())]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(", ");
    let labels = |signers: &[Signer], of: StatementKind| {
        let labels = signers.iter().filter(|s| s.statement == of).map(|s| s.label.as_str());
        labels.collect::<Vec<_>>().join(" + ")
    };
    let signed = |of| labels(statements.signers(), of);
    let mut signers = format!("signed by {}", signed(StatementKind::Manifest));
    if statements.delivery().is_some() {
        signers.push_str(&format!(", delivered by {}", signed(StatementKind::Delivery)));
    }
    for of in [StatementKind::Manifest, StatementKind::Delivery] {
        let others = labels(statements.uncounted_signers(), of);
        if !others.is_empty() {
            signers.push_str(&format!(
                " (the {} is also signed by {others}, which does not count)",
                of.as_str()
            ));
        }
    }
    let checked =
        if statements_only { "statements verified, payload not read" } else { "every byte checked" };
    let fit = match fit {
        None => "",
        Some(Fit::Step) => "; fits the device",
        Some(Fit::Installed) => "; already installed: nothing to do",
        Some(Fit::Informational) => "; is for this product",
    };
    format!("{}: {GOOD}accepted{GOOD:#}: {name}, {what}; {signers}; {checked}{fit}", shown(path))
}

fn checked(statements_only: bool) -> &'static str {
    if statements_only { "statements" } else { "whole" }
}

fn accepted(path: &Path, statements: &Statements, statements_only: bool) -> Value {
    let signer = |s: &Signer| {
        let roles: Vec<_> = s.roles.iter().map(|r| r.as_str()).collect();
        json!({"key": s.key.to_string(), "label": s.label.as_str(), "roles": roles, "statement": s.statement.as_str(), "alg": s.alg.as_str()})
    };
    let all = |signers: &[Signer]| signers.iter().map(signer).collect::<Vec<_>>();
    json!({
        "package": path.display().to_string(),
        "verdict": "accepted",
        "rule": null,
        "message": "",
        "manifest-digest": statements.manifest_digest().to_string(),
        "class": statements.manifest().release().map(|r| r.class().as_str()),
        "package-kind": kind(statements),
        "checked": checked(statements_only),
        "signers": all(statements.signers()),
        "others-that-signed": all(statements.uncounted_signers()),
    })
}

fn refused(path: &Path, refusal: &Refusal, statements_only: bool) -> Value {
    json!({
        "package": path.display().to_string(),
        "verdict": "refused",
        "rule": refusal.rule.id(),
        "message": inputs::without_rule(refusal),
        "manifest-digest": null,
        "class": null,
        "package-kind": null,
        "checked": checked(statements_only),
        "signers": [],
        "others-that-signed": [],
    })
}
