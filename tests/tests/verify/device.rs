//! Applicability and rollback: which step fits which device, and by which rule it does not.

use pkg_decide::{DeviceState, Fit, Installed, Scope};
use pkg_format::{Digest, Rule, Tree};
use pkg_tests::device::{self, id, installed};
use pkg_tests::fake::path::{digest, list, map, num, text};
use pkg_tests::{Fake, fake, keyrings};
use pkg_verify::{Policy, open};

/// The verdict of a device on a package that is otherwise sound.
fn fits_under(package: &Fake, device: &DeviceState, policy: &Policy) -> Result<Fit, Rule> {
    let bytes = package.package();
    let verified =
        open(&bytes[..]).and_then(|p| p.verify(&keyrings::standard(), policy)).expect("a sound package");
    device.fits(&verified, policy).map_err(|refusal| refusal.rule)
}

fn fits(package: &Fake, device: &DeviceState) -> Result<Fit, Rule> {
    fits_under(package, device, &Policy::default())
}

/// The standard device, after this was done to what runs on it.
fn running(edit: impl FnOnce(&mut Installed)) -> DeviceState {
    let mut device = device::standard();
    edit(device.scopes[0].installed.as_mut().expect("it runs"));
    device
}

/// What runs in its first scope.
fn runs(device: DeviceState) -> Installed {
    device.scopes[0].installed.clone().expect("it runs")
}

/// The device after `package` (a [`Fake::security`]) was installed.
fn after(package: &Fake) -> DeviceState {
    running(|i| {
        (i.sequence, i.security_level, i.manifest) = (5, 7, Some(package.digest()));
        i.images = vec![
            (id("boot"), Digest::of(&fake::content("boot 1.4.3", 150))),
            (id("rootfs"), Digest::of(&fake::content("rootfs 1.4.3", 500))),
        ];
    })
}

/// A release that applies to the standard state by its digest.
fn from_state(package: Fake) -> Fake {
    package.set("applies-to", list([device::state_ref()]))
}

fn modem(security_level: u64, feature_level: u64) -> DeviceState {
    let mut device = device::standard();
    let images = vec![(id("modem"), Digest::of(b"the image of the modem"))];
    let modem = Installed { security_level, feature_level, manifest: None, images, ..installed() };
    device.scopes.push(Scope::running(id("modem"), modem));
    device
}

fn requiring(requirement: Tree) -> Fake {
    Fake::security().set("requires", list([requirement]))
}

