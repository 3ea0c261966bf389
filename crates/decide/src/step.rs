//! What to do about a step: told, wanted, approved, put off, or simply installed.

use crate::candidates::{Offered, Step};
use crate::choices::Choices;
use crate::clock::Clock;
use crate::device::Device;
use crate::postpone::{Postponed, granted};
use crate::verdict::{Approval, Profile, Reason, Verdict};
use pkg_format::manifest::release::EnvironmentCost;
use pkg_format::manifest::{Automatic, Cost, Release};

/// What to do about one step, why, and within how many seconds.
#[derive(Clone, Copy)]
pub(super) struct Outcome {
    pub(super) verdict: Verdict,
    pub(super) reason: Reason,
    pub(super) left: Option<u64>,
}

impl Outcome {
    fn new(verdict: Verdict, reason: Reason) -> Self {
        Outcome { verdict, reason, left: None }
    }
}

/// The step to speak of now. While a security step exists nothing else is looked at; among several the
/// first is the best, but one that may be installed, or of which nobody was told, does not wait for one
/// that has to; nor does any wait for one that was declined.
pub(super) fn choose<'a>(
    offered: &Offered<'a>,
    device: &Device,
    choices: &Choices,
    clock: Clock,
) -> Option<(Step<'a>, Outcome)> {
    let security_only = offered.steps.iter().any(Step::is_security);
    let steps = offered.steps.iter().filter(|s| s.is_security() || !security_only);
    let outcomes = steps.map(|s| (*s, outcome(s, device, choices, clock)));
    // Of equals the first is taken.
    outcomes.enumerate().min_by_key(|(at, (_, o))| (rank(*at, o), *at)).map(|(_, found)| found)
}

/// How long a step at this place may wait for another to be spoken of.
fn rank(at: usize, outcome: &Outcome) -> u8 {
    match (outcome.verdict, outcome.reason) {
        // Nothing comes before telling of the best.
        (Verdict::Notify, _) if at == 0 => 0,
        (Verdict::Install, _) => 1,
        (Verdict::Notify, _) => 2,
        (_, Reason::Declined) => 4,
        _ => 3,
    }
}

fn outcome(step: &Step<'_>, device: &Device, choices: &Choices, clock: Clock) -> Outcome {
    let (release, digest) = (step.release, step.package.manifest_digest());
    let Some(told) = choices.told(&digest) else { return Outcome::new(Verdict::Notify, Reason::NotNotified) };
    let ready = |reason| {
        let left = install_within(release).map(|within| within.saturating_sub(told.since(clock)));
        match (device.busy, left) {
            (false, left) => Outcome { verdict: Verdict::Install, reason, left },
            (true, Some(0)) => Outcome::new(Verdict::Wait, Reason::Overdue),
            (true, left) => Outcome { verdict: Verdict::Wait, reason: Reason::Busy, left },
        }
    };
    if choices.approved == Some(digest) {
        return ready(Reason::Approved);
    }
    if choices.declined.contains(&digest) {
        // A fix can be had at any time; nobody is asked about a feature twice.
        let verdict = if release.security().is_some() { Verdict::AskApproval } else { Verdict::Nothing };
        return Outcome::new(verdict, Reason::Declined);
    }
    // Put off for a release that grants more often, another does not wait longer than it grants itself.
    let granted = |p: &&Postponed| p.count <= granted(release);
    let feature = release.security().is_none().then_some(&choices.postponed_feature);
    let put_off = [Some(&choices.postponed), feature].into_iter().flatten().filter(granted);
    if let Some(left) = put_off.filter_map(|p| p.left(clock)).max() {
        return Outcome { verdict: Verdict::Wait, reason: Reason::Postponed, left: Some(left) };
    }
    let Some(reason) = needs_approval(step, device.profile, choices) else {
        return ready(Reason::Automatic);
    };
    let first_download =
        choices.approval == Approval::DownloadAndInstall && choices.approved_download != Some(digest);
    Outcome::new(if first_download { Verdict::AskDownload } else { Verdict::AskApproval }, reason)
}

/// Why a step is not installed unless the user approves it.
fn needs_approval(step: &Step<'_>, profile: Profile, choices: &Choices) -> Option<Reason> {
    let release = step.release;
    if step.is_testing() {
        return Some(Reason::Testing);
    }
    match (release.security().is_some(), choices.automatic_security) {
        (true, Some(false)) => return Some(Reason::OptedOut),
        (false, _) if !choices.automatic_feature => return Some(Reason::FeatureNotChosen),
        _ => {}
    }
    // A fix is free (CRA Annex I II(8)). What needs something that is not is for the user to decide.
    if costs(release) {
        return Some(Reason::Costs);
    }
    if !matches!(release.automatic, Some(Automatic::Applicable { .. })) {
        return Some(Reason::AutoNotApplicable);
    }
    if release.security().is_some() && choices.automatic_security.is_none() && profile != Profile::Consumer {
        return Some(Reason::AutoNotChosen);
    }
    (choices.approval != Approval::None).then_some(Reason::ApprovalRequired)
}

fn costs(release: &Release) -> bool {
    release.cost == Cost::Paid || release.identity.environment_cost != EnvironmentCost::None
}

/// How soon after its notice a release is installed.
fn install_within(release: &Release) -> Option<u64> {
    match &release.automatic {
        Some(Automatic::Applicable { install_within, .. }) => Some(*install_within),
        Some(Automatic::NotApplicable { install_within, .. }) => *install_within,
        None => None,
    }
}
