//! Every policy and every sequence of six events, in a world small enough to be seen whole.
//!
//! The world keeps its own account of what was shown, approved and put off, apart from that of the
//! library, and holds it against each decision.

use super::packages::{change_is_fix, feature, notice, security, verified, withdrawal_of};
use pkg_decide::DeviceState;
use pkg_decide::{
    Approval, Choices, Clock, Decision, Device, LONGEST, Profile, Reason, UpToDate, Verdict, decide, granted,
};
use pkg_tests::device;
use pkg_tests::fake::path::num;
use pkg_tests::longer;
use pkg_verify::Statements;
use std::collections::{BTreeMap, HashSet};
use std::hash::{BuildHasher, RandomState};

/// How long the sequences are, unless the environment says otherwise.
const DEPTH: usize = 6;

const S7: usize = 0;
const S8: usize = 1;
const FEATURE: usize = 2;
const NOTICE: usize = 3;
const WITHDRAWAL: usize = 4;

/// What may happen.
#[derive(Debug, Clone, Copy)]
enum Event {
    Offer(usize),
    /// The client shows what it is told to show.
    Show,
    /// The user approves a release, whatever the client asked.
    Approve(usize),
    ApproveDownload,
    Decline,
    Postpone,
    OptOut,
    OptIn,
    /// A day by the monotonic clock; any other clock goes along.
    Day,
    ClockLost,
    /// A year back.
    ClockBack,
    Busy,
    /// The client does what it is told, and confirms that the device started.
    Install,
}

const EVENTS: &[Event] = &[
    Event::Offer(S7),
    Event::Offer(S8),
    Event::Offer(FEATURE),
    Event::Offer(NOTICE),
    Event::Offer(WITHDRAWAL),
    Event::Show,
    Event::Approve(S7),
    Event::Approve(S8),
    Event::Approve(FEATURE),
    Event::ApproveDownload,
    Event::Decline,
    Event::Postpone,
    Event::OptOut,
    Event::OptIn,
    Event::Day,
    Event::ClockLost,
    Event::ClockBack,
    Event::Busy,
    Event::Install,
];

/// A moment.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct World {
    /// Bit i: package i is offered.
    offered: u8,
    profile: Profile,
    busy: bool,
    clock: Clock,
    choices: Choices,
    /// What was installed, in this order.
    installed: Vec<usize>,
    /// The account of the test itself: what the user said of automatic security updates, bits of what
    /// was shown, what is approved, and how often fixes and features were put off since the last of them.
    automatic: Option<bool>,
    shown: u8,
    approved: Option<usize>,
    postponed: [u64; 2],
}

/// What stays the same.
struct Setting {
    packages: [Statements; 5],
    /// What runs after these installations.
    devices: BTreeMap<Vec<usize>, DeviceState>,
}

impl Setting {
    fn new() -> Self {
        // Two days are granted, so that six events can ask for more.
        let releases = [security(), change_is_fix(), feature()]
            .map(|f| f.set("automatic.max-postpone", num(2 * LONGEST)));
        let withdrawal = withdrawal_of(&releases[S7]);
        let [s7, s8, feature] = releases;
        let fakes = [s7, s8, feature, notice(), withdrawal];
        let packages = fakes.map(|f| verified(&f));
        let mut devices = BTreeMap::new();
        for order in [&[][..], &[S7], &[S8], &[FEATURE], &[S7, S8]] {
            let mut state = device::standard();
            order.iter().for_each(|i| state.install(&packages[*i]).expect("a scope of the device"));
            devices.insert(order.to_vec(), state);
        }
        Setting { packages, devices }
    }

    fn device(&self, world: &World) -> Device {
        let state = self.devices.get(&world.installed).unwrap_or_else(|| panic!("{:?}", world.installed));
        Device { profile: world.profile, busy: world.busy, ..Device::new(state.clone()) }
    }