#[test]
fn every_step_has_its_verdict() {
    let level = |package: Fake, n| package.set("release.security-level", num(n));
    let features = |package: Fake, n| package.set("release.feature-level", num(n));
    let needs = |field, value| requiring(map([("scope", text("modem")), (field, value)]));
    let needs_line =
        |line, from| requiring(map([("scope", text("modem")), ("line", text(line)), ("from", num(from))]));
    let mut empty_modem = device::standard();
    empty_modem.scopes.push(Scope::empty(id("modem"), vec![id("modem")]));
    let (security, feature) = (Fake::security(), Fake::feature());
    let rows: Vec<(&str, Fake, DeviceState, Result<Fit, Rule>)> = vec![
        ("line, lower level", security.clone(), device::standard(), Ok(Fit::Step)),
        ("line, sequence before", security.clone(), running(|i| i.sequence = 4), Ok(Fit::Step)),
        (
            "line, much lower level",
            security.clone(),
            running(|i| (i.sequence, i.security_level) = (1, 1)),
            Ok(Fit::Step),
        ),
        ("line, any images", security.clone(), running(|i| i.images.clear()), Ok(Fit::Step)),
        ("line, higher feature level", security.clone(), running(|i| i.feature_level = 4), Err(Rule::App3)),
        ("line, lower feature level", security.clone(), running(|i| i.feature_level = 2), Err(Rule::App3)),
        ("line, same security level", security.clone(), running(|i| i.security_level = 7), Err(Rule::App3)),
        ("line, from another line", security.clone(), running(|i| i.line = id("2")), Err(Rule::App3)),
        ("installed already", security.clone(), after(&security), Ok(Fit::Installed)),
        (
            "its state by another step",
            security.clone(),
            running(|i| {
                let there = runs(after(&Fake::security()));
                *i = Installed { manifest: None, ..there };
            }),
            Ok(Fit::Installed),
        ),
        (
            "its state in another line",
            from_state(security.clone()),
            running(|i| {
                let there = runs(after(&Fake::security()));
                *i = Installed { line: id("0"), ..there };
            }),
            Err(Rule::Ver4),
        ),
        ("same sequence, other images", security.clone(), running(|i| i.sequence = 5), Err(Rule::Ver2)),
        ("lower sequence", security.clone(), running(|i| i.sequence = 6), Err(Rule::Ver1)),
        (
            "lower sequence, same images",
            security.clone(),
            {
                let mut device = after(&security);
                device.scopes[0].installed.as_mut().expect("it runs").sequence = 6;
                device
            },
            Err(Rule::Ver1),
        ),
        (
            "lower sequence in another line",
            feature.clone(),
            running(|i| (i.line, i.sequence) = (id("0"), 900)),
            Ok(Fit::Step),
        ),
        (
            "security level falls",
            from_state(security.clone()),
            running(|i| i.security_level = 8),
            Err(Rule::Ver3),
        ),
        (
            "feature update, security level falls",
            feature.clone(),
            running(|i| i.security_level = 7),
            Err(Rule::Ver3),
        ),
        ("feature update from its state", feature.clone(), device::standard(), Ok(Fit::Step)),
        (
            "feature update from another state",
            feature.clone(),
            running(|i| i.images[0].1 = Digest::of(b"x")),
            Err(Rule::App3),
        ),
        (
            "feature update by manifest",
            feature.clone().set("applies-to", list([digest(b"the manifest of release 1.4.2")])),
            device::standard(),
            Ok(Fit::Step),
        ),
        (
            "feature update by unknown manifest",
            feature.clone().set("applies-to", list([digest(b"the manifest of release 1.4.2")])),
            running(|i| i.manifest = None),
            Err(Rule::App3),
        ),
        ("feature update, level stays", features(feature.clone(), 3), device::standard(), Err(Rule::Sep12)),
        ("feature update, level falls", features(feature.clone(), 2), device::standard(), Err(Rule::Sep12)),
        (
            "feature update, security level rises too",
            level(feature.clone(), 7),
            device::standard(),
            Ok(Fit::Step),
        ),
        ("other line, features rise", feature.clone(), running(|i| i.line = id("0")), Ok(Fit::Step)),
        (
            "other line, nothing rises",
            features(feature.clone(), 3),
            running(|i| i.line = id("0")),
            Err(Rule::Ver4),
        ),
        (
            "other line, features fall",
            features(from_state(security.clone()), 2),
            running(|i| i.line = id("0")),
            Err(Rule::Ver4),
        ),
        (
            "pure to another line",
            from_state(security.clone()),
            running(|i| i.line = id("0")),
            Err(Rule::Sep10),
        ),
        (
            "pure raises features",
            features(from_state(security.clone()), 4),
            device::standard(),
            Err(Rule::Sep10),
        ),
        (
            "pure lowers features",
            features(from_state(security.clone()), 2),
            device::standard(),
            Err(Rule::Sep10),
        ),
        (
            "change-is-fix raises features",
            features(from_state(Fake::change_is_fix()), 4),
            device::standard(),
            Err(Rule::Sep10),
        ),
        (
            "inseparable raises features",
            features(from_state(Fake::inseparable()), 4),
            device::standard(),
            Ok(Fit::Step),
        ),
        (
            "inseparable lowers features",
            features(from_state(Fake::inseparable()), 2),
            device::standard(),
            Err(Rule::Sep10),
        ),
        (
            "inherited inseparable raises features",
            features(from_state(Fake::security().inheriting()), 4),
            running(|i| i.security_level = 5),
            Ok(Fit::Step),
        ),
        (
            "pure above what it inherited",
            features(from_state(Fake::security().inheriting()), 4),
            device::standard(),
            Err(Rule::Sep10),
        ),
        (
            "security level stays",
            from_state(security.clone()),
            running(|i| i.security_level = 7),
            Err(Rule::Ver6),
        ),
        ("empty device, line", security.clone(), device::empty(), Err(Rule::App4)),
        ("empty device, states", feature.clone(), device::empty(), Err(Rule::App4)),
        (
            "empty device, first release",
            security.clone().set("applies-to", list([])),
            device::empty(),
            Ok(Fit::Step),
        ),
        (
            "empty device, fresh",
            security.clone().set("fresh", Tree::Bool(true)),
            device::empty(),
            Ok(Fit::Step),
        ),
        (
            "full device, first release",
            security.clone().set("applies-to", list([])),
            device::standard(),
            Err(Rule::App3),
        ),
        (
            "another scope runs, and this one left the factory empty",
            security.clone(),
            DeviceState {
                scopes: vec![
                    Scope { id: id("modem"), ..device::product() },
                    Scope::empty(id("product"), vec![id("boot"), id("rootfs")]),
                ],
                ..device::standard()
            },
            Err(Rule::App4),
        ),
        ("needs what runs there", needs_line("1", 4), modem(3, 1), Ok(Fit::Step)),
        ("needs an older one", needs_line("1", 3), modem(3, 1), Ok(Fit::Step)),
        ("needs a newer one", needs_line("1", 5), modem(3, 1), Err(Rule::App5)),
        ("needs another line", needs_line("2", 1), modem(3, 1), Err(Rule::App5)),
        ("needs a scope that is empty", needs_line("1", 1), empty_modem, Err(Rule::App5)),
        ("needs a state", needs("state", digest(b"nothing")), modem(3, 1), Err(Rule::App5)),
        ("needs a scope that is not there", needs_line("1", 1), device::standard(), Err(Rule::App5)),
        ("delta from its base", Fake::delta(), device::standard(), Ok(Fit::Step)),
        (
            "delta from another base",
            Fake::delta(),
            running(|i| i.images[1].1 = Digest::of(b"x")),
            Err(Rule::App6),
        ),
        (
            "delta, the other image differs",
            Fake::delta(),
            running(|i| i.images[0].1 = Digest::of(b"x")),
            Ok(Fit::Step),
        ),
        ("delta, no such image", Fake::delta(), running(|i| drop(i.images.pop())), Err(Rule::App6)),
        (
            "delta on an empty device",
            Fake::delta().set("fresh", Tree::Bool(true)),
            device::empty(),
            Err(Rule::App6),
        ),
        ("acknowledgement", Fake::acknowledgement(), device::standard(), Err(Rule::App7)),
        ("acknowledgement on an empty device", Fake::acknowledgement(), device::empty(), Err(Rule::App7)),
        (
            "acknowledgement for another product",
            Fake::acknowledgement().set("product.name", text("doorbell")),
            device::standard(),
            Err(Rule::App1),
        ),
        ("notice", Fake::notice(), device::standard(), Ok(Fit::Informational)),
        ("notice on an empty device", Fake::notice(), device::empty(), Ok(Fit::Informational)),
        ("withdrawal", Fake::withdrawal(), device::standard(), Ok(Fit::Informational)),
    ];
    for (name, package, device, expected) in rows {
        assert_eq!(fits(&package, &device), expected, "{name}");
    }
}

