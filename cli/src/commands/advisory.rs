//! `pkg advisory`: what a package tells its users, for people or as CSAF 2.0 or OpenVEX.

use crate::options::ExampleArgs;
use crate::out::{Failure, Outcome, Status, data, done, escape, hint, note, shown, warning};
use crate::package::{failure, open};
use crate::write::write_file;
use crate::{inputs, out};
use pkg_advisory::{AdvisoryOptions, Document, Edition, Known, Source};
use pkg_format::cvss::Severity;
use pkg_format::ident::Url;
use pkg_format::lang::Lang;
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
    /// Write plain text for people
    #[arg(long, help_heading = "Form")]
    text: bool,
    /// Write one HTML page for people, without script and without anything from elsewhere
    #[arg(long, help_heading = "Form")]
    html: bool,
    /// The keyring that says who is trusted
    #[arg(long, value_name = "FILE")]
    keyring: Option<PathBuf>,
    /// Check no signature; the document says so, and CSAF has the status draft
    #[arg(long)]
    unverified: bool,
    #[command(flatten)]
    example: ExampleArgs,
    /// The language of the texts; without it English, or else the first there is
    #[arg(long, value_name = "LANG")]
    lang: Option<String>,
    /// Another package of the product, or a folder of them, that puts versions to digests; may be given
    /// more than once
    #[arg(long, value_name = "PATH")]
    known: Vec<PathBuf>,
    /// The maker's address on the web, for CSAF and OpenVEX [default: that of an https contact]
    #[arg(long, value_name = "URL")]
    namespace: Option<String>,
    /// The folder on the web where the document is published [default: the one that CSAF lays out
    /// below the namespace]
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// A CVSS 3.1 vector for a vulnerability to which the manifest gives none; CSAF says so; may be
    /// given more than once
    #[arg(long, value_name = "ID=VECTOR")]
    score: Vec<String>,
    /// The document as it was published before, for CSAF and OpenVEX: with other content this one is its next
    /// version, with the same content the same
    #[arg(long, value_name = "FILE")]
    previous: Option<PathBuf>,
    /// Write here instead of to standard output; a folder (it is made) gets the file name that CSAF wants
    #[arg(short, long, value_name = "FILE|DIR")]
    out: Option<PathBuf>,
}

