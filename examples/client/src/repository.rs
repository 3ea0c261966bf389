//! A repository: its newest head, what that lists for this device, and packages straight from the network. **A maker
//! keeps this** and replaces the addresses. Whoever owns them can withhold what is new, and is found out by the age of
//! the head; what they send is verified as if it came from a memory stick.

use crate::fronts::Fronts;
use crate::remember::Memory;
use crate::sources::log;
use crate::{Args, Result, put};
use pkg_decide::{Clock, Fit};
use pkg_repository::{
    Error, Follower, Freshness, Log, Offers, Received, Record, Remote, Several, Transport, fetch, in_vain,
    round,
};
use pkg_verify::format::manifest::Channel;
use pkg_verify::format::repository::{Entry, LogName};
use pkg_verify::format::{Digest, Id, Rule};
use pkg_verify::{ExampleKeys, Statements, Verified};
use std::fs;
use std::path::PathBuf;

pub(crate) struct Repository {
    addresses: Several<Box<dyn Transport>>,
    follower: Follower,
    fronts: Fronts,
    /// Where the head is stored, and what is there.
    path: PathBuf,
    stored: Vec<u8>,
}

/// A package that is read from the repository while it is installed.
pub(crate) type Opened<'a> = Verified<Remote<&'a mut Several<Box<dyn Transport>>>>;

impl Repository {
    /// The repository that the arguments name, if any; what was seen of it last is in the device's folder.
    pub(crate) fn open(args: &Args, memory: &Memory) -> Result<Option<Repository>> {
        let Some(id) = args.id.as_deref().filter(|_| !args.repositories.is_empty()) else { return Ok(None) };
        let addresses = args.repositories.iter().map(|url| transport(url, args)).collect::<Result<_>>()?;
        let device = &memory.state.device.state;
        let channel = if args.testing { Channel::Testing } else { Channel::Stable };
        let (vendor, name) = (device.vendor.clone(), device.name.clone());
        let of = LogName { repository: Id::new(id)?, vendor, name, channel };
        let path = memory.folder().join(format!("repository-{id}-{channel}"));
        let stored = fs::read(&path).unwrap_or_default();
        // What cannot be read counts as none: nothing in it is believed anyway.
        let mut follower =
            Follower::new(of, Record::from_bytes(&stored).unwrap_or_default(), &memory.keyring);
        follower.pass(args.elapsed);
        let fronts = Fronts::new(&memory.folder().join("fronts"));
        Ok(Some(Repository { addresses: Several::new(addresses), follower, fronts, path, stored }))
    }

    /// Asks whether there is a newer head, and takes newer keyrings where it needs them. Whatever fails, the head that
    /// was seen last is decided on. Where that is old, the other addresses are asked, too.
    pub(crate) fn look(&mut self, memory: &mut Memory, clock: Clock) -> Result<()> {
        for _ in 0..self.addresses.count() {
            let jump = memory.state.device.policy.jump;
            let looked =
                round(&mut self.addresses, &mut self.follower, &memory.keyring, ExampleKeys::Refuse, jump);
            let come = looked.is_ok();
            match looked {
                Ok(round) => {
                    if let Some(newer) = &round.keyring {
                        memory.take_keyring(newer)?;
                        log(&format!("keyring version {} is in force", newer.version()));
                    }
                    self.tell(round.received)?;
                }
                Err(error) => log(&format!("nothing new: {error}")),
            }
            match self.follower.freshness(clock) {
                Some(Freshness::Fresh) if come => return Ok(()),
                // "Unchanged" is no answer any more.
                Some(Freshness::Behind(_)) => self.follower.forget_etag(),
                _ => {}
            }
            self.addresses.turn();
        }
        if let Some(Freshness::Behind(seconds)) = self.follower.freshness(clock) {
            println!("may be behind: a newer head is overdue by {seconds} seconds, updates may be withheld");
        }
        Ok(())
    }

    fn tell(&mut self, received: Option<Received>) -> Result<()> {
        match received {
            Some(Received::Older(head)) => {
                log(&format!(
                    "[{}] head {} is older than what was seen",
                    Rule::Rep3.id(),
                    head.head().version
                ));
            }
            Some(Received::Fork(head)) => {
                // An alarm. The other head is evidence: it is stored whatever comes next.
                self.store()?;
                let version = head.head().version;
                println!("alarm: [{}] there are two heads of version {version}", Rule::Rep4.id());
            }
            Some(Received::Newer | Received::Same) | None => {}
        }
        Ok(())
    }

    /// Stores the head, once all that it lists was heard.
    pub(crate) fn store(&mut self) -> Result<()> {
        let bytes = self.follower.record().to_bytes();
        if bytes != self.stored {
            put(&self.path, &bytes)?;
            self.stored = bytes;
        }
        Ok(())
    }

    /// Hands over what the device should know: notices, withdrawals, what is installed, and steps, the best first. A
    /// step that fits ends it, unless all are wanted. Where nothing that is current leads on from here, the log has it.
    pub(crate) fn offers(&mut self, memory: &Memory, all: bool, take: &mut dyn FnMut(&Entry, Statements)) {
        let Some(head) = self.follower.head() else { return };
        let device = &memory.state.device;
        self.fronts.keep(&head.head().current);
        let mut offers = Offers::new(head.head(), &device.state, all);
        self.hand_over(&mut offers, memory, take);
        let Some(named) = offers.log() else { return };
        // In vain once is enough, until the log or the device changes.
        let vain = in_vain(&named, &device.state);
        if fs::read(self.vain()).is_ok_and(|stored| stored == vain) {
            return;
        }
        match fetch::log(&mut self.addresses, self.follower.log(), Log::new(), named) {
            Ok(found) => {
                offers.read(&found, &device.state);
                self.hand_over(&mut offers, memory, take);
                if !offers.is_found() {
                    put(&self.vain(), &vain).unwrap_or_else(|error| log(&error.to_string()));
                }
            }
            Err(error) => log(&format!("the log: {error}")),
        }
    }

