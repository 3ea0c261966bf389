//! Publishing: files first, then pages of the log; creating the next head decides.

use crate::catalogue::{Catalogue, Missing, label};
use crate::error::{Error, Result};
use crate::files::{exists, read, replace};
use crate::head::{Signed, bring_up, could_be_published, next, pages, write_keyrings, write_pages};
use crate::options::Options;
use crate::package::{Fronts, Package, policy};
use crate::plan::{Plan, plan};
use crate::store::{Content, Created, Store};
use pkg_format::repository::{Entry, Head, LogName, TreeHead, paths};
use pkg_format::{Digest, Refusal, limits};
use pkg_verify::{Statements, VerifiedHead};
use std::collections::{BTreeMap, BTreeSet};

/// How often in a row others may publish first. With so many at once, something else is wrong.
pub(crate) const ATTEMPTS: u32 = 1_000;

/// What a publication did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Which log.
    pub of: LogName,
    /// The version of the newest head.
    pub version: u64,
    /// The digest of that head: a maker keeps it, to say later which head was the own one.
    pub digest: Digest,
    /// The log that it names.
    pub log: TreeHead,
    /// The entries that were added.
    pub added: Vec<Entry>,
    /// The files that were written, by their paths.
    pub written: Vec<String>,
    /// How many entries devices need now.
    pub current: usize,
    /// How often others published first.
    pub overtaken: u32,
}

/// Starts the log of a product and channel, without entries.
///
/// # Errors
///
/// There is such a log already, the keyring does not verify the head, or it cannot be written.
pub fn create(store: &mut dyn Store, of: &LogName, max_age: u64, options: &Options<'_>) -> Result<Outcome> {
    let path = paths::head_version(of, 1);
    if exists(store, &path)?.is_some() {
        return Err(Error::Exists(label(of)));
    }
    let head = Head {
        of: of.clone(),
        version: 1,
        issued: options.issued,
        max_age,
        keyring: options.keyring.version(),
        log: TreeHead::EMPTY,
        current: Vec::new(),
    };
    let signed = Signed::new(&head, options)?;
    if !options.dry_run {
        write_keyrings(store, options.keyring_file)?;
        if signed.create(store)? == Created::There {
            return Err(Error::Exists(label(of)));
        }
        bring_up(store, of, options.keyring, 1)?;
    }
    Ok(Outcome::of(&signed.verified, Vec::new(), Vec::new(), 0))
}

/// Publishes packages. What is published already stays as it is, so a publication that was interrupted is repeated by
/// the same call.
///
/// # Errors
///
/// A package is refused, its number is in use, or something cannot be read or written.
pub fn publish(
    store: &mut dyn Store,
    of: &LogName,
    packages: &[Package],
    options: &Options<'_>,
) -> Result<Outcome> {
    Publication::new(store, of, options)?.publish(store, packages, options)
}

/// A publication whose packages are uploaded as soon as each of them is verified.
pub struct Publication {
    catalogue: Catalogue,
    /// The packages that were uploaded, and what became of them.
    uploaded: BTreeMap<String, Created>,
}

impl Publication {
    fn new(store: &mut dyn Store, of: &LogName, options: &Options<'_>) -> Result<Publication> {
        let catalogue = Catalogue::read(store, of, options.keyring)?;
        // What is missing may be among the packages, which are put back first.
        catalogue.is_whole(Missing::MayComeBack)?;
        tell_refused(&catalogue, options);
        Ok(Publication { catalogue, uploaded: BTreeMap::new() })
    }

    /// Puts back what the log lists, is missing and at hand, and reads the log again if anything was.
    fn restore(&mut self, store: &mut dyn Store, packages: &[Package], options: &Options<'_>) -> Result<()> {
        let lost: Vec<_> = self.catalogue.lost().iter().filter_map(|(entry, _)| entry.object).collect();
        if lost.is_empty() {
            return Ok(());
        }
        let at_hand = packages.iter().filter(|p| lost.iter().any(|o| o.package == p.object.package));
        if options.dry_run {
            at_hand.for_each(|package| self.catalogue.put_back(package));
            self.catalogue.read_statements(store, options.keyring);
            return self.catalogue.is_whole(Missing::IsLost);
        }
        for package in at_hand {
            let path = paths::package(&package.object.package);
            write_file(store, &path, package, options)?;
        }
        let of = self.catalogue.head.head().of.clone();
        self.catalogue = Catalogue::read(store, &of, options.keyring)?;
        self.catalogue.is_whole(Missing::IsLost)
    }

    /// Judges what packages say, before anything of them is written.
    ///
    /// # Errors
    ///
    /// Those of [`publish`].
    pub fn start(
        store: &mut dyn Store,
        of: &LogName,
        fronts: &Fronts,
        options: &Options<'_>,
    ) -> Result<Publication> {
        let publication = Publication::new(store, of, options)?;
        let plan = plan(&publication.catalogue, &fronts.0)?;
        judge(&publication.catalogue, &plan, options)?;
        Ok(publication)
    }

