//! Continuing a log after the key of its heads was stolen: from a head that the maker knows, with the key that took its
//! place.
//!
//! A thief with the old key can have signed heads with more entries, with fewer, or with a high number. Nothing in such
//! a head tells it from one of the maker. So the maker names the head to continue from, and its entries are judged by
//! the keyring in force.

use crate::catalogue::{Catalogue, label};
use crate::error::{Error, Result};
use crate::files::{SMALL, exists, read, read_there};
use crate::head::{Signed, bring_up, could_be_published, next, write_keyrings};
use crate::mirror::{Mirrored, copy};
use crate::options::Options;
use crate::publish::{ATTEMPTS, Outcome};
use crate::store::{Created, Store};
use pkg_format::manifest::Channel;
use pkg_format::repository::{Entry, LogName, paths};
use pkg_format::{Digest, Id, KeyringStatement, Refusal, Rule, limits};
use pkg_repository::{Error as FetchError, Transport};
use pkg_verify::{ExampleKeys, Keyring, VerifiedHead, keyring_members, verify_head, verify_head_of_any_log};

/// How the maker names the head to continue from.
pub enum Kept<'a> {
    /// By the digest of its statement, which every publication returns. The repository still has the file.
    Digest(Digest),
    /// By its file.
    File(Vec<u8>),
    /// It is the newest one of a copy of the repository. What is missing is copied from there.
    Copy(&'a mut dyn Transport),
}

/// A head that will not be continued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dropped {
    /// The file, below the repository.
    pub path: String,
    /// Its digest and the number of entries that it names; none where no version of the keyring verifies the file.
    pub head: Option<(Digest, u64)>,
}

/// A log that is about to be continued. Nothing was written yet.
pub struct Recovery<'a> {
    copy: Option<&'a mut dyn Transport>,
    catalogue: Catalogue,
    version: u64,
    dropped: Vec<Dropped>,
}

