//! On random histories of real packages, devices, the plan and the audit say the same. A device takes every security update
//! that it is offered; the test knows of itself what is fixed where it ends. The audit fails that state (G1) exactly where
//! something is open there that others have fixed. Who has no way to fixes by the audit ends in such a state.

use super::DAY;
use super::steps::{Random, verified};
use pkg_audit::load::{self, Extent};
use pkg_audit::plan::{PlanOptions, Task, plan};
use pkg_audit::{AuditOptions, audit};
use pkg_decide::{Choices, Clock, Device, DeviceState, Installed, Scope, decide};
use pkg_format::manifest::{AppliesTo, Release};
use pkg_format::{Digest, Rule, Tree};
use pkg_tests::device::id;
use pkg_tests::fake::path::{self, num, text};
use pkg_tests::project::ISSUED;
use pkg_tests::{Fake, keyrings, longer};
use pkg_verify::Statements;
use std::collections::BTreeSet;
use std::num::NonZeroUsize;

/// How many histories, unless the environment says otherwise.
const HISTORIES: usize = 150;
const IDS: [&str; 3] = ["CVE-2026-10000", "CVE-2026-10001", "CVE-2026-10002"];
const HARDWARE: [&str; 2] = ["cam-x1", "cam-x2"];

/// A release that verifies.
struct Made {
    bytes: Vec<u8>,
    statements: Statements,
}

impl Made {
    fn release(&self) -> &Release {
        self.statements.manifest().release().expect("a release")
    }

    fn state(&self) -> Digest {
        self.release().state(&self.statements.manifest().common().product)
    }

    fn runs_on(&self, hardware: &str) -> bool {
        self.statements.manifest().common().product.hardware.iter().any(|h| h.as_str() == hardware)
    }

    fn names(&self, id: &str) -> bool {
        self.release().security().is_some_and(|s| s.fixes.iter().any(|f| f.id.as_str() == id))
    }

    /// Whether it fixes a vulnerability, or was built from one that does.
    fn fixed(&self, id: &str, all: &[Made]) -> bool {
        let mut parents = all.iter().filter(|m| self.release().from.contains(&m.state()));
        self.names(id) || parents.any(|m| m.fixed(id, all))
    }

    /// Whether it applies to another.
    fn applies_to(&self, other: &Made) -> bool {
        let (new, old) = (&self.release().identity, &other.release().identity);
        match &self.release().applies_to {
            AppliesTo::States(states) => states.contains(&other.state()),
            AppliesTo::Line => {
                (&new.line, new.feature_level) == (&old.line, old.feature_level)
                    && old.security_level < new.security_level
            }
        }
    }

    /// A device of this hardware that runs it from the factory.
    fn device(&self, hardware: &str) -> DeviceState {
        let (common, release) = (self.statements.manifest().common(), self.release());
        let identity = &release.identity;
        let installed = Installed::new(
            identity.line.clone(),
            common.sequence,
            identity.feature_level,
            identity.security_level,
            release.images.iter().map(|i| (i.component.clone(), i.sha256)).collect(),
        );
        let scopes = vec![Scope::running(identity.scope.clone(), installed)];
        DeviceState::new(
            common.product.vendor.clone(),
            common.product.name.clone(),
            vec![id(hardware)],
            scopes,
        )
    }
}

/// Digests in ascending order, some of these.
fn some(random: &mut Random, of: &[Made]) -> Tree {
    let picked: BTreeSet<Digest> = of.iter().filter(|_| random.next(2) == 0).map(Made::state).collect();
    Tree::List(picked.iter().map(|d| Tree::Bytes(d.0.to_vec())).collect())
}

/// A history of up to six releases on two lines. A release that the verifier refuses is left out.
fn history(random: &mut Random) -> Vec<Made> {
    let mut all: Vec<Made> = Vec::new();
    let (mut sequences, keyring) = ([0; 2], keyrings::standard());
    for n in 0..3 + random.next(4) {
        let line = random.next(2) as usize;
        sequences[line] += 1;
        let (feature_level, security_level) = (1 + line as u64, 1 + random.next(4));
        let is_security = n > 0 && random.next(3) > 0;
        let fake = if is_security { Fake::security() } else { Fake::feature() };
        let image = |what: &str| Tree::Bytes(Digest::of(format!("{what} {n}").as_bytes()).0.to_vec());
        let mut fake = fake
            .set("id", text(&format!("cam-{n}")))
            .set("sequence", num(sequences[line]))
            .set("issued", num(ISSUED + n * DAY))
            .set("release.version", text(&format!("{n}.0")))
            .set("release.line", text(&format!("{}", line + 1)))
            .set("release.feature-level", num(feature_level))
            .set("release.security-level", num(security_level))
            .set("images[0].sha256", image("boot"))
            .set("images[1].sha256", image("rootfs"));
        let hardware = match random.next(5) {
            0 => &HARDWARE[random.next(2) as usize..][..1],
            _ => &HARDWARE[..],
        };
        fake = fake.set("product.hardware", Tree::List(hardware.iter().map(|h| text(h)).collect()));
        if is_security {
            let mut template = Tree::Bool(false);
            fake = fake.alter("fixes[0]", |fix| template = fix.clone());
            path::set(&mut template, "id", text(IDS[random.next(3) as usize]));
            path::set(&mut template, "level", num(security_level));
            fake = fake.set("fixes", Tree::List(vec![template]));
            if random.next(3) == 0 {
                fake = fake.set("applies-to", some(random, &all));
            }
        } else {
            fake = fake.set("applies-to", some(random, &all));
        }
        let parents = some(random, &all);
        if parents != Tree::List(Vec::new()) {
            fake = fake.set("from", parents);
        }
        if let Some(statements) = verified(&fake, &keyring) {
            all.push(Made { bytes: fake.package(), statements });
        }
    }
    all
}

