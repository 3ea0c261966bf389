//! `pkg site`: the advisories of a vendor as a web site: a CSAF provider, OpenVEX, pages and feeds.

use super::advisory::{Read, explained, read, score, url};
use crate::listed::{Depth, ListedArgs};
use crate::options::KeyringArgs;
use crate::out::{Failure, Outcome, Status, data, done, hint, note, shown, warning};
use crate::packages::{all_accepted, time, unread};
use crate::{clock, inputs};
use pkg_advisory::{Site, SiteError, SiteOptions, Source};
use pkg_audit::set::Set;
use pkg_files::{AtomicFile, Durability, Rights};
use pkg_format::ident::Url;
use pkg_format::manifest::Channel;
use pkg_format::{Digest, VulnId};
use pkg_publish::Catalogue;
use pkg_verify::Keyring;
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// How long `security.txt` is valid: RFC 9116 (2.5.5) recommends less than a year.
const VALID: u64 = 360 * 86_400;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Folders of packages, searched recursively
    #[arg(required_unless_present = "repository", value_name = "DIR")]
    folders: Vec<PathBuf>,
    #[command(flatten)]
    listed: ListedArgs,
    #[command(flatten)]
    keyring: KeyringArgs,
    /// The web address of the folder that holds the site
    #[arg(long, value_name = "URL")]
    url: String,
    /// The maker's web address, for CSAF and OpenVEX [default: the host of --url]
    #[arg(long, value_name = "URL")]
    namespace: Option<String>,
    /// A CVSS 3.1 vector for a vulnerability that has none in its manifest (repeatable)
    #[arg(long, value_name = "ID=VECTOR")]
    score: Vec<String>,
    /// The OpenPGP key that signs the documents: its fingerprint, and where the public key is published
    #[arg(long, value_name = "FINGERPRINT=URL")]
    openpgp: Option<String>,
    /// When security.txt expires [default: 360 days from now]
    #[arg(long, value_name = "T", value_parser = time)]
    expires: Option<u64>,
    /// Write what belongs at the root of the main domain, .well-known/, into this folder
    #[arg(long, value_name = "DIR", help_heading = "Output")]
    main_domain: Option<PathBuf>,
    /// The folder of the site; documents that are there already get their next version where they change
    #[arg(short, long, value_name = "DIR", help_heading = "Output")]
    out: PathBuf,
    /// Print JSON: what was written and changed
    #[arg(long, help_heading = "Output")]
    json: bool,
}

pub(crate) fn run(args: &Args) -> Outcome {
    let address = url("--url", Some(&args.url))?.ok_or_else(|| Failure::cannot("--url is empty"))?;
    let namespace = url("--namespace", args.namespace.as_deref())?;
    let openpgp = args.openpgp.as_deref().map(openpgp).transpose()?;
    let scores = args.score.iter().map(|s| score(s)).collect::<Outcome<BTreeMap<_, _>>>()?;
    let keyring = inputs::keyring(&args.keyring)?;
    let now = clock::issued()?;
    let files = pkg_audit::load::files(&args.folders).map_err(unread)?;
    // A delta has the manifest of its full package: one of them is enough.
    let mut statements = BTreeMap::new();
    for path in files.iter().filter(|path| path.extension().is_some_and(|e| e == "pkg")) {
        let read = read(path, Some(&keyring))?;
        statements.insert(read.digest(), read);
    }
    for read in published(args, &keyring)? {
        statements.insert(read.digest(), read);
    }
    let sources: Vec<Source<'_>> = statements.values().map(|read| read.source()).collect();
    let options = SiteOptions {
        url: &address,
        namespace: namespace.as_ref(),
        scores,
        now,
        expires: args.expires.unwrap_or(now.saturating_add(VALID)),
        openpgp: openpgp.as_ref().map(|(fingerprint, url)| (fingerprint.as_str(), url)),
    };
    let previous = |path: &str| inputs::document(&args.out.join(path)).ok();
    let site = pkg_advisory::site(&sources, &options, &previous).map_err(|e| failed(e, &args.out))?;
    let written = write(&args.out, &site.files)?;
    if let Some(folder) = &args.main_domain {
        write(folder, &site.main_domain)?;
    }
    unsign(&args.out, &site)?;
    say(args, &site, written, openpgp.is_some())?;
    Ok(Status::Done)
}

/// What the repository lists for everybody. What only testers have is no public news.
fn published(args: &Args, keyring: &Keyring) -> Outcome<Vec<Read>> {
    let Some(listed) = args.listed.read(keyring, Depth::Statements)? else { return Ok(Vec::new()) };
    let mut set = Set::default();
    let catalogues = listed.add_to(&mut set);
    all_accepted(&set, "site")?;
    let stable = catalogues.iter().filter(|c| c.head().head().of.channel == Channel::Stable);
    let accepted = stable.flat_map(Catalogue::accepted);
    Ok(accepted.map(|(_, statements)| Read::Verified(Box::new(statements.clone()))).collect())
}