    /// Where it is noted which log was read in vain.
    fn vain(&self) -> PathBuf {
        self.path.with_extension("read")
    }

    fn hand_over(&mut self, offers: &mut Offers, memory: &Memory, take: &mut dyn FnMut(&Entry, Statements)) {
        let device = &memory.state.device;
        while let Some(entry) = offers.next() {
            match self.statements(&entry, memory) {
                Ok(statements) => {
                    let fits = device.state.fits(&statements, &device.policy) == Ok(Fit::Step);
                    if fits && !memory.state.choices.declined.contains(&entry.manifest) {
                        offers.found();
                    }
                    take(&entry, statements);
                }
                Err(error) => log(&format!("{}: {error}", entry.manifest)),
            }
        }
    }

    /// The statements of a package, from its front: fetched once, and asked for elsewhere where it is not what it
    /// should be.
    fn statements(&mut self, entry: &Entry, memory: &Memory) -> std::result::Result<Statements, Error> {
        let policy = &memory.state.device.policy;
        let verify = |front: &[u8]| fetch::verify_front(front, entry, &memory.keyring, policy);
        let kept = entry.object.and_then(|object| self.fronts.get(&object));
        if let Some(found) = kept.and_then(|front| verify(&front).ok()) {
            return Ok(found);
        }
        let mut tries = 1..self.addresses.count();
        loop {
            let found = fetch::front(&mut self.addresses, entry)
                .and_then(|front| verify(&front).map(|found| (front, found)));
            match found {
                Ok((front, found)) => {
                    entry.object.iter().for_each(|object| self.fronts.put(object, &front));
                    return Ok(found);
                }
                Err(error) if tries.next().is_none() => return Err(error),
                Err(_) => self.addresses.turn(),
            }
        }
    }

    /// The delta to a release from what is installed, if there is one. No connection is kept while the base is compared.
    pub(crate) fn delta(&mut self, release: &Statements, memory: &Memory) -> Option<Opened<'_>> {
        let (target, base) = states(release, memory)?;
        let opened = Remote::delta(&mut self.addresses, &target, &base).map_err(|e| match e {
            Error::Missing(_) => {}
            other => log(&other.to_string()),
        });
        let verified = pkg_verify::open(opened.ok()?)
            .and_then(|open| open.verify(&memory.keyring, &memory.state.device.policy));
        verified.map_err(|error| log(&format!("the delta: {error}"))).ok()
    }

    /// The package of an entry. Its front is there already.
    pub(crate) fn package(&mut self, entry: &Entry, memory: &Memory) -> Result<Opened<'_>> {
        let object = entry.object.ok_or("the package was removed")?;
        let front = self.fronts.get(&object).unwrap_or_default();
        let remote = Remote::package(&mut self.addresses, &object).after(front);
        Ok(pkg_verify::open(remote)?.verify(&memory.keyring, &memory.state.device.policy)?)
    }

    /// How many addresses may serve a package.
    pub(crate) fn addresses(&self) -> usize {
        self.addresses.count()
    }

    /// What an address serves was refused: another one is asked first.
    pub(crate) fn turn(&mut self) {
        self.addresses.turn();
    }
}

/// The state that a release leads to, and the one that runs in its scope.
fn states(release: &Statements, memory: &Memory) -> Option<(Digest, Digest)> {
    let (manifest, device) = (release.manifest(), &memory.state.device.state);
    let target = manifest.release()?.state(&manifest.common().product);
    let scope = device.scope(&manifest.release()?.identity.scope)?;
    Some((target, device.state_digest(scope)?))
}

/// Whether a failed install ends what a package can do here: it breaks a rule, or does not fit. What merely could not
/// be read resumes in the next round, and nothing else may be written over it meanwhile.
pub(crate) fn is_final(error: &(dyn std::error::Error + 'static)) -> bool {
    use pkg_install::Error as E;
    let refused = |error: &(dyn std::error::Error + 'static)| {
        let mut cause = Some(error);
        std::iter::from_fn(move || {
            let this = cause?;
            cause = this.source();
            Some(this)
        })
        .any(|e| e.downcast_ref::<Error>().is_some_and(|e| e.rule().is_some()))
    };
    match error.downcast_ref() {
        Some(E::Package(pkg_verify::Error::Io(_))) => refused(error),
        Some(E::LyingJournal { .. }) => false,
        _ => true,
    }
}

#[cfg(feature = "http")]
fn transport(url: &str, args: &Args) -> Result<Box<dyn Transport>> {
    let patience = std::time::Duration::from_secs(args.patience);
    Ok(Box::new(pkg_repository::Web::new(url)?.with_patience(patience)))
}

#[cfg(not(feature = "http"))]
fn transport(url: &str, _: &Args) -> Result<Box<dyn Transport>> {
    Err(format!("{url}: this client was built without the feature http").into())
}
