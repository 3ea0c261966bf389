//! A log as it is in a repository: its newest head, its entries, and what their packages say.

use crate::error::{Error, Result};
use crate::files::{SMALL, read};
use crate::package::{self, Package};
use crate::store::FolderStore;
use pkg_format::manifest::Channel;
use pkg_format::repository::{Entry, LogName, paths};
use pkg_format::{Digest, Id, Refusal, Rule};
use pkg_repository::{
    Error as FetchError, Log, Published, Transport, current, fetch, live, may_need_newer_keys,
};
use pkg_verify::{Keyring, Statements, VerifiedHead, verify_head, verify_head_of_any_log};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// A log with the statements of its live entries.
pub struct Catalogue {
    pub(crate) head: VerifiedHead,
    /// The file of that head.
    pub(crate) file: Vec<u8>,
    pub(crate) log: Log,
    /// By the digest of an entry: the statements of its package, or why they cannot be had.
    statements: BTreeMap<Digest, Result<Statements, FetchError>>,
}

impl Catalogue {
    /// Reads the log that the newest head names. Packages may be missing: [`Catalogue::lost`] names them.
    ///
    /// # Errors
    ///
    /// There is no such log, a page of it is missing, or the keyring does not verify its head.
    pub fn read(transport: &mut dyn Transport, of: &LogName, keyring: &Keyring) -> Result<Catalogue> {
        let newest = newest(transport, of, keyring, None)?;
        Catalogue::at(transport, newest, keyring)
    }

    /// Reads the log that a head names; `keyring` is the one that judges the packages.
    pub(crate) fn at(
        transport: &mut dyn Transport,
        (head, file): (VerifiedHead, Vec<u8>),
        keyring: &Keyring,
    ) -> Result<Catalogue> {
        let log = fetch::log(transport, &head.head().of, Log::new(), head.head().log)?;
        let mut catalogue = Catalogue { head, file, log, statements: BTreeMap::new() };
        catalogue.read_statements(transport, keyring);
        Ok(catalogue)
    }

    /// Reads what was published since.
    pub(crate) fn read_on(&mut self, transport: &mut dyn Transport, keyring: &Keyring) -> Result<()> {
        let of = self.head.head().of.clone();
        (self.head, self.file) = newest(transport, &of, keyring, Some((&self.head, &self.file)))?;
        let known = std::mem::take(&mut self.log);
        self.log = fetch::log(transport, &of, known, self.head.head().log)?;
        self.read_statements(transport, keyring);
        Ok(())
    }

    /// Reads the statements of every live entry. One that is not about its package replaces nothing, so the entry before
    /// it is read then.
    pub(crate) fn read_statements(&mut self, transport: &mut dyn Transport, keyring: &Keyring) {
        loop {
            let unread: Vec<Entry> =
                self.live().into_iter().filter(|e| !self.statements.contains_key(&key(e))).cloned().collect();
            if unread.is_empty() {
                return;
            }
            let found = at_once(transport, &unread, &|transport, entry| examine(transport, entry, keyring));
            self.statements.extend(unread.iter().map(key).zip(found));
        }
    }

    /// The live entries of the log, without those that are not about their package.
    pub(crate) fn live(&self) -> Vec<&Entry> {
        let honest = self.log.entries().iter().filter(|entry| !self.is_forged(entry));
        live(honest)
    }

    /// Whether an entry says other things than the package that it names. The key of the catalogue signed that.
    fn is_forged(&self, entry: &Entry) -> bool {
        matches!(self.statements.get(&key(entry)), Some(Err(FetchError::Refused(r))) if r.rule == Rule::Rep8)
    }

    /// The newest head.
    pub fn head(&self) -> &VerifiedHead {
        &self.head
    }

    /// Every entry that was published.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// How many bytes the live packages have.
    pub fn bytes(&self) -> u64 {
        let sizes = self.live().into_iter().filter_map(|entry| Some(entry.object?.size));
        sizes.fold(0, u64::saturating_add)
    }

    /// The live entries with their statements: what the keyring in force accepts.
    pub fn accepted(&self) -> Vec<(&Entry, &Statements)> {
        let statements = |entry: &Entry| self.statements.get(&key(entry))?.as_ref().ok();
        self.live().into_iter().filter_map(|entry| Some((entry, statements(entry)?))).collect()
    }

    /// The entries that count for nothing, and why: the keyring in force refuses their package, for instance because its
    /// signer was revoked since, or they are not about it (REP-8).
    pub fn refused(&self) -> Vec<(&Entry, &Refusal)> {
        let mut refused = Vec::new();
        for (entry, error) in self.unusable() {
            if let FetchError::Refused(refusal) = error
                && !is_of_file(refusal)
            {
                refused.push((entry, refusal));
            }
        }
        refused
    }

