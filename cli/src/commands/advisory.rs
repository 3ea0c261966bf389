//! `pkg advisory`: the advisory of a package as text, HTML, CSAF 2.0 or OpenVEX.

use crate::options::ExampleArgs;
use crate::out::{Failure, Outcome, Status, data, done, escape, hint, note, shown, warning};
use crate::package::{failure, open};
use crate::write::write_file;
use crate::{inputs, out};
use pkg_advisory::{AdvisoryOptions, Document, Edition, Known, Source};
use pkg_format::cvss::Severity;
use pkg_format::ident::Url;
use pkg_format::{Digest, Manifest, VulnId};
use pkg_verify::{Keyring, Policy, Statements};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
#[command(
    group(clap::ArgGroup::new("form").required(true).args(["csaf", "openvex", "text", "html"])),
    group(clap::ArgGroup::new("trust").required(true).args(["keyring", "unverified"])),
)]
pub(crate) struct Args {
    /// The package
    #[arg(value_name = "PACKAGE")]
    package: PathBuf,
    /// Write CSAF 2.0
    #[arg(long, help_heading = "Form")]
    csaf: bool,
    /// Write OpenVEX 0.2.0
    #[arg(long, help_heading = "Form")]
    openvex: bool,
    /// Write plain text
    #[arg(long, help_heading = "Form")]
    text: bool,
    /// Write a self-contained HTML page without scripts
    #[arg(long, help_heading = "Form")]
    html: bool,
    /// The keyring that says which keys are trusted
    #[arg(long, value_name = "FILE")]
    keyring: Option<PathBuf>,
    /// Do not check signatures; the document says so, and CSAF gets the status draft
    #[arg(long)]
    unverified: bool,
    #[command(flatten)]
    example: ExampleArgs,
    /// The language of the texts [default: English, or else the first one in the package]
    #[arg(long, value_name = "LANG")]
    lang: Option<String>,
    /// A package of the product or a folder of packages: names the versions that the manifest refers to by
    /// digest (repeatable)
    #[arg(long, value_name = "PATH")]
    known: Vec<PathBuf>,
    /// The maker's web address, for CSAF and OpenVEX [default: the host of the contact, if it is an https URL]
    #[arg(long, value_name = "URL")]
    namespace: Option<String>,
    /// The web folder where the document is published [default: the path that CSAF prescribes below the
    /// namespace]
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// A CVSS 3.1 vector for a vulnerability that has none in the manifest; the CSAF document says where it
    /// comes from (repeatable)
    #[arg(long, value_name = "ID=VECTOR")]
    score: Vec<String>,
    /// The document as it was last published, for CSAF and OpenVEX: if the content changed, this one becomes the
    /// next version; otherwise the version stays
    #[arg(long, value_name = "FILE")]
    previous: Option<PathBuf>,
    /// Write to this file instead of stdout; in a folder (created for DIR/) the file gets the name that CSAF prescribes
    #[arg(short, long, value_name = "FILE|DIR")]
    out: Option<PathBuf>,
}

pub(crate) fn run(args: Args) -> Outcome {
    let lang = inputs::lang(args.lang.as_deref())?;
    let namespace = url("--namespace", args.namespace.as_deref())?;
    let published_in = url("--url", args.url.as_deref())?;
    let scores = args.score.iter().map(|s| score(s)).collect::<Outcome<BTreeMap<_, _>>>()?;
    let keyring = args.keyring.as_deref().map(|p| inputs::keyring_at(p, args.example)).transpose()?;
    let read = read(&args.package, keyring.as_ref())?;
    let mut known = Known::new();
    for path in packages(&args.known)? {
        match self::read(&path, keyring.as_ref()) {
            Ok(read) => known.add(&read.source()),
            // Version names are helpful but not required.
            Err(failure) => warning(&format!("ignored in --known: {}", failure.message())),
        }
    }
    let options = AdvisoryOptions {
        lang: lang.as_ref(),
        known: Some(&known),
        namespace: namespace.as_ref(),
        published_in: published_in.as_ref(),
        scores,
    };
    let width = if args.out.is_some() { 80 } else { out::width() };
    let source = read.source();
    let document = match (args.csaf, args.openvex, args.html) {
        (true, ..) => pkg_advisory::csaf(&source, &options),
        (_, true, _) => pkg_advisory::openvex(&source, &options),
        (.., true) => pkg_advisory::html(&source, &options),
        _ => pkg_advisory::text(&source, &options, width),
    };
    let mut document = document.map_err(explained)?;
    if let Some(previous) = &args.previous {
        document.text = continued(&args, &document.text, previous)?;
    }
    say(&args, &read, &document);
    match &args.out {
        None if args.text => data(&escape(&document.text))?,
        None => data(&document.text)?,
        Some(out) => write(&args, out, &document)?,
    }
    Ok(Status::Done)
}

