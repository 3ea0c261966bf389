//! Following one log: which head replaces the one that is in force.

use crate::record::Record;
use alloc::string::String;
use alloc::{format, vec::Vec};
use core::cmp::Ordering;
use pkg_decide::Clock;
use pkg_format::repository::LogName;
use pkg_format::{Refusal, Rule};
use pkg_verify::{Error, Keyring, VerifiedHead, verify_head};

/// What a client knows of the log that it follows, under the keyring in force.
#[derive(Debug, Clone)]
pub struct Follower {
    log: LogName,
    record: Record,
    head: Option<VerifiedHead>,
}

/// What became of a head that was received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received {
    /// It is in force now.
    Newer,
    /// It is the one in force.
    Same,
    /// It is older than the one in force, which stays (REP-3). Copies on servers may be older for a while, so this is
    /// no alarm. What it lists may be decided on.
    Older(VerifiedHead),
    /// It has the version of the one in force and says something else (REP-4). That is an alarm: the user or the
    /// operator is told. The one in force stays, and the other one is kept as evidence. What it lists may be decided
    /// on.
    Fork(VerifiedHead),
}

impl Received {
    /// The rule by which it does not replace the head in force.
    pub fn rule(&self) -> Option<Rule> {
        match self {
            Received::Newer | Received::Same => None,
            Received::Older(_) => Some(Rule::Rep3),
            Received::Fork(_) => Some(Rule::Rep4),
        }
    }
}

/// Whether a client has seen the newest head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// A newer head is not due yet.
    Fresh,
    /// A newer head should have been there for so many seconds: updates may be withheld, or the maker sleeps.
    Behind(u64),
}

impl Follower {
    /// Follows a log from what was stored. A stored head that the keyring in force does not verify counts as none: so
    /// what a stolen key signed is forgotten once that key is revoked, however high its version is.
    pub fn new(log: LogName, record: Record, keyring: &Keyring) -> Follower {
        let mut follower = Follower { log, record, head: None };
        follower.follow(keyring);
        follower
    }

    /// Judges the stored head again, by a newer keyring.
    pub fn follow(&mut self, keyring: &Keyring) {
        let file = self.record.head.as_deref();
        self.head = file.and_then(|file| verify_head(file, keyring, &self.log).ok());
        if self.head.is_none() {
            self.record.head = None;
            self.record.etag = None;
        }
    }

    /// The log.
    pub fn log(&self) -> &LogName {
        &self.log
    }

    /// The newest head that was seen. Decide on it in every round, also where nothing new came.
    pub fn head(&self) -> Option<&VerifiedHead> {
        self.head.as_ref()
    }

    /// What to send with a request for the head; none where the answer must not be "unchanged".
    pub fn etag(&self) -> Option<&str> {
        self.record.etag.as_deref()
    }

    /// The next answer must be a whole head: for a server that says "unchanged" for longer than is right.
    pub fn forget_etag(&mut self) {
        self.record.etag = None;
    }

    /// What to store after the round.
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// Lets monotonic seconds pass.
    pub fn pass(&mut self, seconds: u64) {
        self.record.unchanged = self.record.unchanged.saturating_add(seconds);
    }

    /// Takes the file of a head as it was received. `jump` is by how much its version may rise at once.
    ///
    /// # Errors
    ///
    /// Those of [`verify_head`]; VER-5 where the version rises by more than `jump`, REP-6 where the log became shorter
    /// or changed without growing. The head in force stays.
    pub fn receive(
        &mut self,
        file: &[u8],
        etag: Option<String>,
        keyring: &Keyring,
        jump: u64,
    ) -> Result<Received, Error> {
        let received = verify_head(file, keyring, &self.log)?;
        let order = match &self.head {
            Some(stored) => order(stored, &received, jump)?,
            None => Some(Ordering::Greater),
        };
        Ok(match order {
            Some(Ordering::Greater) => {
                self.record.head = Some(Vec::from(file));
                self.record.etag = etag;
                self.record.unchanged = 0;
                self.head = Some(received);
                Received::Newer
            }
            Some(Ordering::Equal) => {
                self.record.etag = etag;
                Received::Same
            }
            Some(Ordering::Less) => Received::Older(received),
            None => {
                self.record.fork.get_or_insert_with(|| Vec::from(file));
                Received::Fork(received)
            }
        })
    }

    /// Whether a newer head should be there: by the clock where there is one, and by the seconds since a newer one
    /// came. None before there is any head.
    pub fn freshness(&self, clock: Clock) -> Option<Freshness> {
        let head = self.head.as_ref()?.head();
        let by_clock = clock.now().map_or(0, |now| now.saturating_sub(head.issued));
        let behind = by_clock.max(self.record.unchanged).saturating_sub(head.max_age);
        Some(if behind == 0 { Freshness::Fresh } else { Freshness::Behind(behind) })
    }

    /// The earliest time that it can be now, unix seconds: for checking certificates where a device has no clock.
    /// `built` is when the software of the device was built.
    pub fn time_floor(&self, built: u64) -> u64 {
        self.head.as_ref().map_or(built, |verified| verified.head().issued.max(built))
    }
}

/// How a received head stands to the one in force; none where the two are a fork.
fn order(stored: &VerifiedHead, received: &VerifiedHead, jump: u64) -> Result<Option<Ordering>, Refusal> {
    let (old, new) = (stored.head(), received.head());
    match new.version.cmp(&old.version) {
        Ordering::Less => Ok(Some(Ordering::Less)),
        Ordering::Equal if received.digest() == stored.digest() => Ok(Some(Ordering::Equal)),
        Ordering::Equal => Ok(None),
        Ordering::Greater if new.version.saturating_sub(old.version) > jump => {
            let why = format!("from version {} to {}, at most {jump} at once", old.version, new.version);
            Err(Refusal::new(Rule::Ver5, why).within("version"))
        }
        Ordering::Greater if new.log.size < old.log.size => {
            let why = format!("{} entries, the earlier log had {}", new.log.size, old.log.size);
            Err(Refusal::new(Rule::Rep6, why).within("log"))
        }
        Ordering::Greater if new.log.size == old.log.size && new.log.root != old.log.root => {
            Err(Refusal::new(Rule::Rep6, "as many entries as before, with another root").within("log"))
        }
        Ordering::Greater => Ok(Some(Ordering::Greater)),
    }
}
