//! Packages held against the state of a device, a policy or a keyring version (threats T80, T81,
//! T86 to T89).

use super::Set;
use crate::Fake;
use crate::device::{self, id};
use crate::fake::path::{digest, list, num, text};
use pkg_decide::{DeviceState, Fit, Installed, Scope};
use pkg_format::keyring::LineHead;
use pkg_format::{Digest, Rule};

/// A state file and how it differs from the standard one.
fn with(edit: impl FnOnce(&mut Installed)) -> DeviceState {
    let mut device = device::standard();
    edit(device.scopes[0].installed.as_mut().expect("it runs"));
    device
}

/// The state in which [`Fake::small`] leaves a device.
fn small_installed() -> DeviceState {
    let image = |name, size| Digest::of(&crate::fake::content(name, size));
    with(|i| {
        (i.sequence, i.security_level) = (5, 7);
        i.manifest = Some(Fake::small().digest());
        i.images = vec![(id("boot"), image("boot 1.4.3", 150)), (id("rootfs"), image("rootfs 1.4.3", 20))];
    })
}

/// The devices that packages are held against, by name.
pub(super) fn devices() -> Vec<(&'static str, DeviceState)> {
    let mut modem = device::standard();
    let runs = Installed {
        security_level: 1,
        feature_level: 1,
        sequence: 1,
        manifest: None,
        images: vec![(id("modem"), Digest::of(b"the image of the modem"))],
        ..device::installed()
    };
    modem.scopes.push(Scope::running(id("modem"), runs));
    let head = |line, sequence, feature_level, security_level| LineHead {
        line: id(line),
        sequence,
        feature_level,
        security_level,
    };
    // A thief drove the counters up; the keyring that revoked his key says where the maker's lines stood.
    let disowned = with(|i| {
        (i.sequence, i.security_level) = (5, 7);
        i.disowned = Some(vec![head("1", 5, 3, 7), head("2", 1, 4, 6)]);
    });
    let disowned_elsewhere = with(|i| {
        (i.line, i.sequence, i.security_level) = (id("z"), 900, 7);
        i.disowned = Some(vec![head("1", 5, 3, 7), head("2", 1, 3, 6)]);
    });
    let boot = Scope::empty(id("product"), vec![id("boot")]);
    let only_boot = DeviceState { scopes: vec![boot], ..device::standard() };
    vec![
        ("standard", device::standard()),
        ("empty", device::empty()),
        ("installed", small_installed()),
        ("ahead", with(|i| i.sequence = 6)),
        ("same-sequence", with(|i| i.sequence = 5)),
        ("more-secure", with(|i| i.security_level = 8)),
        ("as-secure", with(|i| i.security_level = 7)),
        ("more-features", with(|i| i.feature_level = 5)),
        ("other-line", with(|i| i.line = id("0"))),
        ("other-image", with(|i| i.images[1].1 = Digest::of(b"something else"))),
        ("modem", modem),
        ("disowned", disowned),
        ("disowned-elsewhere", disowned_elsewhere),
        ("no-scope", DeviceState { scopes: vec![], ..device::standard() }),
        ("only-boot", only_boot),
        ("other-vendor", DeviceState { vendor: id("acm"), ..device::standard() }),
        ("other-product", DeviceState { name: id("Cam"), ..device::standard() }),
        ("other-hardware", DeviceState { hardware: vec![id("cam-x11")], ..device::standard() }),
    ]
}

/// The state files: name and TOML.
pub fn states() -> Vec<(&'static str, String)> {
    devices().into_iter().map(|(name, device)| (name, device::to_toml(&device))).collect()
}

pub(super) fn add(set: &mut Set) {
    fitting(set);
    scopes(set);
    disowned(set);
    product(set);
    rollback(set);
    applicability(set);
    policy(set);
}

fn fitting(set: &mut Set) {
    for (name, fake) in [
        ("security", Fake::security()),
        ("inseparable", Fake::inseparable()),
        ("feature", Fake::feature()),
        ("delta", Fake::delta()),
    ] {
        set.accepted(&format!("fits-{name}"), "Leads from the installed state.", &fake)
            .on("standard")
            .fitting(Fit::Step);
    }
    set.accepted("fits-words", "Words for this product.", &Fake::notice())
        .on("standard")
        .fitting(Fit::Informational);
    set.accepted("fits-installed", "Its state is the installed one.", &Fake::small())
        .on("installed")
        .fitting(Fit::Installed);
    set.accepted(
        "fits-first",
        "A first release on an empty device.",
        &Fake::small().set("applies-to", list([])),
    )
    .on("empty")
    .fitting(Fit::Step);
    set.accepted(
        "fits-fresh",
        "A security update that may start on an empty device.",
        &Fake::small().set("fresh", pkg_format::Tree::Bool(true)),
    )
    .on("empty")
    .fitting(Fit::Step);
    set.accepted("fits-other-line", "A feature update from another line.", &Fake::feature())
        .on("other-line")
        .fitting(Fit::Step);
    set.accepted(
        "fits-manifest",
        "A feature update that names the installed state by the manifest that led to it.",
        &Fake::feature().set("applies-to", list([digest(b"the manifest of release 1.4.2")])),
    )
    .on("standard")
    .fitting(Fit::Step);
}

