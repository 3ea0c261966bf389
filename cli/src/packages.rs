//! The packages that `pkg audit` and `pkg plan` read together, and the options that both have.

use crate::clock::issued;
use crate::inputs;
use crate::listed::{Depth, Listed, ListedArgs};
use crate::options::{JobsArgs, KeyringArgs};
use crate::out::{Failure, Outcome, error, shown, warning};
use crate::progress::{Progress, ProgressArgs};
use crate::repository::Address;
use pkg_audit::load::{self, Extent};
use pkg_audit::set::{Refused, Set};
use pkg_audit::time::moment;
use pkg_audit::{Severity, history};
use pkg_format::{Digest, Refusal, Rule};
use pkg_verify::Keyring;
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

/// Which packages are read, and what is known beside them.
#[derive(clap::Args)]
pub(crate) struct PackagesArgs {
    /// Folders of packages, searched recursively
    #[arg(required_unless_present = "repository", value_name = "DIR")]
    pub(crate) folders: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) listed: ListedArgs,
    #[command(flatten)]
    keyring: KeyringArgs,
    /// A declaration (not signed) of the releases that were shipped before packages
    #[arg(long, value_name = "FILE")]
    history: Option<PathBuf>,
    /// How long after it is known a vulnerability of a severity may go without a fix, like critical=14d (repeatable)
    #[arg(long, value_name = "SEVERITY=TIME", value_parser = fix_limit)]
    pub(crate) fix_limit: Vec<(Severity, u64)>,
    /// Look at everything as of this time: a date or unix seconds [default: SOURCE_DATE_EPOCH, or now]
    #[arg(long, value_name = "T", value_parser = time)]
    at: Option<u64>,
    #[command(flatten)]
    jobs: JobsArgs,
}

impl PackagesArgs {
    /// The time as of which everything is looked at. What was issued later is ignored.
    pub(crate) fn at(&self) -> Outcome<u64> {
        self.at.map_or_else(issued, Ok)
    }

    /// Reads the packages and the declared history.
    pub(crate) fn read(&self, extent: Extent, depth: Depth, progress: &ProgressArgs) -> Outcome<Set> {
        let keyring = inputs::keyring(&self.keyring)?;
        let listed = self.listed.read(&keyring, depth)?;
        let files = load::files(&self.folders).map_err(unread)?;
        let size = |path: &Path| std::fs::metadata(path).map_or(0, |m| m.len());
        let all = files.iter().map(|f| size(f)).sum();
        let progress = Progress::new(progress.progress, "packages", all);
        let read = |path: &Path| progress.advance(size(path));
        let packages = listed.as_ref().map_or_else(Vec::new, Listed::packages);
        let mut set =
            load::folders(&files, &keyring, extent, self.jobs.jobs(), &read, packages).map_err(unread)?;
        drop(progress);
        listed.into_iter().for_each(|listed| drop(listed.add_to(&mut set)));
        repositories_are_whole(&files, &keyring, depth, &mut set)?;
        if set.packages.is_empty() && set.refused.is_empty() {
            return Err(inputs::no_package(&self.folders));
        }
        if let Some(path) = &self.history {
            let text = inputs::text_file(path, "the history in TOML")?;
            history::declare(&mut set, &text).map_err(|e| {
                Failure::cannot(e.message)
                    .at(path, &text, e.place)
                    .hint("docs/audit.md describes history.toml")
            })?;
        }
        something_is_known(&set, self.at()?)?;
        Ok(set)
    }
}

