//! Reading a log from the repository: from its newest page back to what is known, then checked from the front.

use crate::log::Log;
use alloc::{format, string::String, vec::Vec};
use pkg_format::repository::{Page, TreeHead};
use pkg_format::{Refusal, Rule};

/// A log that is being read. Each page says what was there before it, so the newest is asked for first.
#[derive(Debug)]
pub struct Reading {
    known: Log,
    named: TreeHead,
    /// The newest first, each with the log that it should complete.
    pages: Vec<(TreeHead, Page)>,
}

impl Reading {
    /// Begins to read the log that a head names. `known` is what was read of it before; it may be empty.
    ///
    /// # Errors
    ///
    /// REP-6 where the named log is shorter than what is known.
    pub fn new(known: Log, named: TreeHead) -> Result<Reading, Refusal> {
        let size = known.head().size;
        match named.size < size {
            true => {
                let why = format!("{} entries, the earlier log had {size}", named.size);
                Err(Refusal::new(Rule::Rep6, why))
            }
            false => Ok(Reading { known, named, pages: Vec::new() }),
        }
    }

    /// The page that is needed next, by the log that it completes; none when all are there.
    pub fn next(&self) -> Option<TreeHead> {
        let next = match self.pages.last() {
            Some((_, page)) => page.after.unwrap_or(TreeHead::EMPTY),
            None => self.named,
        };
        (next.size > self.known.head().size).then_some(next)
    }

    /// Takes the bytes of the page that [`next`](Self::next) asked for.
    ///
    /// # Errors
    ///
    /// The rule by which the page is at fault; REP-5 for a page of another place, REP-6 for one that leaves out where
    /// the known log ended.
    pub fn take(&mut self, bytes: &[u8]) -> Result<&Page, Refusal> {
        let page = Page::decode(bytes)?;
        let Some(wanted) = self.next() else {
            return Err(Refusal::new(Rule::Rep5, "a page after the last one"));
        };
        let added = u64::try_from(page.entries.len()).unwrap_or(u64::MAX);
        if page.first().saturating_add(added) != wanted.size {
            let why = format!("entries {} to {}", page.first(), page.first().saturating_add(added));
            return Err(Refusal::new(Rule::Rep5, format!("{why}, expected up to {}", wanted.size)));
        }
        let known = self.known.head();
        if page.first() < known.size
            || (page.first() == known.size && page.after.unwrap_or(TreeHead::EMPTY) != known)
        {
            let why = format!("the log does not come from the earlier one of {} entries", known.size);
            return Err(Refusal::new(Rule::Rep6, why));
        }
        self.pages.push((wanted, page));
        self.pages.last().map(|(_, page)| page).ok_or_else(|| Refusal::new(Rule::Rep5, "no page"))
    }

    /// The whole log, whose root is the one that the head names. A refusal names the page at fault: the first whose
    /// entries do not lead to the log that it should complete. `name` is what that page is called.
    ///
    /// # Errors
    ///
    /// REP-5 where it is not, or a page is missing.
    pub fn finish(self, name: impl Fn(&TreeHead) -> String) -> Result<Log, Refusal> {
        let Reading { mut known, named, pages } = self;
        for (completes, page) in pages.iter().rev() {
            let followed = known.append(page).and_then(|()| known.is(completes));
            followed.map_err(|refusal| refusal.within(&name(completes)))?;
        }
        known.is(&named)?;
        Ok(known)
    }
}