impl<'a> Recovery<'a> {
    /// Reads the head to continue from, its log and the packages of that, and the heads that came after it.
    ///
    /// # Errors
    ///
    /// There is no such head, no version of the keyring verifies it, or it is of another log (REP-2). REP-6 where a head
    /// that a key in force signed has a log that this one does not contain: devices would refuse the new head.
    pub fn new(
        store: &mut dyn Store,
        log: (&Id, &Id, Channel),
        kept: Kept<'a>,
        options: &Options<'_>,
    ) -> Result<Recovery<'a>> {
        let keyrings = Keyrings::new(options)?;
        let mut copy = None;
        let (head, file) = match kept {
            Kept::Digest(digest) => find(store, &of(log), digest, &keyrings)?,
            Kept::File(file) => {
                (keyrings.verify(&file).map_err(|e| Error::verify("the kept head", e))?, file)
            }
            Kept::Copy(transport) => {
                let path = paths::head(&of(log));
                let file = read_there(transport, &path, SMALL)?;
                copy = Some(transport);
                (keyrings.verify(&file).map_err(|e| Error::verify(&path, e))?, file)
            }
        };
        let of = LogName { repository: head.head().of.repository.clone(), ..of(log) };
        head.is_of(&of).map_err(|refusal| Error::refused("the kept head", refusal))?;
        let version = head.head().version;
        let newest = (head, file);
        let catalogue = match &mut copy {
            Some(transport) => Catalogue::at(*transport, newest, options.keyring)?,
            None => Catalogue::at(store, newest, options.keyring)?,
        };
        let mut recovery = Recovery { copy, catalogue, version, dropped: Vec::new() };
        recovery.look(store, &keyrings)?;
        Ok(recovery)
    }

    /// The head to continue from.
    pub fn head(&self) -> &VerifiedHead {
        self.catalogue.head()
    }

    /// The number of the new head.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The heads that will not be continued.
    pub fn dropped(&self) -> &[Dropped] {
        &self.dropped
    }

    /// The entries that the keyring in force refuses, and why.
    pub fn refused(&self) -> Vec<(&Entry, &Refusal)> {
        self.catalogue.refused()
    }

    /// The entries whose packages are missing, or are not what the entry says.
    pub fn lost(&self) -> Vec<(&Entry, &FetchError)> {
        self.catalogue.lost()
    }

    /// Signs the next head of the log. `leave_out` says that entries may be refused or lost: they stay in the log, and
    /// the head does not offer them to devices.
    ///
    /// # Errors
    ///
    /// The rule of the first entry that is refused; [`Error::Lost`] for the first that is lost. The keyring does not
    /// verify the new head, or something cannot be written.
    pub fn finish(
        mut self,
        store: &mut dyn Store,
        leave_out: bool,
        options: &Options<'_>,
    ) -> Result<Outcome> {
        if !leave_out {
            self.is_whole()?;
        }
        if options.dry_run {
            could_be_published(store, &self.head().head().of, options)?;
            let current = self.catalogue.current_with(&[]).len();
            let outcome = Outcome::of(self.head(), vec![], vec![], 0);
            return Ok(Outcome { version: self.version, current, ..outcome });
        }
        if let Some(transport) = self.copy.take() {
            let by = (&self.catalogue, options.keyring);
            copy(transport, store, by, &mut Mirrored::default(), options.progress)?;
        }
        write_keyrings(store, options.keyring_file)?;
        for overtaken in 0..ATTEMPTS {
            let signed = self.sign(options)?;
            if signed.create(store)? == Created::New {
                let of = &self.head().head().of;
                bring_up(store, of, options.keyring, self.version)?;
                return Ok(Outcome::of(&signed.verified, vec![], vec![], overtaken));
            }
            self.look(store, &Keyrings::new(options)?)?;
        }
        Err(Error::Busy(ATTEMPTS))
    }

    fn is_whole(&self) -> Result<()> {
        if let Some((entry, refusal)) = self.refused().into_iter().next() {
            let what = format!("{} {}", entry.kind(), entry.manifest.short());
            return Err(Error::refused(what, refusal.clone()));
        }
        match self.lost().into_iter().next() {
            None => Ok(()),
            Some((entry, error)) => {
                let path = entry.object.map_or_else(String::new, |o| paths::package(&o.package));
                Err(Error::Lost { path, why: error.to_string() })
            }
        }
    }

    fn sign(&self, options: &Options<'_>) -> Result<Signed> {
        let log = self.head().head().log;
        let mut head = next(&self.catalogue, log, self.catalogue.current_with(&[]), options);
        head.version = self.version;
        Signed::new(&head, options)
    }

    /// Looks at the heads after the one to continue from, and finds the number of the new one.
    fn look(&mut self, store: &mut dyn Store, keyrings: &Keyrings) -> Result<()> {
        let of = self.head().head().of.clone();
        self.dropped.clear();
        let mut numbers = Numbers::new(self.head().head().version);
        let kept = numbers.kept;
        let copied = paths::head(&of);
        if let Some(file) = read(store, &copied, SMALL)?
            && file != self.catalogue.file
        {
            let version = self.judge(&copied, &file, keyrings, &mut numbers)?;
            self.run(store, version.unwrap_or(kept), keyrings, &mut numbers)?;
        }
        if let Some(file) = read(store, &paths::head_version(&of, kept), SMALL)?
            && file != self.catalogue.file
        {
            self.judge(&paths::head_version(&of, kept), &file, keyrings, &mut numbers)?;
        }
        self.run(store, kept, keyrings, &mut numbers)?;
        self.version = numbers.next();
        // Two free numbers in a row: whoever looks for newer heads stops after the new one.
        while self.is_there(store, self.version)? || self.is_there(store, self.version.saturating_add(1))? {
            self.version = self.version.saturating_add(1);
        }
        Ok(())
    }

    /// Judges the heads after a number, up to the first that is missing.
    fn run(
        &mut self,
        store: &mut dyn Store,
        after: u64,
        keyrings: &Keyrings,
        numbers: &mut Numbers,
    ) -> Result<()> {
        let of = self.head().head().of.clone();
        let mut version = after.saturating_add(1);
        while version < after.saturating_add(limits::JUMP) {
            let path = paths::head_version(&of, version);
            if self.dropped.iter().any(|dropped| dropped.path == path) {
                return Ok(());
            }
            let Some(file) = read(store, &path, SMALL)? else { return Ok(()) };
            self.judge(&path, &file, keyrings, numbers)?;
            numbers.seen.push(version);
            version = version.saturating_add(1);
        }
        Ok(())
    }

    /// Judges a head that will not be continued, and returns its number.
    fn judge(
        &mut self,
        path: &str,
        file: &[u8],
        keyrings: &Keyrings,
        numbers: &mut Numbers,
    ) -> Result<Option<u64>> {
        let of = &self.catalogue.head().head().of;
        if let Ok(trusted) = verify_head(file, &keyrings.in_force, of) {
            let head = trusted.head();
            self.catalogue.log().begins_with(&head.log).map_err(|refusal| {
                let why = format!("a key in force signed it, and its log would be lost: {}", refusal.why);
                Error::refused(path, Refusal::new(Rule::Rep6, why))
            })?;
            numbers.trusted = numbers.trusted.max(head.version);
            return Ok(Some(head.version));
        }
        let head = keyrings.verify(file).ok().filter(|head| head.is_of(of).is_ok());
        numbers.seen.extend(head.as_ref().map(|head| head.head().version));
        self.dropped.push(Dropped {
            path: path.into(),
            head: head.as_ref().map(|head| (head.digest(), head.head().log.size)),
        });
        Ok(head.map(|head| head.head().version))
    }

    fn is_there(&self, store: &mut dyn Store, version: u64) -> Result<bool> {
        Ok(exists(store, &paths::head_version(&self.head().head().of, version))?.is_some())
    }
}