/// Scopes that the device declares, and their components (threat: a scope that nothing can be compared with).
fn scopes(set: &mut Set) {
    let modem = || Fake::small().set("release.scope", text("modem"));
    set.refused(Rule::Ver11, "scope", "A scope that the device does not declare.", modem()).on("standard");
    set.refused(
        Rule::Ver11,
        "scope-first",
        "The first release of such a scope, which counters cannot be compared with.",
        modem().set("applies-to", list([])),
    )
    .on("standard");
    set.refused(Rule::Ver11, "no-scope", "A device that declares nothing.", Fake::small()).on("no-scope");
    set.refused(
        Rule::Ver12,
        "component",
        "It brings a component that the scope has not.",
        Fake::small().set("applies-to", list([])),
    )
    .on("only-boot");
    set.refused(
        Rule::Ver12,
        "other-scope",
        "It brings components that are in another scope.",
        modem().set("applies-to", list([])),
    )
    .on("modem");
    set.refused(Rule::Ver12, "left-out", "It leaves out a component that is installed.", Fake::one_image())
        .on("standard");
}

/// What a device may take whose installed release a revoked key signed.
fn disowned(set: &mut Set) {
    let fresh = || Fake::small().set("fresh", pkg_format::Tree::Bool(true));
    for state in ["disowned", "disowned-elsewhere"] {
        let name = format!("fits-{state}");
        let what = "A stable, full and fresh release at the head of its line, on a device that is disowned.";
        set.accepted(&name, what, &fresh()).on(state).fitting(Fit::Step);
    }
    set.accepted(
        "fits-disowned-far",
        "Jumps are not judged on the way back.",
        &fresh().set("sequence", num(900_000)),
    )
    .on("disowned-elsewhere")
    .fitting(Fit::Step);
    let elsewhere = [
        ("not-fresh", "One that does not install on an empty device.", Fake::small()),
        ("below-head", "Below the head of its line.", fresh().set("sequence", num(4))),
        ("features", "Below the feature level of that head.", fresh().set("release.feature-level", num(2))),
        ("testing", "A release for testing.", fresh().set("release.channel", text("testing"))),
        ("other-line", "Of a line that is not listed.", fresh().set("release.line", text("3"))),
        ("delta", "A delta.", Fake::delta().set("fresh", pkg_format::Tree::Bool(true))),
        (
            "below-highest",
            "At the head of its line, but below the security level that the device has.",
            fresh()
                .set("release.line", text("2"))
                .set("release.security-level", num(6))
                .set("fixes[0].level", num(6)),
        ),
    ];
    for (name, what, fake) in elsewhere {
        let rule = if name == "below-highest" { Rule::Ver3 } else { Rule::Ver4 };
        set.refused(rule, &format!("disowned-{name}"), what, fake).on("disowned-elsewhere");
    }
}

fn product(set: &mut Set) {
    for state in ["other-vendor", "other-product"] {
        set.refused(Rule::App1, state, "For another product.", Fake::small()).on(state);
    }
    set.refused(Rule::App1, "notice", "Words for another product.", Fake::notice()).on("other-product");
    set.refused(Rule::App2, "hardware", "For other hardware.", Fake::small()).on("other-hardware");
}

fn rollback(set: &mut Set) {
    set.refused(Rule::Ver1, "older", "The installed release has a higher sequence.", Fake::small())
        .on("ahead");
    set.refused(Rule::Ver1, "older-feature", "So it is with a feature update.", Fake::feature()).on("ahead");
    set.refused(
        Rule::Ver2,
        "same",
        "The installed release has this sequence and other images.",
        Fake::small(),
    )
    .on("same-sequence");
    set.refused(Rule::Ver3, "level-falls", "The installed security level is higher.", Fake::small())
        .on("more-secure");
    set.refused(
        Rule::Ver3,
        "feature-level-falls",
        "A feature update that would take fixes away.",
        Fake::feature(),
    )
    .on("more-secure");
    set.refused(
        Rule::Ver4,
        "no-gain",
        "From another line, and no level rises.",
        Fake::feature().set("release.feature-level", num(3)),
    )
    .on("other-line");
    set.refused(
        Rule::Ver4,
        "feature-level-falls",
        "From another line to a lower feature level.",
        Fake::small().set("release.feature-level", num(2)),
    )
    .on("other-line");
    let jump = 65_537;
    for (name, path, value) in [
        ("sequence", "sequence", 4 + jump),
        ("sequence-largest", "sequence", u64::MAX),
        ("security-level", "release.security-level", 6 + jump),
        ("feature-level", "release.feature-level", 3 + jump),
    ] {
        let fake = if path.contains("feature") { Fake::feature() } else { Fake::small() };
        let what = format!("{path} jumps to {value}.");
        set.refused(Rule::Ver5, name, &what, fake.set(path, num(value))).on("standard");
    }
    set.refused(
        Rule::Ver5,
        "policy",
        "The policy allows no jump at all.",
        Fake::small().set("sequence", num(6)),
    )
    .on("standard")
    .with_policy("jump", "1");
    // On an empty device every old counter counts as 0.
    for (name, path) in [
        ("empty-sequence", "sequence"),
        ("empty-security-level", "release.security-level"),
        ("empty-feature-level", "release.feature-level"),
    ] {
        let first = Fake::small().set("applies-to", list([]));
        let what = format!("On an empty device {path} jumps to {jump}.");
        set.refused(Rule::Ver5, name, &what, first.clone().set(path, num(jump))).on("empty");
        let what = format!("On an empty device {path} may be 65536.");
        set.accepted(&format!("fits-{name}"), &what, &first.set(path, num(jump - 1)))
            .on("empty")
            .fitting(Fit::Step);
    }
    set.refused(
        Rule::Ver5,
        "other-line-sequence",
        "On another line the old sequence counts as 0.",
        Fake::feature().set("sequence", num(jump)),
    )
    .on("other-line");
    set.refused(
        Rule::Ver6,
        "same-level",
        "A security update that does not raise the level.",
        Fake::small().set("applies-to", list([device::state_ref()])),
    )
    .on("as-secure");
    for path in ["sequence", "release.feature-level", "release.security-level", "release.generation"] {
        let name = path.replace("release.", "");
        set.refused(Rule::Ver7, &name, &format!("{path} is zero."), Fake::small().set(path, num(0)));
    }
    set.refused(
        Rule::Ver7,
        "fix-level",
        "The level of a fix is zero.",
        Fake::small().set("fixes[0].level", num(0)),
    );
}

