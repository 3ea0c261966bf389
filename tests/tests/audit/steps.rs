//! The steps of the audit are those that devices take: random pairs of real packages, held against a device by
//! `decide` and put into a set for the audit. Both ask the same function about counters and classes; this test is
//! about what each adds to it: hardware, references to states and manifests, and deltas.
//!
//! A pair is a state, and a release that fixes a vulnerability which is open there. So the audit shows whether there is
//! a step: a security step if G1 passes, a feature step if G1 names it as the one that nobody may be forced to take.

use pkg_audit::set::Set;
use pkg_audit::{AuditOptions, audit, load};
use pkg_decide::{DeviceState, Fit};
use pkg_format::{Digest, Rule, Tree};
use pkg_tests::device::{empty, id};
use pkg_tests::fake::kinds::CVE;
use pkg_tests::fake::path::{digest, list, map, num, text};
use pkg_tests::{Fake, keyrings};
use pkg_verify::{Keyring, Policy, Statements, open};
use std::collections::BTreeMap;

/// SplitMix64: the same pairs in each run.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % below
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.next(n) == 0
    }
}

/// What a verifier makes of it; nothing where it breaks a rule of its own.
pub(crate) fn verified(fake: &Fake, keyring: &Keyring) -> Option<Statements> {
    let bytes = fake.package();
    Some(open(&bytes[..]).ok()?.verify(keyring, &Policy::default()).ok()?.into_statements())
}

fn numbered(fake: Fake, line: &str, counters: [u64; 3]) -> Fake {
    fake.set("release.line", text(line))
        .set("sequence", num(counters[0]))
        .set("release.feature-level", num(counters[1]))
        .set("release.security-level", num(counters[2]))
}

fn hardware(random: &mut Random) -> Tree {
    match random.next(4) {
        0 => list([text("cam-x1")]),
        1 => list([text("cam-x2")]),
        _ => list([text("cam-x1"), text("cam-x2")]),
    }
}

/// The manifests that lead into the state, one or two.
fn states(random: &mut Random) -> Vec<Fake> {
    let counters = [2 + random.next(3), 1 + random.next(3), 1 + random.next(4)];
    let line = ["1", "2"][random.next(2) as usize];
    let state = numbered(Fake::feature(), line, counters)
        .set("id", text("cam-u"))
        .set("release.version", text("u"))
        .set("applies-to", list([]))
        .set("product.hardware", hardware(random))
        .set("images[0].sha256", digest(b"boot of u"))
        .set("images[1].sha256", digest(b"rootfs of u"));
    let other = state.clone().set("id", text("cam-u-again"));
    if random.one_in(4) { vec![state, other] } else { vec![state] }
}

/// A counter near another one.
fn near(random: &mut Random, from: u64) -> u64 {
    match random.next(6) {
        0 => from.saturating_sub(1).max(1),
        1 => from,
        _ => from + 1,
    }
}