    /// The live entries whose packages are missing, or are not what the entry says.
    pub fn lost(&self) -> Vec<(&Entry, &FetchError)> {
        let is_lost = |(_, error): &(&Entry, &FetchError)| !matches!(error, FetchError::Refused(refusal) if !is_of_file(refusal));
        self.unusable().filter(is_lost).collect()
    }

    /// Takes a lost package that is at hand as put back.
    pub(crate) fn put_back(&mut self, package: &Package) {
        let its = |entry: &&Entry| entry.object.is_some_and(|o| o.package == package.object.package);
        let lost: Vec<_> = self.lost().into_iter().map(|(entry, _)| entry).filter(its).cloned().collect();
        for entry in lost {
            let found = match entry == package.entry() {
                true => Ok(package.statements.clone()),
                false => Err(Refusal::new(Rule::Rep8, "the entry says other things than the package").into()),
            };
            self.statements.insert(key(&entry), found);
        }
    }

    fn unusable(&self) -> impl Iterator<Item = (&Entry, &FetchError)> {
        let error = |entry: &Entry| self.statements.get(&key(entry))?.as_ref().err();
        self.log.entries().iter().filter_map(move |entry| Some((entry, error(entry)?)))
    }

    /// Refuses a log of which a package is lost: what devices need cannot be told then.
    pub(crate) fn is_whole(&self, missing: Missing) -> Result<()> {
        let may_stay =
            |error: &FetchError| missing == Missing::MayComeBack && matches!(error, FetchError::Missing(_));
        match self.lost().into_iter().find(|(_, error)| !may_stay(error)) {
            None => Ok(()),
            Some((entry, error)) => {
                let path = entry.object.map_or_else(String::new, |o| paths::package(&o.package));
                Err(Error::Lost { path, why: error.to_string() })
            }
        }
    }

    /// What devices need of the accepted entries and of more packages.
    pub(crate) fn current_with<'a>(&'a self, more: &'a [(Entry, &'a Statements)]) -> Vec<Entry> {
        let replaced = |entry: &Entry| more.iter().any(|(new, _)| new.manifest == entry.manifest);
        let old = self.accepted().into_iter().filter(|(entry, _)| !replaced(entry));
        let all = old.chain(more.iter().map(|(entry, statements)| (entry, *statements)));
        let all: Vec<_> = all.map(|(entry, s)| Published { entry, manifest: s.manifest() }).collect();
        current(&all)
    }
}

/// What a missing package means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Missing {
    /// It is lost.
    IsLost,
    /// It may be among those that are about to be published.
    MayComeBack,
}

/// How many packages are asked for at once: a repository far away answers each request late, and a server is not to be
/// flooded.
const AT_ONCE: usize = 8;

