//! The decision: one function over what the device, its user and the makers said.

use crate::candidates::{Offered, Refused};
use crate::choices::Choices;
use crate::clock::Clock;
use crate::device::Device;
use crate::notice::{self, NoticeText};
use crate::verdict::{Reason, UpToDate, Verdict};
use crate::{step, support};
use alloc::vec::Vec;
use pkg_format::Digest;
use pkg_format::manifest::{Body, Corrective};
use pkg_verify::Statements;

/// What to do now.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Decision {
    /// What to do.
    pub verdict: Verdict,
    /// Why.
    pub reason: Reason,
    /// Which of the candidates it is about.
    pub candidate: Option<usize>,
    /// The digest of that candidate's manifest: what approvals are bound to.
    pub manifest: Option<Digest>,
    /// Seconds from now: the wait ends then, or the installation is done by then.
    pub left: Option<u64>,
    /// The same as unix seconds, where there is a clock to trust.
    pub until: Option<u64>,
    /// Whether a security step is missing.
    pub up_to_date_security: UpToDate,
    /// What the maker does about what is installed where that was withdrawn, the strictest; none where it was not.
    /// Known from the withdrawals that are offered, and from those that are remembered.
    pub corrective: Option<Corrective>,
    /// Whether the support period is over; known only with a clock, and never a reason to withhold
    /// anything.
    pub support_ended: bool,
    /// The text for the user.
    pub notice: Option<NoticeText>,
    /// Which candidates may not be used here, and by which rule.
    pub refused: Vec<Refused>,
}

/// What the client should do now.
///
/// Notices and withdrawals come first, then security steps, then others. The result depends on the arguments alone:
/// the same question has the same answer.
pub fn decide(device: &Device, choices: &Choices, candidates: &[&Statements], clock: Clock) -> Decision {
    let offered = Offered::new(device, choices, candidates);
    let lang = choices.language.as_ref();
    let words = notice::unshown(&offered.words, &offered.here, choices);
    let step = step::choose(&offered, device, choices, clock);
    // More notices than are remembered as shown come again and again: no fix waits for their end.
    let goes_on = |outcome: &step::Outcome| matches!(outcome.verdict, Verdict::Notify | Verdict::Install);
    let hurries = words.crowded && step.as_ref().is_some_and(|(_, outcome)| goes_on(outcome));
    let words = if hurries { Err(None) } else { words.next };
    let ended = |release| clock.now().is_some_and(|now| support::ended(release, now));
    let mut decision = Decision {
        verdict: Verdict::Nothing,
        reason: Reason::NothingOffered,
        candidate: None,
        manifest: None,
        left: None,
        until: None,
        up_to_date_security: offered.up_to_date,
        corrective: offered.corrective,
        support_ended: offered.installed.iter().any(|(_, r)| ended(r))
            || step.as_ref().is_some_and(|(s, _)| ended(s.release)),
        notice: None,
        refused: Vec::new(),
    };
    match (words, step) {
        (Ok((index, words)), _) => {
            decision.verdict = Verdict::Advise;
            decision.reason = match words.manifest().body() {
                Body::Withdrawal(w) => taken_back(w.corrective),
                _ => Reason::Affected,
            };
            decision.candidate = Some(index);
            decision.notice = Some(notice::of_words(words.manifest(), &offered.here, lang));
        }
        (Err(_), Some((step, outcome))) => {
            decision.verdict = outcome.verdict;
            decision.reason = outcome.reason;
            decision.candidate = Some(step.index);
            decision.left = outcome.left;
            decision.until = clock.now().zip(outcome.left).map(|(now, left)| now.saturating_add(left));
            decision.notice = Some(notice::of_step(&step, lang));
        }
        (Err(silent), None) => {
            // The same one in whatever order they come.
            let digest = |index: &usize| candidates.get(*index).map(|c| c.manifest_digest());
            let installed = offered.installed.iter().map(|(index, _)| *index).min_by_key(digest);
            let refused = offered.refused.iter().map(|r| r.index).min_by_key(digest);
            let at_hand = offered.corrective.map_or(Reason::UpToDate, taken_back);
            (decision.reason, decision.candidate) = match (silent, installed, refused) {
                (_, Some(index), _) => (at_hand, Some(index)),
                (Some(reason), None, _) => (reason, None),
                (None, None, Some(index)) => (Reason::Refused, Some(index)),
                (None, None, None) => (Reason::NothingOffered, None),
            };
            if decision.reason == Reason::Refused {
                decision.verdict = Verdict::Refuse;
            }
        }
    }
    decision.manifest = decision.candidate.and_then(|i| candidates.get(i)).map(|c| c.manifest_digest());
    decision.refused = offered.refused;
    decision
}

/// The reason that says what the maker does about what is installed.
fn taken_back(corrective: Corrective) -> Reason {
    match corrective {
        Corrective::Withdraw => Reason::WithdrawnInstalled,
        Corrective::Recall => Reason::Recalled,
        Corrective::StopUse => Reason::StopUse,
    }
}
