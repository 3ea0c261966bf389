//! Checking a repository: every file is there, and is the one that was signed.

use crate::catalogue::{Catalogue, in_its_place};
use crate::delta;
use crate::error::{Error, Result};
use crate::files::{SMALL, read};
use crate::head::each;
use crate::keyrings::{self, Found};
use pkg_format::repository::{Entry, LogName, paths};
use pkg_format::{Refusal, Rule};
use pkg_repository::{Error as FetchError, Published, Transport, check_current, fetch, may_need_newer_keys};
use pkg_verify::{Keyring, verify_head};
use std::collections::BTreeSet;
use std::ops::ControlFlow;

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The file, below the repository.
    pub path: String,
    /// The rule that is broken; none where the file is missing or cannot be read.
    pub rule: Option<Rule>,
    /// What was found.
    pub why: String,
}

/// What was checked, and what was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// How many heads there are.
    pub heads: u64,
    /// How many packages were read and compared with their digests.
    pub packages: u64,
    /// How many bytes they have.
    pub bytes: u64,
    /// How many deltas were verified.
    pub deltas: u64,
    /// What is wrong.
    pub faults: Vec<Fault>,
}

impl Report {
    fn fault(&mut self, path: impl Into<String>, rule: Option<Rule>, why: impl Into<String>) {
        self.faults.push(Fault { path: path.into(), rule, why: why.into() });
    }

    fn refused(&mut self, path: impl Into<String>, refusal: Refusal) {
        let why = match refusal.at.is_empty() {
            true => refusal.why,
            false => format!("{}: {}", refusal.at, refusal.why),
        };
        self.fault(path, Some(refusal.rule), why);
    }

    fn failed(&mut self, path: &str, error: &FetchError) {
        match error {
            FetchError::Missing(missing) => self.fault(missing.clone(), None, "missing"),
            FetchError::Refused(refusal) => self.fault(path, Some(refusal.rule), refusal.why.clone()),
            other => self.fault(path, None, other.to_string()),
        }
    }
}

/// Reads everything that a head names, and compares it. `progress` is called with bytes of packages that were read.
///
/// # Errors
///
/// The head or the log cannot be read or verified: then nothing can be said.
pub fn check(
    transport: &mut dyn Transport,
    of: &LogName,
    keyring: &Keyring,
    progress: &dyn Fn(u64),
) -> Result<(Catalogue, Report)> {
    let catalogue = Catalogue::read(transport, of, keyring)?;
    let mut report = Report::default();
    heads(transport, of, &catalogue, keyring, &mut report)?;
    keyrings(transport, &catalogue, keyring, &mut report)?;
    for (entry, refusal) in catalogue.refused() {
        let path = entry.object.map_or_else(String::new, |o| paths::package(&o.package));
        report.fault(path, Some(refusal.rule), refusal.why.clone());
    }
    let mut lost = BTreeSet::new();
    for (entry, error) in catalogue.lost() {
        let package = entry.object.map(|o| o.package);
        report.failed(&package.map_or_else(String::new, |p| paths::package(&p)), error);
        lost.insert(package);
    }
    // What is current follows from all packages.
    if lost.is_empty() {
        current(&catalogue, &mut report);
    }
    for entry in catalogue.live() {
        if !lost.contains(&entry.object.map(|o| o.package)) {
            package(transport, entry, &mut report, progress);
        }
    }
    deltas(transport, &catalogue, keyring, &mut report)?;
    Ok((catalogue, report))
}

/// How many missing heads are named one by one.
const MISSING: u32 = 20;