/// Whether nothing is open in a release that devices of some hardware have fixed elsewhere, or were left out of.
fn is_good(end: &Made, hardware: &str, all: &[Made]) -> bool {
    let is_patched = |id: &str| {
        all.iter().filter(|m| m.fixed(id, all)).any(|m| {
            let left_out = || all.iter().any(|u| u.runs_on(hardware) && m.applies_to(u));
            m.runs_on(hardware) || m.names(id) && left_out()
        })
    };
    IDS.into_iter().all(|id| end.fixed(id, all) || !is_patched(id))
}

/// Where a device ends that takes every security update it may.
fn end(mut device: DeviceState, all: &[Made], at: u64) -> Digest {
    for _ in 0..=all.len() {
        let offered: Vec<&Statements> = all.iter().map(|m| &m.statements).collect();
        let decision =
            decide(&Device::new(device.clone()), &Choices::default(), &offered, Clock::Trusted(at));
        let next = decision.candidate.map(|i| &all[i]).filter(|m| m.release().security().is_some());
        let Some(next) = next else { break };
        device.install(&next.statements).expect("it fits");
    }
    device.state_digest(&device.scopes[0]).expect("it runs")
}

#[test]
fn devices_end_where_the_audit_and_the_plan_say() {
    let mut random = Random(14);
    let at = ISSUED + 30 * DAY;
    let (mut passing, mut failing) = (0, 0);
    for n in 0..longer::setting("PKG_HISTORIES", HISTORIES) {
        let all = history(&mut random);
        let folder = tempfile::tempdir().expect("a folder");
        for (i, made) in all.iter().enumerate() {
            std::fs::write(folder.path().join(format!("{i}.pkg")), &made.bytes).expect("written");
        }
        let paths = [folder.path().to_owned()];
        let keyring = keyrings::standard();
        let set = load::folders(&paths, &keyring, Extent::Statements, NonZeroUsize::MIN, &|_| (), Vec::new())
            .expect("read");
        assert!(set.refused.is_empty(), "history {n}");
        let found = audit(&set, &AuditOptions { at: Some(at), ..AuditOptions::default() });
        let fails: BTreeSet<(Digest, String)> = (found.rule(Rule::G1).expect("G1").findings.iter())
            .map(|f| (f.digest.expect("a state"), f.hardware.clone().expect("hardware")))
            .collect();
        let planned = plan(&set, &PlanOptions { at, only: None, fix_limits: Vec::new() });
        let owed: BTreeSet<Digest> = (planned.products.iter().flat_map(|p| &p.owed))
            .filter(|o| o.task == Task::SecurityRelease)
            .flat_map(|o| o.states.iter().copied())
            .collect();
        assert_eq!(owed, fails.iter().map(|(state, _)| *state).collect(), "history {n}: what is owed");
        for made in &all {
            for hardware in HARDWARE.into_iter().filter(|h| made.runs_on(h)) {
                let is_failing = fails.contains(&(made.state(), hardware.to_owned()));
                let end = end(made.device(hardware), &all, at);
                let end = all.iter().find(|m| m.state() == end).expect("a release");
                let place = (end.state(), hardware.to_owned());
                let told = format!(
                    "history {n}: a device {hardware} goes from {} to {}; {:?}",
                    made.release().identity.version,
                    end.release().identity.version,
                    found.rule(Rule::G1).expect("G1").findings
                );
                assert_eq!(fails.contains(&place), !is_good(end, hardware, &all), "{told}");
                assert!(!is_failing || fails.contains(&place), "{told}");
                *if is_failing { &mut failing } else { &mut passing } += 1;
            }
        }
    }
    eprintln!("{passing} devices end where nothing is open, {failing} do not");
    assert!(passing > 100 && failing > 100, "{passing} {failing}");
}