fn applicability(set: &mut Set) {
    set.refused(Rule::App3, "other-state", "A feature update from another state.", Fake::feature())
        .on("other-image");
    set.refused(Rule::App3, "line-as-secure", "For the line, which has this security level.", Fake::small())
        .on("as-secure");
    set.refused(Rule::App3, "line-features", "For the line at another feature level.", Fake::small())
        .on("more-features");
    set.refused(Rule::App3, "other-line", "For every state of another line.", Fake::small()).on("other-line");
    set.refused(
        Rule::App3,
        "first-release",
        "A first release on a device that has one.",
        Fake::small().set("applies-to", list([])),
    )
    .on("standard");
    set.refused(Rule::App4, "empty", "An update on an empty device.", Fake::small()).on("empty");
    set.refused(Rule::App6, "base", "A delta for another base.", Fake::delta()).on("other-image");
    set.refused(
        Rule::App6,
        "empty",
        "A delta on an empty device.",
        Fake::delta().set("fresh", pkg_format::Tree::Bool(true)),
    )
    .on("empty");
    set.refused(
        Rule::Sep10,
        "feature-level",
        "A pure update that raises the feature level.",
        Fake::small().set("applies-to", list([device::state_ref()])).set("release.feature-level", num(4)),
    )
    .on("standard");
    set.refused(
        Rule::Sep10,
        "line",
        "A pure update from another line.",
        Fake::small().set("applies-to", list([device::state_ref()])),
    )
    .on("other-line");
    set.refused(
        Rule::Sep12,
        "level",
        "A feature update that does not raise the feature level.",
        Fake::feature().set("release.feature-level", num(3)),
    )
    .on("standard");
    set.refused(
        Rule::Sep12,
        "line",
        "A feature update for states of its own feature level.",
        Fake::feature().set("applies-to", text("line")),
    );
    set.refused(
        Rule::Sep10,
        "feature-level-falls",
        "An inseparable update that lowers the feature level.",
        Fake::inseparable()
            .set("applies-to", list([device::state_ref()]))
            .set("release.feature-level", num(2)),
    )
    .on("standard");
    set.refused(
        Rule::Sep10,
        "change-is-fix",
        "A fix by change that raises the feature level.",
        Fake::change_is_fix()
            .set("applies-to", list([device::state_ref()]))
            .set("release.feature-level", num(4)),
    )
    .on("standard");
    set.refused(
        Rule::Sep16,
        "by-state",
        "A security update for this very state whose fixes are all installed already.",
        Fake::small().set("applies-to", list([device::state_ref()])).set("fixes[0].level", num(6)),
    )
    .on("standard");
    set.refused(
        Rule::Sep16,
        "nothing-new",
        "A security update whose fixes are all installed already.",
        Fake::small().set("fixes[0].level", num(1)),
    )
    .on("standard");
}

fn policy(set: &mut Set) {
    set.refused(Rule::Pol1, "memory", "Needs a byte more than the policy allows.", Fake::small())
        .with_policy("decode-memory", &((1 << 20) - 1).to_string());
    set.refused(
        Rule::Pol1,
        "default",
        "Says that it needs all memory there is.",
        Fake::small().set_delivery("payloads[0].decode-memory", num(u64::MAX)),
    );
    set.refused(
        Rule::Pol2,
        "testing",
        "A release for testing.",
        Fake::small().set("release.channel", text("testing")),
    )
    .with_policy("testing", "refuse");
    set.refused(
        Rule::Key6,
        "keyring-min",
        "Asks for a newer keyring.",
        Fake::notice().set("keyring-min", num(3)),
    );
}