fn openpgp(text: &str) -> Outcome<(String, Url)> {
    let bad = |why: &str| {
        Failure::cannot(format!("--openpgp {text}: {why}"))
            .hint("write --openpgp FINGERPRINT=https://www.acme.example/key.asc; gpg --fingerprint shows the fingerprint")
    };
    let (fingerprint, address) = text.split_once('=').ok_or_else(|| bad("no ="))?;
    let fingerprint: String = fingerprint.chars().filter(|c| *c != ' ').collect();
    if fingerprint.len() < 40 || !fingerprint.chars().all(|c| c.is_ascii_hexdigit()) {
        return Err(bad("a fingerprint has 40 or more hexadecimal digits"));
    }
    Ok((fingerprint.to_ascii_uppercase(), Url::new(address).map_err(|e| bad(&e.why))?))
}

fn failed(error: SiteError, out: &Path) -> Failure {
    match error {
        SiteError::Document { error, .. } => explained(error),
        SiteError::Empty => Failure::cannot(error.to_string())
            .hint("give the folders that hold security releases, notices or withdrawals"),
        SiteError::Vendors(..) => Failure::cannot(error.to_string())
            .hint("give one vendor's packages; make one site for each vendor"),
        SiteError::SameName(..) => Failure::cannot(error.to_string())
            .hint("let the later one supersede the earlier one, or give it another id"),
        SiteError::Previous { ref path, .. } => Failure::cannot(error.to_string())
            .hint(format!("restore {} as it was published last", shown(&out.join(path)))),
        SiteError::StrayScore(_) => Failure::cannot(error.to_string()).hint("leave out that --score"),
        other => Failure::cannot(other.to_string()),
    }
}

/// Writes the files that are new or changed; gives their number.
fn write(folder: &Path, files: &BTreeMap<String, String>) -> Outcome<usize> {
    let mut written = 0usize;
    for (path, text) in files {
        let path = folder.join(path);
        if inputs::document(&path).is_ok_and(|there| there == *text) {
            continue;
        }
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(|e| Failure::file("make the folder", parent, &e))?;
        }
        replace(&path, text).map_err(|e| Failure::file("write", &path, &e))?;
        written = written.saturating_add(1);
    }
    Ok(written)
}

/// Replaces a file. All of a site can be written again, so it need not survive a power cut.
fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = AtomicFile::create(path, Rights::Usual)?;
    file.write_all(text.as_bytes())?;
    file.commit(Durability::Process)
}

/// Removes the OpenPGP signatures of documents that changed.
fn unsign(folder: &Path, site: &Site) -> Outcome<()> {
    for path in &site.changed {
        let path = folder.join(format!("{path}.asc"));
        match std::fs::remove_file(&path) {
            Ok(()) => note(&format!("{}: removed, since the document changed", shown(&path))),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
            Err(e) => return Err(Failure::file("remove", &path, &e)),
        }
    }
    Ok(())
}

fn say(args: &Args, site: &Site, written: usize, signed: bool) -> Outcome<()> {
    let documents: Vec<_> =
        site.files.keys().filter(|path| path.starts_with("csaf/white/") && path.ends_with(".json")).collect();
    let unsigned: Vec<_> =
        documents.iter().filter(|path| signed && !args.out.join(format!("{path}.asc")).exists()).collect();
    if args.json {
        let json = serde_json::json!({
            "documents": documents.len(),
            "changed": site.changed,
            "left-out": site.left_out,
            "unsigned": unsigned,
            "written": written,
        });
        data(&format!("{json:#}\n"))?;
    } else {
        done(&format!(
            "{}: {} CSAF documents, {} new or changed; {written} files written\n",
            shown(&args.out),
            documents.len(),
            site.changed.len()
        ));
    }
    if !site.left_out.is_empty() {
        note(&format!("without an advisory, since they name no vulnerability: {}", site.left_out.join(", ")));
    }
    let missing: Vec<_> = site.without_score.iter().map(VulnId::as_str).collect();
    if !missing.is_empty() {
        warning(&format!("CSAF 2.0 requires a CVSS 3.1 score, and there is none for {}", missing.join(", ")));
        hint("give one: --score ID=CVSS:3.1/…");
    }
    if !site.unknown_states.is_empty() {
        let states: Vec<_> = site.unknown_states.iter().map(Digest::short).collect();
        warning(&format!("no package leads to {}: its earlier fixes are unknown", states.join(", ")));
        hint("give the folders with all packages of the product");
    }
    if !unsigned.is_empty() {
        note(&format!("{} documents have no OpenPGP signature yet", unsigned.len()));
        hint(&format!(
            "sign them: cd {} && for f in $(cat csaf/white/index.txt); do gpg --armor --detach-sign csaf/white/$f; done",
            shown(&args.out)
        ));
    }
    if args.main_domain.is_none() {
        hint(
            "--main-domain DIR writes what belongs at the root of the main domain: security.txt and the CSAF address",
        );
    } else if !site.main_domain.contains_key(".well-known/security.txt") {
        warning("security.txt requires a contact, and no package has one: it was not written");
        hint("add contact at the top of the description of the next release");
    }
    Ok(())
}