    fn offered<'a>(&'a self, world: &World) -> (Vec<usize>, Vec<&'a Statements>) {
        let indexes: Vec<_> = (0..5).filter(|i| world.offered & (1 << i) != 0).collect();
        let packages = indexes.iter().map(|i| &self.packages[*i]).collect();
        (indexes, packages)
    }

    /// The decision, and which package it is about.
    fn decide(&self, world: &World) -> (Decision, Option<usize>) {
        let (indexes, packages) = self.offered(world);
        let decision = decide(&self.device(world), &world.choices, &packages, world.clock);
        let about = decision.candidate.map(|i| indexes[i]);
        (decision, about)
    }

    /// The same decision when the packages come in another order: must be the same.
    fn decide_reversed(&self, world: &World) -> (Decision, Option<usize>) {
        let (mut indexes, mut packages) = self.offered(world);
        indexes.reverse();
        packages.reverse();
        let decision = decide(&self.device(world), &world.choices, &packages, world.clock);
        let about = decision.candidate.map(|i| indexes[i]);
        (decision, about)
    }

    /// Security steps that lead from what runs, by the account of the test.
    fn security_steps(&self, world: &World) -> Vec<usize> {
        let there = |i: usize| world.offered & (1 << i) != 0;
        let level = match world.installed.as_slice() {
            [] => 6,
            [.., S7] => 7,
            [.., S8] => 8,
            _ => return Vec::new(), // another feature level: the line is left
        };
        let s7 = there(S7) && level < 7 && !there(WITHDRAWAL);
        let s8 = there(S8) && level < 8;
        [(s7, S7), (s8, S8)].into_iter().filter(|(is, _)| *is).map(|(_, i)| i).collect()
    }

    /// What follows from an event; none where it changes nothing.
    fn after(&self, world: &World, decision: &Decision, about: Option<usize>, event: Event) -> Option<World> {
        let mut next = world.clone();
        match event {
            Event::Offer(i) => {
                next.offered |= 1 << i;
                next.choices.heard(&self.packages[i]);
            }
            Event::Show => {
                let i = about.filter(|_| decision.notice.is_some())?;
                next.choices.notified(&self.packages[i], world.clock);
                next.shown |= 1 << i;
            }
            Event::Approve(i) => {
                next.choices.approve(self.packages[i].manifest_digest());
                next.approved = Some(i);
            }
            Event::ApproveDownload => {
                let i = about.filter(|i| *i < NOTICE)?;
                next.choices.approve_download(self.packages[i].manifest_digest());
            }
            Event::Decline => {
                let i = about.filter(|i| *i < NOTICE)?;
                next.choices.decline(self.packages[i].manifest_digest());
                next.approved = next.approved.filter(|a| *a != i);
            }
            Event::Postpone => {
                let i = about.filter(|i| *i < NOTICE)?;
                if next.choices.postpone(&self.packages[i], world.clock).is_ok() {
                    next.postponed[usize::from(i == FEATURE)] += 1;
                    next.approved = next.approved.filter(|a| *a != i);
                }
            }
            Event::OptOut => {
                next.choices.opt_out();
                next.automatic = Some(false);
            }
            Event::OptIn => {
                next.choices.opt_in();
                next.automatic = Some(true);
            }
            Event::Day => {
                next.choices.pass(LONGEST);
                if let Clock::Trusted(now) = next.clock {
                    next.clock = Clock::Trusted(now + LONGEST);
                }
            }
            Event::ClockLost => next.clock = Clock::None,
            Event::ClockBack => {
                let Clock::Trusted(now) = next.clock else { return None };
                next.clock = Clock::Trusted(now - 31_536_000);
            }
            Event::Busy => next.busy = !next.busy,
            Event::Install => {
                let i = about.filter(|_| decision.verdict == Verdict::Install)?;
                next.choices.installed(&self.packages[i]);
                next.installed.push(i);
                next.approved = next.approved.filter(|a| *a != i);
                // What runs now is not told of again; a later offer of the same would be.
                next.shown &= !(1 << i);
                next.postponed[usize::from(i == FEATURE)] = 0;
            }
        }
        (next != *world).then_some(next)
    }

    /// The properties of one moment.
    fn hold(&self, world: &World, decision: &Decision, about: Option<usize>) {
        let at = || format!("{decision:#?}\n{world:#?}");
        let steps = self.security_steps(world);
        assert_eq!(decision.up_to_date_security == UpToDate::No, !steps.is_empty(), "{}", at());
        // Whatever it is about speaks to the user.
        if let Some(i) = about.filter(|_| !matches!(decision.verdict, Verdict::Refuse | Verdict::Nothing)) {
            let said = decision.notice.as_ref().unwrap_or_else(|| panic!("no notice\n{}", at()));
            assert!(!said.title.is_empty() && !said.text.is_empty(), "{}", at());
            // What changes is said with the notice, before anybody agrees to it.
            assert!(i != S8 || said.text.contains("restricted: Passwords are asked for."), "{}", at());
        }
        // No setting silences a notice for a device that it names.
        let unshown = world.offered & !world.shown & (1 << NOTICE) != 0;
        if unshown && world.installed.is_empty() {
            assert_eq!((decision.verdict, about), (Verdict::Advise, Some(NOTICE)), "{}", at());
        }
        if let Some(i @ (S7 | S8)) = about.filter(|_| decision.verdict == Verdict::Wait) {
            assert!(world.shown & (1 << i) != 0, "waits untold\n{}", at());
        }
        if decision.verdict == Verdict::Install {
            self.may_install(world, decision, about.expect("a package"), &steps);
        }
        if decision.reason == Reason::Postponed {
            let mut later = world.clone();
            later.choices.pass(LONGEST);
            assert_ne!(self.decide(&later).0.reason, Reason::Postponed, "without end\n{}", at());
        }
        let most = granted(self.packages[S7].manifest().release().expect("a release"));
        let counted = [&world.choices.postponed, &world.choices.postponed_feature].map(|p| p.count);
        assert!(counted == world.postponed && counted.iter().all(|count| *count <= most), "{}", at());
    }

    fn may_install(&self, world: &World, decision: &Decision, i: usize, steps: &[usize]) {
        let at = || format!("{decision:#?}\n{world:#?}");
        let approved = world.approved == Some(i);
        assert!(world.shown & (1 << i) != 0, "no notice before\n{}", at());
        assert_eq!(decision.reason == Reason::Approved, approved, "approval of another\n{}", at());
        assert!(world.choices.approval == Approval::None || approved, "not approved\n{}", at());
        assert!(!world.busy, "busy\n{}", at());
        assert!(!(i == S7 && world.offered & (1 << WITHDRAWAL) != 0), "withdrawn\n{}", at());
        match i {
            FEATURE => {
                assert!(world.choices.automatic_feature || approved, "not wanted\n{}", at());
                assert!(steps.is_empty(), "before a security step\n{}", at());
            }
            S7 | S8 => {
                assert!(steps.contains(&i), "no step\n{}", at());
                assert!(world.automatic != Some(false) || approved, "opted out\n{}", at());
                let chosen = world.profile == Profile::Consumer || world.automatic == Some(true);
                assert!(chosen || approved, "not chosen\n{}", at());
            }
            _ => panic!("words are not installed\n{}", at()),
        }
    }

    /// From here, what users and time may do leads to the installation of a security step.
    fn can_be_installed(&self, from: &World) {
        let mut world = from.clone();
        for _ in 0..12 {
            let (decision, about) = self.decide(&world);
            let i = about.unwrap_or_else(|| panic!("about nothing\n{from:#?}"));
            let event = match decision.verdict {
                Verdict::Install if i == S7 || i == S8 => return,
                Verdict::Notify | Verdict::Advise => Event::Show,
                Verdict::AskDownload => Event::ApproveDownload,
                Verdict::AskApproval => Event::Approve(i),
                Verdict::Wait if decision.reason == Reason::Postponed => Event::Day,
                Verdict::Wait => Event::Busy,
                other => panic!("{other} of {i}\n{from:#?}"),
            };
            world =
                self.after(&world, &decision, about, event).unwrap_or_else(|| panic!("stuck\n{world:#?}"));
        }
        panic!("never installed\n{from:#?}");
    }
}