/// Refuses a time before the first release, and packages without one: of a product that has no release, nothing can be
/// said. Where packages were refused, the result is no pass anyway.
fn something_is_known(set: &Set, at: u64) -> Outcome<()> {
    if !set.refused.is_empty() || set.products.iter().any(|p| !p.declared.releases.is_empty()) {
        return Ok(());
    }
    let issued = set.products.iter().flat_map(|p| &p.releases).map(|r| r.common.issued);
    let Some(first) = issued.min() else {
        return Err(
            Failure::cannot("no release is among the packages").hint("give the folder of all packages")
        );
    };
    if first <= at {
        return Ok(());
    }
    let (at, first) = (moment(at), moment(first));
    Err(Failure::cannot(format!("no release was issued by {at}; the first one is of {first}"))
        .hint("give a later time with --at, or as SOURCE_DATE_EPOCH"))
}
/// Reads the logs of the repositories among the files, and adds what they list and do not have. Their packages are among
/// the files, too.
fn repositories_are_whole(files: &[PathBuf], keyring: &Keyring, depth: Depth, set: &mut Set) -> Outcome<()> {
    let mut found: BTreeMap<&Path, Vec<&str>> = BTreeMap::new();
    for file in files {
        if let Some((root, package)) = in_repository(file) {
            found.entry(root).or_default().extend(package);
        }
    }
    for (root, packages) in found {
        if !root.join("products").is_dir() {
            let why = "no log lists the packages that are here; its folder products is missing";
            set.refused.push(Refused::new(shown(root), &Refusal::new(Rule::G11, why)));
            continue;
        }
        let address = Address::Folder(root.display().to_string());
        let listed = Listed::read(&address, None, keyring, depth)?;
        let unlisted = packages.iter().filter(|package| !listed.lists(package)).count();
        if unlisted > 0 {
            warning(&format!(
                "{}: no log lists {unlisted} of its packages: they are staged, or a log was cut off",
                shown(root)
            ));
        }
        listed.add_to(set);
    }
    Ok(())
}

/// The root of the repository that a file is in, if its path says so; and the digest that names it, if it is a package.
fn in_repository(file: &Path) -> Option<(&Path, Option<&str>)> {
    let folder = file.parent()?;
    let name = file.file_name()?.to_str()?;
    let is_called = |path: &Path, name: &str| path.file_name().is_some_and(|found| found == name);
    if is_called(folder, "packages") && name.len() == 64 && Digest::from_hex(name).is_some() {
        return Some((folder.parent()?, Some(name)));
    }
    let log = match ["heads", "log"].into_iter().any(|name| is_called(folder, name)) {
        true => folder.parent()?,
        false if name == "head" => folder,
        false => return None,
    };
    let products = log.ancestors().nth(3)?;
    is_called(products, "products").then(|| products.parent()).flatten().map(|root| (root, None))
}

/// The statements of the packages in folders, with the keyring that is given.
pub(crate) fn statements(folders: &[PathBuf], keyring: &Keyring, jobs: NonZeroUsize) -> Outcome<Set> {
    let files = load::files(folders).map_err(unread)?;
    load::folders(&files, keyring, Extent::Statements, jobs, &|_| (), Vec::new()).map_err(unread)
}

/// Names the packages that were refused; fails if there are any. `what` cannot be had without them.
pub(crate) fn all_accepted(set: &Set, what: &str) -> Outcome<()> {
    tell_refused(set);
    match set.refused.is_empty() {
        true => Ok(()),
        false => Err(Failure::cannot(format!("there is no {what} while packages are refused"))
            .hint("replace or remove the packages that were refused")),
    }
}

/// Names the packages that were refused.
pub(crate) fn tell_refused(set: &Set) {
    for refused in &set.refused {
        error(&format!("[{}] {}: {}", refused.rule, shown(Path::new(&refused.path)), refused.why));
    }
}

pub(crate) fn unread(error: load::Error) -> Failure {
    Failure::file("read", &error.path, &error.error)
}

/// A time on the command line.
pub(crate) fn time(text: &str) -> Result<u64, String> {
    pkg_audit::time::seconds(text).ok_or_else(|| {
        "expected a date like 2026-11-22, a time like 2026-11-22T12:00:00Z, or unix seconds".into()
    })
}

/// A length of time on the command line.
pub(crate) fn length(text: &str) -> Result<u64, String> {
    let (number, unit) = match text.char_indices().next_back() {
        Some((at, 'd')) => (&text[..at], 86_400),
        Some((at, 'h')) => (&text[..at], 3_600),
        Some((at, 'm')) => (&text[..at], 60),
        Some((at, 's')) => (&text[..at], 1),
        _ => (text, 1u64),
    };
    let seconds = number.parse::<u64>().ok().and_then(|n| n.checked_mul(unit));
    seconds.ok_or_else(|| "expected a duration like 24h or 14d".into())
}

fn fix_limit(text: &str) -> Result<(Severity, u64), String> {
    let all = [Severity::Low, Severity::Medium, Severity::High, Severity::Critical];
    let found = text.split_once('=').and_then(|(word, time)| {
        let severity = all.into_iter().find(|s| s.as_str() == word)?;
        Some((severity, length(time).ok()?))
    });
    found.ok_or_else(|| "expected low, medium, high or critical with a duration, like critical=14d".into())
}