/// The packages of a release: full, as a delta, or both.
fn step(random: &mut Random, from: &Statements, others: &[Digest]) -> Vec<Fake> {
    let old = from.manifest().release().expect("a release");
    let state = old.state(&from.manifest().common().product);
    let line =
        if random.one_in(4) { ["1", "2"][random.next(2) as usize] } else { old.identity.line.as_str() };
    let security = !random.one_in(3);
    let (features, security_level) = (old.identity.feature_level, near(random, old.identity.security_level));
    let feature_level = if security && !random.one_in(3) { features } else { near(random, features) };
    let counters = [near(random, from.manifest().common().sequence), feature_level, security_level];
    let full = match (security, random.next(3)) {
        (false, _) => Fake::feature().also_fixing(),
        (true, 0) => Fake::inseparable().set("changes[0].level", num(security_level)),
        (true, _) => Fake::security(),
    };
    let mut full = numbered(full, line, counters)
        .set("product.hardware", hardware(random))
        .set("images[0].sha256", digest(b"boot of p"))
        .set("images[1].sha256", digest(b"rootfs of p"))
        .set("release.version", text("p"))
        .set("id", text("cam-p"));
    if security {
        full = full.set("fixes[0].level", num(security_level));
    }
    let references = |all: &[Digest]| Tree::List(all.iter().map(|d| Tree::Bytes(d.0.to_vec())).collect());
    let applies_to = match random.next(6) {
        0 => references(&[state]),
        1 => references(&others[..1]),
        2 => references(others),
        3 => references(&[Digest::of(b"another state")]),
        _ if security => text("line"),
        _ => references(&[state]),
    };
    let affected = map([("id", text(CVE)), ("states", references(&[state])), ("status", text("affected"))]);
    full = full.set("applies-to", applies_to).set("statuses", list([affected]));
    let delta = |base: &[u8]| {
        full.clone().delivered_as(&Fake::delta().set_delivery("payloads[1].base.sha256", digest(base)))
    };
    match random.next(5) {
        0 => vec![delta(b"rootfs of u")],
        1 => vec![delta(b"rootfs of another")],
        2 => vec![delta(b"rootfs of u"), full],
        _ => vec![full],
    }
}

/// Whether every device of this hardware that runs the state takes one of the packages.
fn taken(hardware: &str, states: &[Statements], packages: &[Statements]) -> bool {
    states.iter().all(|installed| {
        let mut device = DeviceState { hardware: vec![id(hardware)], ..empty() };
        device.install(installed).expect("a scope of the device");
        packages.iter().any(|p| matches!(device.fits(p, &Policy::default()), Ok(Fit::Step)))
    })
}

#[test]
fn the_graph_has_the_steps_that_devices_take() {
    const PAIRS: usize = 1_500;
    let keyring = keyrings::standard();
    let mut random = Random(11);
    let mut seen: BTreeMap<(&str, bool), u64> = BTreeMap::new();
    for n in 0..PAIRS {
        let states: Vec<_> =
            states(&mut random).iter().map(|s| verified(s, &keyring).expect("a sound state")).collect();
        let manifests: Vec<_> = states.iter().map(|s| s.manifest_digest()).collect();
        let fakes = step(&mut random, &states[0], &manifests);
        // What no verifier accepts is in no graph.
        let packages: Option<Vec<_>> = fakes.iter().map(|p| verified(p, &keyring)).collect();
        let Some(packages) = packages else { continue };
        let set = Set { products: load::products(states.iter().chain(&packages)), ..Set::default() };
        let found = audit(&set, &AuditOptions::default());
        let runs = |s: &Statements, hardware: &str| {
            s.manifest().common().product.hardware.iter().any(|h| h.as_str() == hardware)
        };
        let security = packages[0].manifest().release().is_some_and(|r| r.security().is_some());
        for hardware in ["cam-x1", "cam-x2"] {
            if !runs(&states[0], hardware) || !runs(&packages[0], hardware) {
                continue;
            }
            let stuck = found
                .rule(Rule::G1)
                .expect("a rule of sets")
                .findings
                .iter()
                .find(|f| f.release == "u" && f.hardware.as_deref() == Some(hardware));
            let step = match security {
                true => stuck.is_none(),
                false => {
                    stuck.and_then(|f| f.forbidden_edge.as_deref()).is_some_and(|e| e.starts_with("u → p"))
                }
            };
            let device = taken(hardware, &states, &packages);
            assert_eq!(
                step,
                device,
                "pair {n}, {hardware}: the audit says {step}, a device {device}: {:#?} {:#?} {stuck:#?}",
                states[0].manifest(),
                packages[0].manifest()
            );
            let class = if security { "security" } else { "feature" };
            *seen.entry((class, device)).or_default() += 1;
        }
    }
    println!("{seen:?}");
    // Pairs in which every step is taken, or none, would prove nothing.
    assert!(seen.len() == 4 && seen.values().all(|n| *n > 100), "{seen:?}");
}