    /// Uploads a package. Nothing names it yet. The place of a delta is only known once all packages are.
    ///
    /// # Errors
    ///
    /// The store cannot be read or written.
    pub fn upload(&mut self, store: &mut dyn Store, package: &Package, options: &Options<'_>) -> Result<()> {
        if !options.dry_run && !package.is_delta() {
            let path = paths::package(&package.object.package);
            let created = write_file(store, &path, package, options)?;
            self.uploaded.insert(path, created);
        }
        Ok(())
    }

    /// Publishes packages, among them those that were uploaded.
    ///
    /// # Errors
    ///
    /// Those of [`publish`].
    pub fn publish(
        mut self,
        store: &mut dyn Store,
        packages: &[Package],
        options: &Options<'_>,
    ) -> Result<Outcome> {
        self.restore(store, packages, options)?;
        // Others may have published in the meantime.
        if !self.uploaded.is_empty() {
            self.catalogue.read_on(store, options.keyring)?;
        }
        let mut catalogue = self.catalogue;
        let of = catalogue.head.head().of.clone();
        let mut written = None;
        for overtaken in 0..ATTEMPTS {
            let plan = plan(&catalogue, packages)?;
            judge(&catalogue, &plan, options)?;
            if options.dry_run {
                let written = would_be_written(store, &plan, options)?;
                if !plan.entries.is_empty() {
                    could_be_published(store, &of, options)?;
                }
                let added = plan.entries.into_iter().map(|(entry, _)| entry).collect();
                return Ok(unchanged(&catalogue, added, written, overtaken));
            }
            if written.is_none() {
                write_keyrings(store, options.keyring_file)?;
                written = Some(write_files(store, &plan, &self.uploaded, options)?);
            }
            let written = written.clone().unwrap_or_default();
            if plan.entries.is_empty() {
                bring_up(store, &of, options.keyring, catalogue.head.head().version)?;
                return Ok(unchanged(&catalogue, Vec::new(), written, overtaken));
            }
            let entries: Vec<_> = plan.entries.iter().map(|(entry, _)| entry.clone()).collect();
            match commit(store, &catalogue, &plan, &entries, options)? {
                Some(signed) => return Ok(Outcome::of(&signed.verified, entries, written, overtaken)),
                None => catalogue.read_on(store, options.keyring)?,
            }
        }
        Err(Error::Busy(ATTEMPTS))
    }

    /// Judges packages and writes them where a later publication finds them. Nothing names them until then.
    ///
    /// # Errors
    ///
    /// Those of [`publish`].
    pub fn stage(
        mut self,
        store: &mut dyn Store,
        packages: &[Package],
        options: &Options<'_>,
    ) -> Result<Outcome> {
        self.restore(store, packages, options)?;
        let plan = plan(&self.catalogue, packages)?;
        judge(&self.catalogue, &plan, options)?;
        let written = match options.dry_run {
            true => would_be_written(store, &plan, options)?,
            false => write_files(store, &plan, &self.uploaded, options)?,
        };
        Ok(unchanged(&self.catalogue, Vec::new(), written, 0))
    }
}

/// Signs the next head of the same log, with a new date of issue: devices learn that nothing is withheld.
///
/// # Errors
///
/// Something cannot be read or written, or the keyring does not verify the head.
pub fn refresh(store: &mut dyn Store, of: &LogName, options: &Options<'_>) -> Result<Outcome> {
    let mut catalogue = Catalogue::read(store, of, options.keyring)?;
    catalogue.is_whole(Missing::IsLost)?;
    tell_refused(&catalogue, options);
    if options.dry_run {
        could_be_published(store, of, options)?;
        return Ok(unchanged(&catalogue, Vec::new(), Vec::new(), 0));
    }
    write_keyrings(store, options.keyring_file)?;
    let nothing = Plan { entries: Vec::new(), files: Vec::new() };
    for overtaken in 0..ATTEMPTS {
        match commit(store, &catalogue, &nothing, &[], options)? {
            Some(signed) => return Ok(Outcome::of(&signed.verified, Vec::new(), Vec::new(), overtaken)),
            None => catalogue.read_on(store, options.keyring)?,
        }
    }
    Err(Error::Busy(ATTEMPTS))
}

/// Writes the pages and the next head. None: somebody else was first.
fn commit(
    store: &mut dyn Store,
    catalogue: &Catalogue,
    plan: &Plan<'_>,
    entries: &[Entry],
    options: &Options<'_>,
) -> Result<Option<Signed>> {
    let of = &catalogue.head.head().of;
    let more: Vec<_> = plan.entries.iter().map(|(entry, p)| (entry.clone(), p.statements())).collect();
    let (pages, log) = pages(&catalogue.log, entries)?;
    let signed = Signed::new(&next(catalogue, log.head(), catalogue.current_with(&more), options), options)?;
    write_pages(store, of, &catalogue.log, &pages)?;
    match signed.create(store)? {
        Created::There => Ok(None),
        Created::New => {
            bring_up(store, of, options.keyring, signed.verified.head().version)?;
            Ok(Some(signed))
        }
    }
}