/// The name of a log in paths: the id of the repository is in none.
fn of((vendor, name, channel): (&Id, &Id, Channel)) -> LogName {
    LogName { repository: vendor.clone(), vendor: vendor.clone(), name: name.clone(), channel }
}

/// Numbers of heads.
struct Numbers {
    /// Of the head to continue from.
    kept: u64,
    /// The highest that a key in force signed: devices remember it.
    trusted: u64,
    /// Of heads that count for nothing.
    seen: Vec<u64>,
}

impl Numbers {
    fn new(kept: u64) -> Numbers {
        Numbers { kept, trusted: kept, seen: Vec::new() }
    }

    /// Above every number that was seen. A number that devices would not follow from a head in force (VER-5) is passed
    /// over: a thief made it up, and it counts for nothing.
    fn next(&self) -> u64 {
        let last = self.trusted.max(self.kept);
        let most = last.saturating_add(limits::JUMP.saturating_sub(1));
        let seen = self.seen.iter().copied().filter(|n| *n <= most).max();
        seen.unwrap_or(last).max(last).saturating_add(1)
    }
}

/// The keyring in force, and the versions before it, the newest first.
struct Keyrings {
    in_force: Keyring,
    before: Vec<Keyring>,
}

impl Keyrings {
    /// The versions in the keyring file. The caller opened it, so each of them led to the next.
    fn new(options: &Options<'_>) -> Result<Keyrings> {
        let examples = match options.keyring.has_example_keys() {
            true => ExampleKeys::DangerAccept,
            false => ExampleKeys::Refuse,
        };
        let members =
            keyring_members(options.keyring_file).map_err(|e| Error::verify("the keyring file", e))?;
        let mut before = Vec::new();
        for version in members.iter().skip(1) {
            let statement = KeyringStatement::decode(&version.statement)
                .map_err(|refusal| Error::refused("the keyring file", refusal))?;
            before.extend(Keyring::vouched_by_caller(statement, examples));
        }
        Ok(Keyrings { in_force: options.keyring.clone(), before })
    }

    /// Verifies a head by the keyring in force, or else by one before it: its key may be revoked since.
    fn verify(&self, file: &[u8]) -> pkg_verify::Result<VerifiedHead> {
        verify_head_of_any_log(file, &self.in_force).or_else(|refused| {
            let earlier = self.before.iter().find_map(|keyring| verify_head_of_any_log(file, keyring).ok());
            earlier.ok_or(refused)
        })
    }
}

/// The head with a digest: among those before the newest one, or from the first one on.
fn find(
    store: &mut dyn Store,
    of: &LogName,
    digest: Digest,
    keyrings: &Keyrings,
) -> Result<(VerifiedHead, Vec<u8>)> {
    let wanted = |file: &[u8]| keyrings.verify(file).ok().filter(|head| head.digest() == digest);
    let newest = read(store, &paths::head(of), SMALL)?;
    if let Some(file) = newest
        && let Some(head) = wanted(&file)
    {
        return Ok((head, file));
    }
    let mut version = 1;
    while let Some(file) = read(store, &paths::head_version(of, version), SMALL)? {
        if let Some(head) = wanted(&file) {
            return Ok((head, file));
        }
        version = version.saturating_add(1);
    }
    Err(Error::NoHead { log: label(of), digest })
}