/// The statements of a package, and whether they are verified.
pub(super) enum Read {
    Verified(Box<Statements>),
    Claimed(Box<Manifest>, Digest),
}

impl Read {
    pub(super) fn digest(&self) -> Digest {
        match self {
            Read::Verified(statements) => statements.manifest_digest(),
            Read::Claimed(_, digest) => *digest,
        }
    }

    pub(super) fn source(&self) -> Source<'_> {
        match self {
            Read::Verified(statements) => Source::verified(statements),
            Read::Claimed(manifest, digest) => Source::unverified(manifest, *digest),
        }
    }
}

pub(super) fn read(path: &Path, keyring: Option<&Keyring>) -> Outcome<Read> {
    let unverified = open(path)?;
    match keyring {
        Some(keyring) => {
            let verified = unverified.verify(keyring, &Policy::default()).map_err(|e| failure(e, path))?;
            Ok(Read::Verified(Box::new(verified.into_statements())))
        }
        None => {
            let digest = unverified.manifest_digest();
            let manifest = unverified.unverified_statements().manifest;
            let manifest = manifest.map_err(|refusal| failure(refusal.into(), path))?;
            Ok(Read::Claimed(Box::new(manifest), digest))
        }
    }
}

/// The packages at these paths: the files themselves, and the `.pkg` files in the folders.
fn packages(paths: &[PathBuf]) -> Outcome<Vec<PathBuf>> {
    let mut all = Vec::new();
    for path in paths {
        if !path.is_dir() {
            all.push(path.clone());
            continue;
        }
        let cannot_read = |e: std::io::Error| Failure::file("read", path, &e);
        for entry in std::fs::read_dir(path).map_err(cannot_read)? {
            let file = entry.map_err(cannot_read)?.path();
            all.extend(Some(file).filter(|f| f.extension().is_some_and(|e| e == "pkg")));
        }
    }
    all.sort();
    Ok(all)
}

pub(super) fn url(option: &str, text: Option<&str>) -> Outcome<Option<Url>> {
    let url = text.map(Url::new).transpose();
    url.map_err(|e| {
        Failure::cannot(format!("{option}: {}", e.why))
            .hint(format!("write {option} https://www.acme.example"))
    })
}

pub(super) fn score(text: &str) -> Outcome<(VulnId, Severity)> {
    let bad = |why: &str| {
        Failure::cannot(format!("--score {text}: {why}"))
            .hint("write --score CVE-2026-12345=CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N")
    };
    let (id, vector) = text.split_once('=').ok_or_else(|| bad("no ="))?;
    Ok((VulnId::new(id).map_err(|e| bad(&e.why))?, Severity::new(vector).map_err(|e| bad(&e.why))?))
}

/// The error for a document that cannot be made, with a hint.
pub(super) fn explained(error: pkg_advisory::Error) -> Failure {
    use pkg_advisory::Error;
    let hint = match &error {
        Error::NoNamespace => "give the maker's address: --namespace https://www.acme.example",
        Error::NoDate(_) => "a document needs a date; build the package with a real one",
        Error::NoVulnerability => "use --csaf, --text or --html to show its text",
        Error::StrayScore(_) => "give a vulnerability of this package; pkg inspect lists them",
        Error::NotCvss31(_) => "give a vector that begins with CVSS:3.1/; CSAF 2.0 supports no other",
        Error::OtherScore { .. } => "leave out --score: the signed vector is used",
        _ => return Failure::cannot(error.to_string()),
    };
    Failure::cannot(error.to_string()).hint(hint)
}