#[test]
fn a_requirement_names_a_state_by_images_or_manifest() {
    let mut device = modem(3, 1);
    let state = device.state_digest(&device.scopes[1]).expect("it runs");
    let by = |state: Tree| requiring(map([("scope", text("modem")), ("state", state)]));
    assert_eq!(fits(&by(Tree::Bytes(state.0.to_vec())), &device), Ok(Fit::Step));
    assert_eq!(fits(&by(digest(b"a manifest")), &device), Err(Rule::App5));
    device.scopes[1].installed.as_mut().expect("it runs").manifest = Some(Digest::of(b"a manifest"));
    assert_eq!(fits(&by(digest(b"a manifest")), &device), Ok(Fit::Step));
}

/// Threat T87: names are compared byte for byte, and any one hardware id is enough.
#[test]
fn product_and_hardware_match_exactly() {
    for package in [Fake::security(), Fake::feature(), Fake::notice(), Fake::withdrawal()] {
        for (vendor, name, rule) in [
            ("Acme", "cam", Rule::App1),
            ("acme", "Cam", Rule::App1),
            ("acme", "cam-", Rule::App1),
            ("cam", "acme", Rule::App1),
        ] {
            let device = DeviceState { vendor: id(vendor), name: id(name), ..device::standard() };
            assert_eq!(fits(&package, &device), Err(rule), "{vendor} {name}");
        }
        for (hardware, fit) in [
            (&["cam-x1"][..], true),
            (&["cam-x2"], true),
            (&["cam-x9", "cam-x2"], true),
            (&["cam-x"], false),
            (&[], false),
        ] {
            let device =
                DeviceState { hardware: hardware.iter().map(|h| id(h)).collect(), ..device::standard() };
            match fit {
                true => assert!(fits(&package, &device).is_ok(), "{hardware:?}"),
                false => assert_eq!(fits(&package, &device), Err(Rule::App2), "{hardware:?}"),
            }
        }
    }
}

