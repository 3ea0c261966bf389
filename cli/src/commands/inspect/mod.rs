//! `pkg inspect`: shows what is in a package, as a page or as JSON. It reads only the statements unless `--whole`
//! asks for every byte, or `--contents` for what the images are.

mod contents;

use super::verify::say_refused;
use crate::interrupt::Interruptible;
use crate::options::{ExampleArgs, all_cores};
use crate::out::{self, Failure, Outcome, Status, data};
use crate::package::failure;
use crate::page::{self, Page, Verdict};
use crate::{inputs, json};
use pkg_format::Digest;
use pkg_format::cose::StatementKind;
use pkg_verify::{Keyring, Policy, SignatureReport, SignatureStatus};
use serde_json::{Value, json};
use std::fs::File;
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The package
    #[arg(value_name = "PACKAGE")]
    package: PathBuf,
    /// The keyring that says which keys are trusted; without one nothing is verified
    #[arg(long, value_name = "FILE", env = "PKG_KEYRING", hide_env_values = true)]
    keyring: Option<PathBuf>,
    #[command(flatten)]
    example: ExampleArgs,
    /// Also check every byte, as `pkg verify` does; without this option only the statements are read
    #[arg(long, requires = "keyring")]
    whole: bool,
    /// Also decode the images and say what they are: a file system, or a bundle of RAUC, SWUpdate, Mender or MCUboot
    #[arg(long)]
    contents: bool,
    /// The language of the texts, such as de
    #[arg(long, value_name = "LANG")]
    lang: Option<String>,
    /// Print JSON
    #[arg(long, help_heading = "Output")]
    json: bool,
}

pub(crate) fn run(args: Args) -> Outcome {
    let lang = inputs::lang(args.lang.as_deref())?;
    let keyring = args.keyring.as_deref().map(|p| inputs::keyring_at(p, args.example)).transpose()?;
    let cannot_read = |e: std::io::Error| Failure::file("read", &args.package, &e);
    let file = File::open(&args.package).map_err(cannot_read)?;
    let size = file.metadata().map_err(cannot_read)?.len();
    let unverified = match pkg_verify::open(Interruptible(file)) {
        Ok(unverified) => unverified,
        Err(pkg_verify::Error::Refused(refusal)) => return no_package(&args, size, refusal),
        Err(error) => return Err(failure(error, &args.package)),
    };
    let claims = unverified.unverified_statements();
    let signatures = unverified.signatures(keyring.as_ref());
    let digest = Some(unverified.manifest_digest());
    let is_signed = unverified.is_signed();
    let received = |kind| json::statement(unverified.received(kind));
    let statements = (received(StatementKind::Manifest), received(StatementKind::Delivery));
    let mut verdict = verdict(unverified, &claims, &signatures, keyring.as_ref(), &args.package)?;
    if let (true, Verdict::Statements, Some(keyring)) = (args.whole, &verdict, &keyring) {
        verdict = whole(&args.package, keyring, digest)?;
    }
    let signatures = signatures.unwrap_or_default();
    let contents = match verdict {
        Verdict::Refused(_) => Vec::new(),
        _ if args.contents => contents::read(&args.package, keyring.as_ref(), digest)?,
        _ => Vec::new(),
    };
    if args.json {
        let mut all = as_json(&verdict, statements, digest, &signatures, size);
        if let (true, Value::Object(fields)) = (args.contents, &mut all) {
            fields.insert("contents".into(), contents::as_json(&contents));
        }
        data(&json::text(&all))?;
    } else {
        let page = Page {
            path: &args.package,
            size,
            verdict: &verdict,
            manifest: claims.manifest.as_ref().ok(),
            delivery: claims.delivery.as_ref().and_then(|d| d.as_ref().ok()),
            digest,
            signatures: &signatures,
            is_signed,
            keyring: keyring.as_ref(),
            lang: lang.as_ref(),
            contents: &contents,
        };
        data(&page::render(&page, out::width()))?;
    }
    Ok(ended(&args.package, &verdict))
}