/// Every head is there, the log of each goes on in the next, and the copy is the newest.
fn heads(
    transport: &mut dyn Transport,
    of: &LogName,
    catalogue: &Catalogue,
    keyring: &Keyring,
    report: &mut Report,
) -> Result<()> {
    let newest = catalogue.head().head().version;
    let mut missing = 0u32;
    each(transport, of, keyring, newest, |_, version, file| {
        let path = paths::head_version(of, version);
        let Some(file) = file else {
            missing = missing.saturating_add(1);
            // A number that somebody made up is no reason to ask for every one before it.
            if missing > MISSING {
                let why = format!("missing; what lies between it and heads/{newest} was not looked at");
                report.fault(path, None, why);
                return Ok(ControlFlow::Break(()));
            }
            report.fault(path, None, "missing");
            return Ok(ControlFlow::Continue(()));
        };
        report.heads = report.heads.saturating_add(1);
        match verify_head(&file, keyring, of) {
            Ok(head) => {
                let grows =
                    in_its_place(&head, version).and_then(|()| catalogue.log().begins_with(&head.head().log));
                if let Err(refusal) = grows {
                    report.fault(path, Some(refusal.rule), refusal.why);
                }
            }
            // The key of an old head may be gone from the keyring since; nobody needs to believe it any more.
            Err(pkg_verify::Error::Refused(refusal)) if may_need_newer_keys(refusal.rule) => {}
            Err(pkg_verify::Error::Refused(refusal)) => report.refused(path, refusal),
            Err(error) => return Err(Error::verify(&path, error)),
        }
        Ok(ControlFlow::Continue(()))
    })?;
    let path = paths::head(of);
    match read(transport, &path, SMALL)? {
        Some(file) if file == catalogue.file => {}
        Some(_) => report.fault(path, Some(Rule::Rep3), format!("it is not heads/{newest}")),
        None => report.fault(path, None, "missing"),
    }
    Ok(())
}

/// The keyring that the head names is there, and every version from the first one that is there; each is whole, and the
/// one before appoints it. Versions before the first may be older than the repository.
fn keyrings(
    transport: &mut dyn Transport,
    catalogue: &Catalogue,
    keyring: &Keyring,
    report: &mut Report,
) -> Result<()> {
    let (mut begun, newest) = (false, catalogue.head().head().keyring);
    let last = paths::keyring(newest);
    keyrings::each(transport, newest, keyring, |path, found| {
        match found {
            Found::Missing if begun || path == last => report.fault(path, None, "missing"),
            Found::Missing => {}
            Found::Sound(_) => begun = true,
            Found::Wrong(refusal) => {
                begun = true;
                report.refused(path, refusal);
            }
        }
        Ok(())
    })
}

/// What the head lists for devices follows from the log.
fn current(catalogue: &Catalogue, report: &mut Report) {
    let accepted = catalogue.accepted();
    let all: Vec<_> = accepted.iter().map(|(entry, s)| Published { entry, manifest: s.manifest() }).collect();
    let head = catalogue.head().head();
    if let Err(refusal) = check_current(head, &all) {
        report.fault(paths::head(&head.of), Some(refusal.rule), refusal.why);
    }
}

fn package(transport: &mut dyn Transport, entry: &Entry, report: &mut Report, progress: &dyn Fn(u64)) {
    let Some(object) = entry.object else { return };
    let count = |bytes: &[u8]| {
        progress(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        Ok(())
    };
    match fetch::package(transport, entry, count) {
        Ok(()) => {
            report.packages = report.packages.saturating_add(1);
            report.bytes = report.bytes.saturating_add(object.size);
        }
        Err(error) => report.failed(&paths::package(&object.package), &error),
    }
}

/// Each delta that is there is whole, and leads from one state of its path to the other.
fn deltas(
    transport: &mut dyn Transport,
    catalogue: &Catalogue,
    keyring: &Keyring,
    report: &mut Report,
) -> Result<()> {
    for (target, base) in delta::possible(catalogue) {
        match delta::verify(transport, catalogue, keyring, (&target, &base)) {
            Ok(false) => {}
            Ok(true) => report.deltas = report.deltas.saturating_add(1),
            Err(Error::Refused { refusal, .. }) => {
                report.fault(paths::delta(&target, &base), Some(refusal.rule), refusal.why);
            }
            Err(Error::Fetch(error)) => report.failed(&paths::delta(&target, &base), &error),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