pub(crate) fn run(args: Args) -> Outcome {
    let lang = args.lang.as_deref().map(Lang::new).transpose();
    let lang = lang
        .map_err(|e| Failure::cannot(format!("--lang: {}", e.why)).hint("write --lang de or --lang pt-BR"))?;
    let namespace = url("--namespace", args.namespace.as_deref())?;
    let published_in = url("--url", args.url.as_deref())?;
    let scores = args.score.iter().map(|s| score(s)).collect::<Outcome<BTreeMap<_, _>>>()?;
    let keyring = args.keyring.as_deref().map(|p| inputs::keyring_at(p, args.example)).transpose()?;
    let read = read(&args.package, keyring.as_ref())?;
    let mut known = Known::default();
    for path in packages(&args.known)? {
        match self::read(&path, keyring.as_ref()) {
            Ok(read) => known.add(&read.source()),
            // Names are a help, not a condition.
            Err(failure) => warning(&format!("not used for names: {}", failure.message())),
        }
    }
    let options = AdvisoryOptions {
        lang: lang.as_ref(),
        known,
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

/// What a package says, and whether anybody vouches for it.
enum Read {
    Verified(Box<Statements>),
    Claimed(Box<Manifest>, Digest),
}

impl Read {
    fn source(&self) -> Source<'_> {
        match self {
            Read::Verified(statements) => Source::verified(statements),
            Read::Claimed(manifest, digest) => Source::unverified(manifest, *digest),
        }
    }
}

fn read(path: &Path, keyring: Option<&Keyring>) -> Outcome<Read> {
    let unverified = open(path)?;
    match keyring {
        Some(keyring) => {
            let verified = unverified.verify(keyring, &Policy::default()).map_err(|e| failure(e, path))?;
            Ok(Read::Verified(Box::new((*verified).clone())))
        }
        None => {
            let digest = unverified.manifest_digest();
            let manifest = unverified.claims_unverified().manifest;
            let manifest = manifest.map_err(|refusal| failure(refusal.into(), path))?;
            Ok(Read::Claimed(Box::new(manifest), digest))
        }
    }
}

/// The packages among what was named: files as they are, of folders those that end in `.pkg`.
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

fn url(option: &str, text: Option<&str>) -> Outcome<Option<Url>> {
    let url = text.map(Url::new).transpose();
    url.map_err(|e| {
        Failure::cannot(format!("{option}: {}", e.why))
            .hint(format!("write {option} https://www.acme.example"))
    })
}

fn score(text: &str) -> Outcome<(VulnId, Severity)> {
    let bad = |why: &str| {
        Failure::cannot(format!("--score {text}: {why}"))
            .hint("write --score CVE-2026-12345=CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N")
    };
    let (id, vector) = text.split_once('=').ok_or_else(|| bad("no ="))?;
    Ok((VulnId::new(id).map_err(|e| bad(&e.why))?, Severity::new(vector).map_err(|e| bad(&e.why))?))
}

/// Why there is no document, and what to do.
fn explained(error: pkg_advisory::Error) -> Failure {
    use pkg_advisory::Error;
    let hint = match &error {
        Error::NoNamespace => "give the maker's address: --namespace https://www.acme.example",
        Error::NoDate(_) => "the manifest cannot be told in a document; build it with a real date",
        Error::NoVulnerability => "--csaf, --text and --html show what it says",
        Error::StrayScore(_) => "name a vulnerability of this package; pkg inspect lists them",
        Error::NotCvss31(_) => "CSAF 2.0 knows no other: give a vector that begins with CVSS:3.1/",
        Error::OtherScore { .. } => "leave --score out: the signed vector is used",
        _ => return Failure::cannot(error.to_string()),
    };
    Failure::cannot(error.to_string()).hint(hint)
}

/// What the user should know beside the document.
fn say(args: &Args, read: &Read, document: &Document) {
    if let Read::Claimed(..) = read {
        warning("UNVERIFIED: no signature was checked, and the document says so");
    }
    if let (Some(asked), Some(found)) = (&args.lang, &document.fell_back) {
        note(&format!("there is no text in the language {asked}; the document is in {found}"));
    }
    let ids: Vec<_> = document.without_score.iter().map(VulnId::as_str).collect();
    if args.csaf && !ids.is_empty() {
        warning(&format!("CSAF 2.0 wants a CVSS 3.1 score, and there is none for {}", ids.join(", ")));
        hint("give one: --score ID=CVSS:3.1/…");
    }
    if !document.unknown_states.is_empty() {
        let digests: Vec<_> = document.unknown_states.iter().map(Digest::short).collect();
        warning(&format!(
            "{} is not among --known: whether it has the fixes that are carried on cannot be told",
            digests.join(", ")
        ));
        hint("give --known with the packages of the product: the document then names what each of them has");
    }
    if !document.unknown_predecessors.is_empty() {
        let digests: Vec<_> = document.unknown_predecessors.iter().map(Digest::short).collect();
        warning(&format!("it replaces {}, which is not among --known", digests.join(", ")));
        hint("give --known with the packages it replaces: the document then continues theirs");
    }
}

/// A document that continues the one that was published before.
fn continued(args: &Args, new: &str, previous: &Path) -> Outcome<String> {
    if !(args.csaf || args.openvex) {
        return Err(Failure::cannot("--previous is for --csaf and --openvex: a page has no version")
            .hint("leave --previous out"));
    }
    let before = inputs::document(previous)?;
    match pkg_advisory::edition(new, &before, super::build::issued()?) {
        Ok(Edition::Same(text)) => {
            note(&format!("it says what {} says: the same version", shown(previous)));
            Ok(text)
        }
        Ok(Edition::Next(text, version)) => {
            note(&format!("it does not say what {} says: version {version}", shown(previous)));
            Ok(text)
        }
        Err(conflict) => Err(Failure::cannot(format!("--previous {}: {conflict}", shown(previous)))
            .hint("give the file of this very document, in this language, as it was published last")),
    }
}

/// Refuses to put a document in place of another edition that bears the same version: feeds and those who fetch from
/// them would never see the new one.
fn not_unseen(path: &Path, text: &str) -> Outcome<()> {
    let Ok(before) = inputs::document(path) else { return Ok(()) };
    if before == text {
        return Ok(());
    }
    match pkg_advisory::edition(text, &before, 0) {
        Ok(Edition::Next(..)) if version(&before) >= version(text) => Err(Failure::cannot(format!(
            "{} is there with other content, as the same version or a later one",
            shown(path)
        ))
        .hint(format!(
            "give --previous {}: it becomes the next version; or remove it if it was never published",
            shown(path)
        ))),
        _ => Ok(()),
    }
}

/// The version that a document bears.
fn version(document: &str) -> u64 {
    let document: serde_json::Value = serde_json::from_str(document).unwrap_or_default();
    let csaf = document["document"]["tracking"]["version"].as_str().and_then(|v| v.parse().ok());
    csaf.or(document["version"].as_u64()).unwrap_or_default()
}

/// Puts the document in its place as a whole.
fn write(args: &Args, out: &Path, document: &Document) -> Outcome<()> {
    // What ends in a slash is a folder, which may not be there yet.
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