/// Prints what the user should know about the document.
fn say(args: &Args, read: &Read, document: &Document) {
    if let Read::Claimed(..) = read {
        warning("UNVERIFIED: no signature was checked, and the document says so");
    }
    if let (Some(asked), Some(found)) = (&args.lang, &document.fell_back) {
        note(&format!("there is no text in {asked}; the document is in {found}"));
    }
    let ids: Vec<_> = document.without_score.iter().map(VulnId::as_str).collect();
    if args.csaf && !ids.is_empty() {
        warning(&format!("CSAF 2.0 requires a CVSS 3.1 score, and there is none for {}", ids.join(", ")));
        hint("give one: --score ID=CVSS:3.1/…");
    }
    if !document.unknown_states.is_empty() {
        let digests: Vec<_> = document.unknown_states.iter().map(Digest::short).collect();
        warning(&format!(
            "{} is not in --known, so the document cannot say whether it has the earlier fixes of this package",
            digests.join(", ")
        ));
        hint(
            "give --known with all packages of the product; the document then lists the fixes of each release",
        );
    }
    if !document.unknown_predecessors.is_empty() {
        let digests: Vec<_> = document.unknown_predecessors.iter().map(Digest::short).collect();
        warning(&format!("it replaces {}, which is not in --known", digests.join(", ")));
        hint("give --known with the packages that it replaces; the document then continues their documents");
    }
}

/// Makes the document the next version of the last published one.
fn continued(args: &Args, new: &str, previous: &Path) -> Outcome<String> {
    if !(args.csaf || args.openvex) {
        return Err(Failure::cannot(
            "--previous works only with --csaf and --openvex: other forms have no version",
        )
        .hint("leave out --previous"));
    }
    let before = inputs::document(previous)?;
    match pkg_advisory::edition(new, &before, crate::clock::issued()?) {
        Ok(Edition::Same(text)) => {
            note(&format!("the content is the same as in {}: the version stays", shown(previous)));
            Ok(text)
        }
        Ok(Edition::Next(text, version)) => {
            note(&format!("the content differs from {}: this is version {version}", shown(previous)));
            Ok(text)
        }
        Err(conflict) => Err(Failure::cannot(format!("--previous {}: {conflict}", shown(previous)))
            .hint("give the last published file of this same document, in the same language")),
    }
}

/// Refuses to replace a document with a different one of the same version: readers of a feed would never see the new
/// one.
fn not_unseen(path: &Path, text: &str) -> Outcome<()> {
    let Ok(before) = inputs::document(path) else { return Ok(()) };
    if before == text {
        return Ok(());
    }
    match pkg_advisory::edition(text, &before, 0) {
        Ok(Edition::Next(..)) if version(&before) >= version(text) => Err(Failure::cannot(format!(
            "{} exists with different content and the same or a later version",
            shown(path)
        ))
        .hint(format!(
            "give --previous {} to write its next version, or remove it if it was never published",
            shown(path)
        ))),
        _ => Ok(()),
    }
}

/// The version of a document.
fn version(document: &str) -> u64 {
    let document: serde_json::Value = serde_json::from_str(document).unwrap_or_default();
    let csaf = document["document"]["tracking"]["version"].as_str().and_then(|v| v.parse().ok());
    csaf.or(document["version"].as_u64()).unwrap_or_default()
}

/// Writes the document atomically.
fn write(args: &Args, out: &Path, document: &Document) -> Outcome<()> {
    // A path that ends in a slash is a folder, which may not exist yet.
    let names_folder = out.as_os_str().as_encoded_bytes().ends_with(b"/");
    if names_folder {
        std::fs::create_dir_all(out).map_err(|e| Failure::file("make the folder", out, &e))?;
    }
    let path = if out.is_dir() { out.join(&document.file_name) } else { out.to_path_buf() };
    if args.csaf || args.openvex {
        not_unseen(&path, &document.text)?;
    }
    write_file(&path, &document.text)?;
    done(&format!("{}\n", shown(&path)));
    Ok(())
}
