//! For which devices a notice closes a vulnerability: those with the hardware that it names.

use pkg_format::manifest::Status;
use pkg_format::{Id, VulnId};
use std::collections::{BTreeSet, HashMap};

/// Says which entries of notices count.
#[derive(Debug)]
pub(crate) struct Reach<'m> {
    /// The hardware that is asked about; none where the answer must hold on all hardware.
    hardware: Option<&'m Id>,
    /// By state: the hardware it runs on.
    runs_on: Vec<BTreeSet<&'m Id>>,
    /// By id and state: the hardware of the notices that close it there.
    closed_on: HashMap<(&'m VulnId, usize), BTreeSet<&'m Id>>,
}

impl<'m> Reach<'m> {
    /// No notice closes anything yet.
    pub(crate) fn new(hardware: Option<&'m Id>, runs_on: Vec<BTreeSet<&'m Id>>) -> Reach<'m> {
        Reach { hardware, runs_on, closed_on: HashMap::new() }
    }

    /// Notes that a notice for some hardware closes a vulnerability in a state.
    pub(crate) fn closes(&mut self, on: &'m [Id], id: &'m VulnId, state: usize) {
        self.closed_on.entry((id, state)).or_default().extend(on);
    }

    /// Whether an entry of a notice for some hardware counts for a state.
    ///
    /// What closes a vulnerability counts on the hardware of its notice. For all hardware together it counts if notices
    /// close it on each that the state runs on. What leaves it open counts everywhere, except where another notice that
    /// names the hardware closes it.
    pub(crate) fn counts(&self, on: &[Id], status: &'m Status, state: usize) -> bool {
        let (runs_on, closed_on) = (&self.runs_on[state], self.closed_on.get(&(&status.id, state)));
        let is_closed_on = |hardware: &&Id| closed_on.is_some_and(|on| on.contains(hardware));
        let is_open = status.standing.is_open();
        match self.hardware.filter(|hardware| runs_on.contains(hardware)) {
            Some(hardware) => on.contains(hardware) || is_open && !is_closed_on(&hardware),
            None => is_open || runs_on.iter().all(is_closed_on),
        }
    }
}