/// Asks for something of each entry, of a few at once where the transport can. The results are in the order of the
/// entries.
fn at_once<T: Send>(
    transport: &mut dyn Transport,
    entries: &[Entry],
    ask: &(dyn Fn(&mut dyn Transport, &Entry) -> T + Sync),
) -> Vec<T> {
    let more = entries.len().min(AT_ONCE).saturating_sub(1);
    let others: Vec<_> = (0..more).map_while(|_| transport.another()).collect();
    let queue = Mutex::new(entries.iter().enumerate());
    let work = |transport: &mut dyn Transport| {
        let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
        std::iter::from_fn(next).map(|(n, entry)| (n, ask(transport, entry))).collect::<Vec<_>>()
    };
    let mut found = std::thread::scope(|scope| {
        let work = &work;
        let others: Vec<_> =
            others.into_iter().map(|mut other| scope.spawn(move || work(&mut *other))).collect();
        let mut found = work(transport);
        for other in others {
            // Whatever panicked there panics here, as if it had been asked here.
            found.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        found
    });
    found.sort_unstable_by_key(|(n, _)| *n);
    found.into_iter().map(|(_, found)| found).collect()
}

/// What an entry is found by.
fn key(entry: &Entry) -> Digest {
    Digest::of(&entry.to_bytes())
}

/// The statements of an entry. What is refused is compared with its digest: a damaged file is no word about its signer.
fn examine(
    transport: &mut dyn Transport,
    entry: &Entry,
    keyring: &Keyring,
) -> Result<Statements, FetchError> {
    let found = package::statements(transport, entry, keyring);
    if let Err(FetchError::Refused(refusal)) = &found
        && !is_of_file(refusal)
    {
        fetch::package(transport, entry, |_| Ok(()))?;
    }
    found
}

/// Whether a refusal says that a file of the repository is another one.
fn is_of_file(refusal: &Refusal) -> bool {
    refusal.rule == Rule::Rep9
}

/// The newest head of a log, from the copy in `head` or from what is known, and from there by its number.
fn newest(
    transport: &mut dyn Transport,
    of: &LogName,
    keyring: &Keyring,
    known: Option<(&VerifiedHead, &[u8])>,
) -> Result<(VerifiedHead, Vec<u8>)> {
    let mut found = known.map(|(head, file)| (head.clone(), file.to_vec()));
    let path = paths::head(of);
    if found.is_none()
        && let Some(file) = read(transport, &path, SMALL)?
    {
        let head = verify_head(&file, keyring, of).map_err(|e| Error::verify(&path, e))?;
        let version = head.head().version;
        let numbered = paths::head_version(of, version);
        if let Some(there) = read(transport, &numbered, SMALL)?
            && there != file
        {
            // A file that is no head is damaged; another head is a fork.
            if let Err(pkg_verify::Error::Refused(damage)) = verify_head(&there, keyring, of)
                && !may_need_newer_keys(damage.rule)
            {
                return Err(Error::refused(numbered, damage));
            }
            let why = format!("it is not heads/{version}, which has the same version");
            return Err(Error::refused(path, Refusal::new(Rule::Rep4, why)));
        }
        found = Some((head, file));
    }
    loop {
        let next = found.as_ref().map_or(0, |(head, _)| head.head().version).saturating_add(1);
        let path = paths::head_version(of, next);
        let Some(file) = read(transport, &path, SMALL)? else { break };
        let head = verify_head(&file, keyring, of).map_err(|e| Error::verify(&path, e))?;
        in_its_place(&head, next).map_err(|refusal| Error::refused(path, refusal))?;
        found = Some((head, file));
    }
    found.ok_or_else(|| Error::NoLog(label(of)))
}

/// The head under a number has this number.
pub(crate) fn in_its_place(head: &VerifiedHead, version: u64) -> Result<(), Refusal> {
    match head.head().version {
        found if found == version => Ok(()),
        found => Err(Refusal::new(Rule::Rep9, format!("it is head {found}"))),
    }
}

/// A log by its name, for messages.
pub(crate) fn label(of: &LogName) -> String {
    format!("{}/{} {}", of.vendor, of.name, of.channel)
}

/// The full name of the log of a product and channel, as its own head says it.
///
/// # Errors
///
/// There is no such log, or the keyring does not verify its head.
pub fn find(
    transport: &mut dyn Transport,
    (vendor, name, channel): (&Id, &Id, Channel),
    keyring: &Keyring,
) -> Result<LogName> {
    // The id of the repository is in no path.
    let of = LogName { repository: vendor.clone(), vendor: vendor.clone(), name: name.clone(), channel };
    let mut path = paths::head(&of);
    let mut file = read(transport, &path, SMALL)?;
    if file.is_none() {
        path = paths::head_version(&of, 1);
        file = read(transport, &path, SMALL)?;
    }
    let file = file.ok_or_else(|| Error::NoLog(label(&of)))?;
    let head = verify_head_of_any_log(&file, keyring).map_err(|e| Error::verify(&path, e))?;
    let of = LogName { repository: head.head().of.repository.clone(), ..of };
    head.is_of(&of).map_err(|refusal| Error::refused(path, refusal))?;
    Ok(of)
}

/// The products and channels that a repository in a folder has logs of, sorted.
///
/// # Errors
///
/// The folder cannot be read.
pub fn logs(store: &FolderStore) -> Result<Vec<(Id, Id, Channel)>> {
    let products = store.root().join("products");
    let unread = |error| Error::Read { path: products.clone(), error };
    let names = |path: &std::path::Path| -> Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(path).map_err(unread)? {
            names.extend(entry.map_err(unread)?.file_name().into_string());
        }
        names.sort();
        Ok(names)
    };
    let mut found = Vec::new();
    for vendor in names(&products)? {
        for name in names(&products.join(&vendor))? {
            for channel in [Channel::Stable, Channel::Testing] {
                let log = products.join(&vendor).join(&name).join(channel.as_str());
                if let (Ok(vendor), Ok(name), true) = (Id::new(&vendor), Id::new(&name), log.is_dir()) {
                    found.push((vendor, name, channel));
                }
            }
        }
    }
    Ok(found)
}
