//! What a device looks at: the entries whose statements it needs, one after the other.

use crate::choose::{Choice, choose};
use crate::log::Log;
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use pkg_decide::DeviceState;
use pkg_format::repository::{Entry, Head, TreeHead};

/// Releases whose statements are looked at in one round: the best come first.
const LOOKED_AT: usize = 64;

/// The entries that a device looks at in one round: every notice and withdrawal, what is installed, and then steps, the
/// best first, up to one that fits. Where nothing that is current leads on from the device, the log has the way.
///
/// ```
/// # use pkg_repository::{Offers, in_vain};
/// # fn look(head: &pkg_format::repository::Head, device: &pkg_decide::DeviceState, stored: &[u8]) {
/// # let fetch = |_: &pkg_format::repository::Entry| true;
/// # let read = |_| pkg_repository::Log::new();
/// let mut offers = Offers::new(head, device, false);
/// loop {
///     if let Some(entry) = offers.next() {
///         if fetch(&entry) {
///             offers.found(); // it is a step that fits, and the user did not decline it
///         }
///         continue;
///     }
///     match offers.log() {
///         Some(named) if in_vain(&named, device) != stored => offers.read(&read(named), device),
///         _ => break,
///     }
/// }
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Offers {
    /// What is looked at in any case.
    first: VecDeque<Entry>,
    steps: VecDeque<Entry>,
    current: Vec<Entry>,
    /// The log, where it may have more than what is current.
    log: Option<TreeHead>,
    all: bool,
    found: bool,
}

impl Offers {
    /// What a head lists for a device. With `all`, a step that fits does not end the steps: for when it could not be
    /// installed.
    pub fn new(head: &Head, device: &DeviceState, all: bool) -> Offers {
        let current = head.current.clone();
        let choice = choose(&current, device, |_| false);
        let listed = u64::try_from(current.len()).unwrap_or(u64::MAX);
        let log = (choice.installed.is_empty() && head.log.size > listed).then_some(head.log);
        let (first, steps) = queues(&choice);
        Offers { first, steps, current, log, all, found: false }
    }

    /// The entry to look at next; none where there is no more, or a step was found.
    #[allow(clippy::should_implement_trait, reason = "what comes next depends on what was found meanwhile")]
    pub fn next(&mut self) -> Option<Entry> {
        let may_step = !self.found || self.all;
        self.first.pop_front().or_else(|| self.steps.pop_front().filter(|_| may_step))
    }

    /// The entry that was looked at last is a step that fits, and the user did not decline it.
    pub fn found(&mut self) {
        self.found = true;
    }

    /// Whether a step was found.
    pub fn is_found(&self) -> bool {
        self.found
    }

    /// The log that is to be read because nothing that is current leads on from here, and the device does not run what
    /// is current. It is named once, after [`next`](Self::next) has no more.
    pub fn log(&mut self) -> Option<TreeHead> {
        self.log.take().filter(|_| !self.found)
    }

    /// Goes on with the releases of that log.
    pub fn read(&mut self, log: &Log, device: &DeviceState) {
        let older = log.live().into_iter().filter(|e| !self.current.contains(e));
        (self.first, self.steps) = queues(&choose(older, device, |_| true));
    }
}

fn queues(choice: &Choice<'_>) -> (VecDeque<Entry>, VecDeque<Entry>) {
    let first = choice.unheard.iter().chain(&choice.installed).map(|e| (*e).clone()).collect();
    (first, choice.steps.iter().take(LOOKED_AT).map(|e| (*e).clone()).collect())
}

/// Names a log and what the device is now. A client stores it once it read that log and found no step: to read it again
/// is in vain until one of them changes.
pub fn in_vain(log: &TreeHead, device: &DeviceState) -> Vec<u8> {
    let states = device.scopes.iter().filter_map(|scope| device.state_digest(scope));
    [log.root].into_iter().chain(states).flat_map(|digest| digest.0).collect()
}
