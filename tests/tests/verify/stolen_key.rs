//! What a stolen release key can do to a device before and after the key is revoked (SPEC 5.5).
//!
//! A model of one product with a maker, a thief who has a security key, and a mirror that decides what a device sees
//! and when. Keyrings, packages, `fits`, `follow` and `install` are the real ones; every order of events up to a
//! length is tried.

use pkg_decide::{DeviceState, Fit};
use pkg_format::keyring::{Head, KeyringStatement, LineHead, PostQuantum, Role};
use pkg_format::{Digest, Tree};
use pkg_tests::device::{self, id};
use pkg_tests::fake::path::{digest, list, num, text};
use pkg_tests::keys::key;
use pkg_tests::{Fake, keyrings, longer};
use pkg_verify::{ExampleKeys, Keyring, Policy, Statements, open};
use std::collections::{BTreeMap, HashMap, HashSet};

/// How many events there are in one sequence, unless the environment says otherwise.
const LENGTH: usize = 6;
/// Counters above this one are a thief's.
const THIEFS: u64 = 500;

/// Whose key was stolen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stolen {
    /// The one that the maker signs with.
    MakersOwn,
    /// Another one, that lay about.
    Another,
}

impl Stolen {
    fn key(self) -> &'static str {
        match self {
            Stolen::MakersOwn => "security",
            Stolen::Another => "security-2",
        }
    }
}

/// The key that the maker signs security releases with, by the newest keyring version there is.
fn makers_key(stolen: Stolen, newest: u64) -> &'static str {
    match (stolen, newest) {
        (Stolen::MakersOwn, 2..) => "all",
        _ => "security",
    }
}

/// From where a release leads.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum From {
    Line,
    State(Digest),
    Nowhere,
}

/// A release, by everything that a device decides on.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Release {
    name: String,
    genuine: bool,
    feature: bool,
    line: &'static str,
    sequence: u64,
    security: u64,
    features: u64,
    keyring_min: u64,
    from: From,
}

impl Release {
    fn package(&self, signer: &'static str) -> Fake {
        let fake = match (self.feature, self.genuine) {
            (true, _) => Fake::feature(),
            (false, true) => Fake::security(),
            // Whoever has a key writes what gets him farthest.
            (false, false) => Fake::inseparable().set("changes[0].level", num(self.security)),
        };
        let fake = match self.feature {
            true => fake,
            false => fake.set("fixes[0].level", num(self.security)),
        };
        let fake = fake
            .set("id", text(&self.name))
            .set("images[0].sha256", digest(self.name.as_bytes()))
            .set("sequence", num(self.sequence))
            .set("release.line", text(self.line))
            .set("release.security-level", num(self.security))
            .set("release.feature-level", num(self.features))
            .set("fresh", Tree::Bool(true))
            .signed_by(&[key(if self.feature { "feature" } else { signer })]);
        let fake = match &self.from {
            From::Line => fake.set("applies-to", text("line")),
            From::State(state) => fake.set("applies-to", list([Tree::Bytes(state.0.to_vec())])),
            From::Nowhere => fake.set("applies-to", list([])),
        };
        match self.keyring_min {
            0 => fake,
            min => fake.set("keyring-min", num(min)),
        }
    }
}

/// What the maker has published: releases, and keyring versions as the heads they carry.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Maker {
    releases: Vec<Release>,
    keyrings: Vec<Vec<Release>>,
}

impl Maker {
    fn newest(&self) -> u64 {
        self.keyrings.len() as u64
    }

    /// The next release of a line; a feature release opens line "c" from the newest of line "a".
    fn next(&self, line: &'static str, world: &mut World) -> Release {
        let on = |line| self.releases.iter().filter(move |r| r.line == line);
        let security = self.releases.iter().map(|r| r.security).max().unwrap_or(0);
        let last = on("a").next_back().expect("a first release");
        let revoked = if self.newest() > 1 { self.newest() } else { 0 };
        let feature = line == "c" && on("c").next().is_none();
        Release {
            name: format!("g{}", self.releases.len() + 1),
            genuine: true,
            feature,
            line,
            sequence: on(line).map(|r| r.sequence).max().unwrap_or(0) + 1,
            security: if feature { last.security } else { security + 1 },
            features: on(line).map(|r| r.features).max().unwrap_or(last.features + u64::from(feature)),
            keyring_min: if world.writes_keyring_min { revoked } else { 0 },
            from: if feature { From::State(world.state(last)) } else { From::Line },
        }
    }

    fn heads(&self) -> Vec<Release> {
        let mut lines: BTreeMap<&str, &Release> = BTreeMap::new();
        for release in &self.releases {
            lines.insert(release.line, release);
        }
        lines.into_values().cloned().collect()
    }
}

/// The device, and what the account of the model says of it.
#[derive(Clone)]
struct Device {
    state: DeviceState,
    keyring: u64,
    /// The name of what runs.
    runs: String,
    genuine: bool,
    /// The highest security level that it reached by genuine releases.
    best: u64,
}