/// Every policy to begin with. What the user opts in and out of comes by events.
fn policies() -> Vec<World> {
    let mut all = Vec::new();
    for (profile, automatic_security) in [
        (Profile::Consumer, None),
        (Profile::Consumer, Some(false)),
        (Profile::Industrial, None),
        (Profile::ProfessionalNetwork, Some(true)),
    ] {
        for approval in Approval::ALL {
            for automatic_feature in [false, true] {
                let choices = Choices {
                    automatic_security,
                    automatic_feature,
                    approval: *approval,
                    ..Choices::default()
                };
                all.push(World {
                    offered: 0,
                    profile,
                    busy: false,
                    clock: Clock::Trusted(1_796_083_200),
                    choices,
                    installed: Vec::new(),
                    automatic: automatic_security,
                    shown: 0,
                    approved: None,
                    postponed: [0; 2],
                });
            }
        }
    }
    all
}

#[test]
fn every_policy_and_six_events() {
    let setting = Setting::new();
    // A hash of 64 bits stands for a world: that two of a million share one is less likely than 1 to 10^7.
    let hasher = RandomState::new();
    let name = |w: &World| hasher.hash_one(w);
    let mut seen = HashSet::new();
    let mut frontier = policies();
    let (mut states, mut transitions, mut verdicts) = (0u64, 0u64, BTreeMap::new());
    seen.extend(frontier.iter().map(name));
    let length = longer::setting("PKG_EVENTS", DEPTH);
    for depth in 0..=length {
        let mut next = Vec::new();
        for world in &frontier {
            let (decision, about) = setting.decide(world);
            setting.hold(world, &decision, about);
            let (again, about_again) = setting.decide_reversed(world);
            assert_eq!(
                (again.verdict, again.reason, about_again),
                (decision.verdict, decision.reason, about)
            );
            assert_eq!((again.notice, again.left), (decision.notice.clone(), decision.left));
            let installs = decision.verdict == Verdict::Install && about != Some(FEATURE);
            if !setting.security_steps(world).is_empty() && !installs {
                setting.can_be_installed(world);
            }
            states += 1;
            *verdicts.entry(format!("{} {}", decision.verdict, decision.reason)).or_insert(0u64) += 1;
            if depth == length {
                continue;
            }
            for event in EVENTS {
                let Some(after) = setting.after(world, &decision, about, *event) else { continue };
                transitions += 1;
                if seen.insert(name(&after)) {
                    next.push(after);
                }
            }
        }
        println!("depth {depth}: {} states", frontier.len());
        frontier = next;
    }
    println!("{} policies, {states} states, {transitions} transitions", policies().len());
    println!("{verdicts:#?}");
    // What was meant to happen did happen.
    for expected in ["install automatic", "install approved", "wait postponed", "ask-approval opted-out"] {
        assert!(verdicts.contains_key(expected), "{expected} never came");
    }
}