/// Threat T81: no counter jumps further than policy allows, from wherever it stands.
#[test]
fn counters_do_not_jump() {
    let policy = Policy::default().with_jump(10);
    let at = |path: &str, n: u64| {
        let package = if path.contains("feature") { Fake::feature() } else { Fake::security() };
        fits_under(&package.set(path, num(n)), &device::standard(), &policy)
    };
    for (path, from) in [("sequence", 4), ("release.security-level", 6), ("release.feature-level", 3)] {
        assert_eq!(at(path, from + 10), Ok(Fit::Step), "{path}");
        for n in [from + 11, u64::from(u32::MAX) + from, 1 << 63, u64::MAX] {
            assert_eq!(at(path, n), Err(Rule::Ver5), "{path} {n}");
        }
    }
    // A device whose counter stands at the end of numbers is not lost to overflow.
    let full = running(|i| i.sequence = u64::MAX);
    assert_eq!(fits_under(&Fake::security(), &full, &policy), Err(Rule::Ver1));
    let full = running(|i| i.security_level = u64::MAX);
    assert_eq!(fits_under(&Fake::feature(), &full, &policy), Err(Rule::Ver3));
}

/// What a device made of a package does not depend on the order in which its images are listed.
#[test]
fn the_order_of_installed_images_does_not_matter() {
    let reversed = running(|i| i.images.reverse());
    assert_eq!(fits(&Fake::feature(), &reversed), Ok(Fit::Step));
    assert_eq!(fits(&Fake::delta(), &reversed), Ok(Fit::Step));
}

/// No device accepts an older package after a newer one, whatever the classes (threat T80).
#[test]
fn nothing_leads_back() {
    let steps = |sequence: u64, level: u64| {
        [Fake::security(), Fake::inseparable().set("changes[0].level", num(level)), Fake::feature()]
            .map(|f| f.set("sequence", num(sequence)).set("release.security-level", num(level)))
    };
    for installed_at in 5..8u64 {
        let device = running(|i| (i.sequence, i.security_level) = (installed_at, installed_at));
        for sequence in 1..=installed_at {
            for level in 7..10 {
                for package in steps(sequence, level) {
                    let verdict = fits(&package, &device);
                    assert!(
                        matches!(verdict, Err(Rule::Ver1 | Rule::Ver2)),
                        "sequence {sequence} level {level} on {installed_at}: {verdict:?}"
                    );
                }
            }
        }
    }
}