/// Judges all new statements at once, together with all that is published: what one of them lacks another may bring.
fn judge(catalogue: &Catalogue, plan: &Plan<'_>, options: &Options<'_>) -> Result<()> {
    let published: Vec<&Statements> = catalogue.accepted().into_iter().map(|(_, s)| s).collect();
    let mut digests: BTreeSet<_> = published.iter().map(|s| s.manifest_digest()).collect();
    // The same manifest in another archive is no news.
    let mut new: Vec<_> = plan.entries.iter().map(|(_, package)| *package).collect();
    new.retain(|package| digests.insert(package.manifest()));
    if new.is_empty() {
        return Ok(());
    }
    let statements: Vec<_> = new.iter().map(|package| package.statements()).collect();
    (options.judge)(&published, &statements).map_err(|(digest, refusal)| {
        let refused = new.iter().find(|package| package.manifest() == digest);
        Error::refused(refused.map_or_else(String::new, |p| p.path().display().to_string()), refusal)
    })
}

/// Writes the packages that were not uploaded yet.
fn write_files(
    store: &mut dyn Store,
    plan: &Plan<'_>,
    uploaded: &BTreeMap<String, Created>,
    options: &Options<'_>,
) -> Result<Vec<String>> {
    let mut written = Vec::new();
    for (path, package) in &plan.files {
        let created = match uploaded.get(path) {
            Some(created) => *created,
            None => write_file(store, path, package, options)?,
        };
        if created == Created::New {
            written.push(path.clone());
        }
    }
    Ok(written)
}

/// The files that [`write_files`] would write.
fn would_be_written(store: &mut dyn Store, plan: &Plan<'_>, options: &Options<'_>) -> Result<Vec<String>> {
    let mut written = Vec::new();
    for (path, package) in &plan.files {
        if exists(store, path)?.is_none() || !is_there(store, path, package, options)? {
            written.push(path.clone());
        }
    }
    Ok(written)
}

/// Writes a package. Its path names its digest: what is there must have it.
fn write_file(
    store: &mut dyn Store,
    path: &str,
    package: &Package,
    options: &Options<'_>,
) -> Result<Created> {
    let content = Content::File(&package.file, package.object.package);
    let created = match store.create(path, &content).map_err(|error| Error::write(store, path, error))? {
        Created::There if !is_there(store, path, package, options)? => {
            replace(store, path, &content)?;
            Created::New
        }
        created => created,
    };
    (options.progress)(package.size());
    Ok(created)
}

/// What has the path of a package is another file.
fn in_its_place(path: &str, error: pkg_repository::Error) -> Error {
    match error {
        pkg_repository::Error::Refused(refusal) => {
            let why = format!("{}; remove that file and publish again", refusal.why);
            Error::refused(path, Refusal::new(refusal.rule, why))
        }
        other => other.into(),
    }
}

/// Whether what is at the path of a package is as good. A delta stays if it is the same: no device needs both. One that
/// the keyring refuses by now, or that leads elsewhere, is to be replaced.
fn is_there(store: &mut dyn Store, path: &str, package: &Package, options: &Options<'_>) -> Result<bool> {
    if !package.is_delta() {
        let there = pkg_repository::fetch::package(store, &package.entry(), |_| Ok(()));
        return there.map(|()| true).map_err(|error| in_its_place(path, error));
    }
    let there = read(store, path, limits::MEMBER)?.unwrap_or_default();
    Ok(pkg_verify::open(&there[..])
        .and_then(|delta| delta.verify(options.keyring, &policy()))
        .is_ok_and(|delta| delta.manifest_digest() == package.manifest()))
}

pub(crate) fn tell_refused(catalogue: &Catalogue, options: &Options<'_>) {
    for (entry, refusal) in catalogue.refused() {
        (options.refused)(entry, refusal);
    }
}

fn unchanged(catalogue: &Catalogue, added: Vec<Entry>, written: Vec<String>, overtaken: u32) -> Outcome {
    Outcome::of(&catalogue.head, added, written, overtaken)
}

impl Outcome {
    pub(crate) fn of(
        verified: &VerifiedHead,
        added: Vec<Entry>,
        written: Vec<String>,
        overtaken: u32,
    ) -> Outcome {
        let head = verified.head();
        Outcome {
            of: head.of.clone(),
            version: head.version,
            digest: verified.digest(),
            log: head.log,
            added,
            written,
            current: head.current.len(),
            overtaken,
        }
    }
}