type Key = (String, u64, u64, Maker, usize);

/// A release by one key, judged by one version of a keyring's life.
type Judged = (Release, &'static str, u64, Vec<Vec<Release>>);

struct World {
    stolen: Stolen,
    writes_keyring_min: bool,
    verified: HashMap<Judged, Option<Statements>>,
    states: HashMap<Release, Digest>,
    seen: HashSet<Key>,
    wrong: Vec<String>,
}

impl World {
    fn new(stolen: Stolen, writes_keyring_min: bool) -> World {
        World {
            stolen,
            writes_keyring_min,
            verified: HashMap::new(),
            states: HashMap::new(),
            seen: HashSet::new(),
            wrong: Vec::new(),
        }
    }

    fn state(&mut self, release: &Release) -> Digest {
        if let Some(state) = self.states.get(release) {
            return *state;
        }
        let manifest =
            pkg_format::Manifest::decode(&release.package("security").manifest()).expect("a manifest");
        let state = manifest.release().expect("a release").state(&manifest.common().product);
        self.states.insert(release.clone(), state);
        state
    }

    /// A keyring version: the first trusts both keys; later ones revoke the stolen one and carry heads.
    fn keyring(&self, version: u64, keyrings: &[Vec<Release>]) -> Keyring {
        let keys = ["security", "security-2", "all", "feature", "delivery"];
        let role = |name| match name {
            "feature" => Role::Feature,
            "delivery" => Role::Delivery,
            _ => Role::Security,
        };
        let revoked = (version > 1).then_some(self.stolen.key());
        let head = |r: &Release| Head {
            vendor: id("acme"),
            name: id("cam"),
            scope: id("product"),
            at: LineHead {
                line: id(r.line),
                sequence: r.sequence,
                feature_level: r.features,
                security_level: r.security,
            },
        };
        let statement = KeyringStatement {
            version,
            keys: keys
                .into_iter()
                .filter(|name| Some(*name) != revoked && (version > 1 || *name != "all"))
                .map(|name| keyrings::trusted(name, &[role(name)]))
                .collect(),
            thresholds: Vec::new(),
            post_quantum: PostQuantum::default(),
            revoked: revoked.iter().map(|name| key(name).id()).collect(),
            heads: keyrings[version as usize - 1].iter().map(head).collect(),
            ..keyrings::statement()
        };
        Keyring::vouched_by_caller(statement, ExampleKeys::DangerAccept).expect("a sound keyring")
    }

    /// The statements of a release if the device's keyring vouches for them: genuine ones are signed again by the
    /// key that the maker has now.
    fn offered(&mut self, release: &Release, device: &Device, maker: &Maker) -> Option<Statements> {
        let signers = match release.genuine {
            true => vec!["security", makers_key(self.stolen, maker.newest())],
            false => vec![self.stolen.key()],
        };
        signers.into_iter().find_map(|signer| {
            // Before the keyring that names it nobody signed with a new key, after it nobody with the old one.
            let late = release.keyring_min > 1 && signer != makers_key(self.stolen, maker.newest());
            let known = (release.clone(), signer, device.keyring, maker.keyrings.clone());
            if late {
                return None;
            }
            if let Some(verified) = self.verified.get(&known) {
                return verified.clone();
            }
            let keyring = self.keyring(device.keyring, &maker.keyrings);
            let bytes = release.package(signer).package();
            let verified = open(&bytes[..]).and_then(|p| p.verify(&keyring, &Policy::default()));
            let verified = verified.ok().map(|v| Statements::clone(&v));
            self.verified.insert(known, verified.clone());
            verified
        })
    }

    /// Takes a release if the device does; None if not. `tried` says what came before, for the account.
    fn take(&mut self, release: &Release, device: &Device, maker: &Maker, tried: &str) -> Option<Device> {
        let package = self.offered(release, device, maker)?;
        let mut next = device.clone();
        next.state.seen(&package);
        if next.state.fits(&package, &Policy::default()) != Ok(Fit::Step) {
            return None;
        }
        if release.genuine && release.security < next.best {
            self.wrong.push(format!("{tried}: back to {} from level {}", release.name, next.best));
        }
        next.state.install(&package).expect("a scope of the device");
        next.runs = release.name.clone();
        next.genuine = release.genuine;
        if release.genuine {
            next.best = next.best.max(release.security);
        }
        Some(next)
    }

    fn follow(&self, device: &Device, version: u64, maker: &Maker) -> Device {
        let mut next = device.clone();
        next.state.follow(&self.keyring(version, &maker.keyrings));
        next.keyring = version;
        next
    }

    /// What a thief signs for this device: counters driven up, a line of his own, features, a small step.
    fn thiefs(&mut self, device: &Device) -> Vec<Release> {
        let scope = &device.state.scopes[0];
        let there = scope.installed.as_ref().expect("it runs");
        let state = device.state.state_digest(scope).expect("it runs");
        let line = match there.line.as_str() {
            "a" => "a",
            "c" => "c",
            _ => "z",
        };
        let one = |name: &str, line, sequence, security, features| Release {
            name: name.into(),
            genuine: false,
            feature: false,
            line,
            sequence,
            security,
            features,
            keyring_min: 0,
            from: From::State(state),
        };
        let (n, s, f) = (there.sequence, there.security_level, there.feature_level);
        vec![
            one("jump", line, n + 900, s + 900, f),
            one("line", "z", if line == "z" { n + 1 } else { 1 }, s + 1, f),
            one("features", line, n + 1, s + 1, f + 900),
            one("small", line, n + 1, s + 1, f),
        ]
    }

    /// From here on nobody withholds anything: the newest keyring, every release, and two more.
    fn ends_well(&mut self, device: &Device, maker: &Maker, tried: &str) {
        let mut maker = maker.clone();
        if maker.newest() == 1 {
            maker.keyrings.push(maker.heads());
        }
        let mut device = self.follow(device, maker.newest(), &maker);
        for _ in 0..2 {
            let mut offered = maker.releases.clone();
            offered.sort_by_key(|r| std::cmp::Reverse(r.security));
            for release in &offered {
                if let Some(next) = self.take(release, &device, &maker, tried) {
                    device = next;
                }
            }
            let next = maker.next("a", self);
            if let Some(taken) = self.take(&next, &device, &maker, tried) {
                device = taken;
            }
            maker.releases.push(next);
        }
        let there = device.state.scopes[0].installed.as_ref().expect("it runs");
        let heads = maker.heads();
        if !device.genuine || !heads.iter().any(|h| h.name == device.runs) {
            self.wrong.push(format!("{tried}: stuck with {} of line {}", device.runs, there.line));
        } else if there.sequence.max(there.security_level).max(there.feature_level) > THIEFS {
            self.wrong.push(format!("{tried}: keeps a thief's counters"));
        }
    }

    fn go(&mut self, device: &Device, maker: &Maker, left: usize, tried: &str) {
        let account = (format!("{:?}", device.state), device.keyring, device.best, maker.clone(), left);
        if !self.seen.insert(account) {
            return;
        }
        self.ends_well(device, maker, tried);
        if left == 0 {
            return;
        }
        let left = left - 1;
        let lines: &[&'static str] =
            if maker.releases.iter().any(|r| r.line == "c") { &["a"] } else { &["a", "c"] };
        for line in lines {
            let mut more = maker.clone();
            more.releases.push(maker.next(line, self));
            self.go(device, &more, left, &format!("{tried} release-{line}"));
        }
        if maker.newest() < 3 {
            let mut more = maker.clone();
            more.keyrings.push(maker.heads());
            self.go(device, &more, left, &format!("{tried} keyring"));
        }
        for release in maker.releases.clone() {
            let tried = format!("{tried} take-{}", release.name);
            if let Some(next) = self.take(&release, device, maker, &tried) {
                self.go(&next, maker, left, &tried);
            }
        }
        for version in device.keyring + 1..=maker.newest() {
            let next = self.follow(device, version, maker);
            self.go(&next, maker, left, &format!("{tried} follow-{version}"));
        }
        for release in self.thiefs(device) {
            let tried = format!("{tried} thief-{}", release.name);
            if let Some(next) = self.take(&release, device, maker, &tried) {
                self.go(&next, maker, left, &tried);
            }
        }
    }
}

/// All orders of events, from a device that runs the first release.
fn explore(stolen: Stolen, writes_keyring_min: bool) -> World {
    let mut world = World::new(stolen, writes_keyring_min);
    let first = Release {
        name: "g1".into(),
        genuine: true,
        feature: false,
        line: "a",
        sequence: 1,
        security: 1,
        features: 1,
        keyring_min: 0,
        from: From::Nowhere,
    };
    let maker = Maker { releases: vec![first.clone()], keyrings: vec![Vec::new()] };
    let mut device =
        Device { state: device::empty(), keyring: 1, runs: "nothing".into(), genuine: true, best: 0 };
    device = world.take(&first, &device, &maker, "").expect("a first release");
    world.go(&device, &maker, longer::setting("PKG_EVENTS", LENGTH), "");
    world
}

#[test]
fn no_order_of_keyrings_and_releases_rolls_back_strands_or_keeps_a_jump() {
    for stolen in [Stolen::Another, Stolen::MakersOwn] {
        let world = explore(stolen, true);
        println!("{stolen:?}: {} states", world.seen.len());
        assert!(world.seen.len() > 3_000, "{stolen:?}: {} states", world.seen.len());
        assert!(
            world.wrong.is_empty(),
            "{stolen:?}: {} wrong, {:#?}",
            world.wrong.len(),
            &world.wrong[..3.min(world.wrong.len())]
        );
    }
}

/// That the model can see a fault at all: without `keyring-min` a mirror that withholds the keyring takes a
/// device back.
#[test]
fn without_keyring_min_a_mirror_could_roll_back() {
    let world = explore(Stolen::MakersOwn, false);
    assert!(world.wrong.iter().any(|w| w.contains("back to")), "{} states", world.seen.len());
}