/// The exit status; also reports a refusal on stderr.
fn ended(path: &Path, verdict: &Verdict) -> Status {
    match verdict {
        Verdict::Refused(refusal) => {
            say_refused(path, refusal);
            Status::Refused
        }
        _ => Status::Done,
    }
}

/// A file that is not a package is refused like any other, with nothing to show.
fn no_package(args: &Args, size: u64, refusal: pkg_format::Refusal) -> Outcome {
    let verdict = Verdict::Refused(refusal);
    match args.json {
        true => data(&json::text(&as_json(&verdict, (Value::Null, Value::Null), None, &[], size)))?,
        false => data(&page::render(&Page::empty(&args.package, size, &verdict), out::width()))?,
    }
    Ok(ended(&args.package, &verdict))
}

fn verdict<R: std::io::Read>(
    unverified: pkg_verify::Unverified<R>,
    claims: &pkg_verify::UnverifiedStatements,
    signatures: &Result<Vec<SignatureReport>, pkg_format::Refusal>,
    keyring: Option<&Keyring>,
    path: &Path,
) -> Outcome<Verdict> {
    let Some(keyring) = keyring else {
        // Without a keyring nothing is verified, but a package that breaks a rule is refused whoever signed it.
        let delivery = claims.delivery.as_ref().and_then(|d| d.as_ref().err());
        let refused = signatures.as_ref().err().or(claims.manifest.as_ref().err()).or(delivery);
        return Ok(refused.map_or(Verdict::Unverified, |refusal| Verdict::Refused(refusal.clone())));
    };
    match unverified.verify(keyring, &Policy::default()) {
        Ok(_) => Ok(Verdict::Statements),
        Err(pkg_verify::Error::Refused(refusal)) => Ok(Verdict::Refused(refusal)),
        Err(error) => Err(failure(error, path)),
    }
}

/// It is not the file any more that was shown.
fn changed(path: &Path) -> Failure {
    Failure::cannot(format!("{} changed while it was read", out::shown(path))).hint("run the command again")
}

/// Checks every byte of the package whose statements were shown.
fn whole(path: &Path, keyring: &Keyring, shown: Option<Digest>) -> Outcome<Verdict> {
    let file = File::open(path).map_err(|e| Failure::file("read", path, &e))?;
    match pkg_verify::verify_whole(&file, keyring, &Policy::default(), all_cores(), &|_| ()) {
        Ok(complete) if Some(complete.manifest_digest()) == shown => Ok(Verdict::Whole),
        Ok(_) => Err(changed(path)),
        Err(pkg_verify::Error::Refused(refusal)) => Ok(Verdict::Refused(refusal)),
        Err(error) => Err(failure(error, path)),
    }
}

fn as_json(
    verdict: &Verdict,
    (manifest, delivery): (Value, Value),
    digest: Option<Digest>,
    signatures: &[SignatureReport],
    size: u64,
) -> Value {
    let (word, rule) = match verdict {
        Verdict::Statements => ("statements-verified", Value::Null),
        Verdict::Whole => ("verified", Value::Null),
        Verdict::Unverified => ("unverified", Value::Null),
        Verdict::Refused(refusal) => ("refused", refusal.rule.id().into()),
    };
    let message =
        if let Verdict::Refused(refusal) = verdict { inputs::without_rule(refusal) } else { String::new() };
    let signatures = signatures.iter().map(|s| {
        let status = match s.status {
            SignatureStatus::Valid => "valid",
            SignatureStatus::NotForThis => "not-for-this",
            SignatureStatus::Invalid => "invalid",
            SignatureStatus::UnknownKey => "unknown-key",
            SignatureStatus::Revoked => "revoked",
        };
        json!({"statement": s.statement.as_str(), "key": s.key.to_string(), "alg": s.alg.as_str(), "status": status})
    });
    json!({
        "verdict": word,
        "checked": if matches!(verdict, Verdict::Whole) { "whole" } else { "statements" },
        "rule": rule,
        "message": message,
        "manifest": manifest,
        "manifest-digest": digest.map(|d| d.to_string()),
        "delivery": delivery,
        "signatures": signatures.collect::<Vec<_>>(),
        "size": size,
    })
}
