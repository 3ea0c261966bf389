//! What a client should do now, and why (SPEC 9.3).
//!
//! [`decide`] is a pure function of verified packages, what the device is and runs, what its user chose
//! and was told, and the time, where there is a clock to trust. It reads nothing, remembers nothing and
//! asks nobody: the client does what the [`Decision`] says, tells [`Choices`] what came of it, and asks
//! again.
//!
//! ```
//! use pkg_verify::decide::{Choices, Clock, Device, Reason, Verdict, decide};
//! use pkg_verify::format::{Digest, Id};
//! use pkg_verify::{DeviceState, ExampleKeys, Installed, Keyring, Policy, Scope, open};
//!
//! # fn main() -> pkg_verify::Result<()> {
//! # const FILE: &[u8] = include_bytes!("../../../../testdata/golden/format-1/cam-x1-1.4.3.full.pkg");
//! # const KEYRING: &[u8] = include_bytes!("../../../../keys-example/EXAMPLE.keyring");
//! let keyring = Keyring::open(KEYRING, ExampleKeys::DangerAccept)?;
//! let package = open(FILE)?.verify(&keyring, &Policy::default())?;
//! let runs = Installed {
//!     line: Id::new("1.4")?,
//!     sequence: 1,
//!     feature_level: 1,
//!     security_level: 1,
//!     manifest: None,
//!     images: vec![(Id::new("kernel")?, Digest([1; 32])), (Id::new("rootfs")?, Digest([2; 32]))],
//!     signed: None,
//!     disowned: None,
//! };
//! let scopes = vec![Scope::running(Id::new("product")?, runs)];
//! let (vendor, name, hardware) = (Id::new("acme")?, Id::new("cam-x1")?, vec![Id::new("rev-b")?]);
//! let device = Device::new(DeviceState { vendor, name, hardware, scopes });
//! let mut choices = Choices::default();
//! let clock = Clock::None;
//!
//! // Nothing is installed before the user was told of it.
//! let decision = decide(&device, &choices, &[&package], clock);
//! assert_eq!((decision.verdict, decision.reason), (Verdict::Notify, Reason::NotNotified));
//! println!("{}", decision.notice.unwrap().title);
//! choices.notified(&package, clock);
//!
//! // The user puts it off; monotonic time passes.
//! choices.postpone(&package, clock).unwrap();
//! assert_eq!(decide(&device, &choices, &[&package], clock).verdict, Verdict::Wait);
//! choices.pass(24 * 3_600);
//!
//! // Security updates install themselves, unless the user opted out …
//! assert_eq!(decide(&device, &choices, &[&package], clock).verdict, Verdict::Install);
//! choices.opt_out();
//! assert_eq!(decide(&device, &choices, &[&package], clock).reason, Reason::OptedOut);
//! // … and even then this very one, if the user approves it.
//! choices.approve(package.manifest_digest());
//! assert_eq!(decide(&device, &choices, &[&package], clock).verdict, Verdict::Install);
//! # Ok(()) }
//! ```

mod candidates;
mod choice;
mod notice;
mod postpone;
mod record;
mod step;
mod support;
mod withdrawn;
mod word;

pub use choice::{Choices, Notified, Superseded};
pub use notice::NoticeText;
pub use postpone::{LONGEST, NoMore, Postponed, granted};
pub use record::{Chain, Record};
pub use withdrawn::{Target, Withdrawals, Withdrawer};
pub use word::{Approval, Profile, Reason, UpToDate, Verdict};

use crate::device::DeviceState;
use crate::policy::Policy;
use crate::statements::Statements;
use alloc::vec::Vec;
use candidates::Offered;
use pkg_format::{Digest, Refusal};

/// The time, if there is a clock to trust. None is a state of its own: nothing is guessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Clock {
    /// There is none, or nobody vouches for it.
    None,
    /// Unix seconds.
    Trusted(u64),
}

impl Clock {
    /// Unix seconds, where they are known.
    pub fn now(self) -> Option<u64> {
        match self {
            Clock::None => None,
            Clock::Trusted(now) => Some(now),
        }
    }
}

/// The device at this moment.
#[derive(Debug, Clone)]
pub struct Device {
    /// What it is and what runs on it.
    pub state: DeviceState,
    /// What it accepts.
    pub policy: Policy,
    /// What kind of device it is.
    pub profile: Profile,
    /// Whether it does something now that must not be interrupted.
    pub busy: bool,
}

impl Device {
    /// A consumer's device with the default policy that has nothing else to do.
    pub fn new(state: DeviceState) -> Self {
        Device { state, policy: Policy::default(), profile: Profile::Consumer, busy: false }
    }
}

/// What to do now.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// Whether the support period is over; known only with a clock, and never a reason to withhold
    /// anything.
    pub support_ended: bool,
    /// The words for the user.
    pub notice: Option<NoticeText>,
    /// Which candidates may not be used here, and by which rule.
    pub refused: Vec<Refused>,
}

/// A candidate that may not be used here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Which one.
    pub index: usize,
    /// Why.
    pub refusal: Refusal,
}

/// What the client should do now.
///
/// Words come first, then security steps, then others. What comes out depends on nothing but what goes
/// in: twice the same question has twice the same answer.
pub fn decide(device: &Device, choices: &Choices, candidates: &[&Statements], clock: Clock) -> Decision {
    let offered = Offered::of(device, choices, candidates);
    let lang = choices.language.as_ref();
    let words = notice::unshown(&offered.words, device, choices);
    let step = step::choose(&offered, device, choices, clock);
    // More words than are remembered as shown come again and again: no fix waits for their end.
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
        support_ended: offered.installed.iter().any(|(_, r)| ended(r))
            || step.as_ref().is_some_and(|(s, _)| ended(s.release)),
        notice: None,
        refused: Vec::new(),
    };
    match (words, step) {
        (Ok((index, words)), _) => {
            decision.verdict = Verdict::Advise;
            decision.reason = match words.manifest.kind() {
                pkg_format::manifest::Kind::Withdrawal => Reason::WithdrawnInstalled,
                _ => Reason::Affected,
            };
            decision.candidate = Some(index);
            decision.notice = Some(notice::of_words(&words.manifest, device, lang));
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
            let digest = |index: &usize| candidates.get(*index).map(|c| c.digest);
            let installed = offered.installed.iter().map(|(index, _)| *index).min_by_key(digest);
            let refused = offered.refused.iter().map(|r| r.index).min_by_key(digest);
            (decision.reason, decision.candidate) = match (silent, installed, refused) {
                (_, Some(index), _) => (Reason::UpToDate, Some(index)),
                (Some(reason), None, _) => (reason, None),
                (None, None, Some(index)) => (Reason::Refused, Some(index)),
                (None, None, None) => (Reason::NothingOffered, None),
            };
            if decision.reason == Reason::Refused {
                decision.verdict = Verdict::Refuse;
            }
        }
    }
    decision.manifest = decision.candidate.and_then(|i| candidates.get(i)).map(|c| c.digest);
    decision.refused = offered.refused;
    decision
}
