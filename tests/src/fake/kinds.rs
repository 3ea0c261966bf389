//! One valid package of each kind. They are steps of one made-up product, which [`crate::device`]
//! knows too.

use super::path::{self, digest, en, list, map, num, text};
use super::{Fake, Statement, content};
use crate::device;
use crate::keys::key;
use pkg_format::Tree;
use pkg_format::cose::StatementKind;

/// When everything here was issued: 2026-12-01.
pub const ISSUED: u64 = 1_796_083_200;

/// The vulnerability that is fixed here.
pub const CVE: &str = "CVE-2026-12345";

fn product() -> Tree {
    map([
        ("vendor", text("acme")),
        ("name", text("cam")),
        ("hardware", list([text("cam-x1"), text("cam-x2")])),
    ])
}

fn advisory(title: &str) -> Tree {
    map([(
        "en",
        map([
            ("title", text(title)),
            ("summary", text("Video could be seen by others.")),
            ("details", text("The camera took any password.\nIt no longer does.")),
            ("impact", text("Strangers on your network could watch.")),
        ]),
    )])
}

fn action(code: &str) -> Tree {
    map([
        ("code", text(code)),
        ("restart", text("device")),
        ("text", en("Install the update, then restart.")),
    ])
}

fn fix() -> Tree {
    map([
        ("id", text(CVE)),
        ("level", num(7)),
        ("status", text("fixed")),
        ("severity", text("high")),
        ("impact", en("Strangers could watch.")),
        ("affected", text("applies-to")),
        ("exploited", Tree::Bool(false)),
        ("disclosure", text("public")),
    ])
}

/// A change, necessary for the fix, at security level 7.
pub fn change(effect: &str) -> Tree {
    map([
        ("id", text("password-entry")),
        ("level", num(7)),
        ("effect", text(effect)),
        ("user-visible", Tree::Bool(true)),
        ("text", en("Passwords are asked for.")),
        ("necessary-for", list([text(CVE)])),
    ])
}

/// A separation of this kind with all that justifies it.
pub fn justified(kind: &str) -> Tree {
    map([
        ("kind", text(kind)),
        ("rationale", en(&"The old entry cannot be closed while it is kept as it is. ".repeat(2))),
        ("alternatives", en("A filter in front of it; it would not hold.")),
        ("approver", text("product security board")),
    ])
}

fn head(kind: &str, id: &str, sequence: u64) -> Tree {
    map([
        ("format", num(1)),
        ("kind", text(kind)),
        ("id", text(id)),
        ("product", product()),
        ("sequence", num(sequence)),
        ("issued", num(ISSUED)),
    ])
}

fn two_images() -> [(&'static str, &'static str, Vec<u8>); 2] {
    [("boot", "raw", content("boot 1.4.3", 150)), ("rootfs", "raw", content("rootfs 1.4.3", 500))]
}

impl Fake {
    fn of(manifest: Tree, signer: &'static str) -> Fake {
        let manifest = Statement::new(StatementKind::Manifest, manifest, signer);
        Fake { manifest, delivery: None, bound: true, payloads: Vec::new(), evidence: Vec::new() }
    }

    /// What the two classes of release have in common.
    fn release(class: &str, feature_level: u64, security_level: u64) -> Fake {
        Fake::of(head("release", "cam-1.4.3", 5), class_signer(class))
            .set("class", text(class))
            .set(
                "release",
                map([
                    ("scope", text("product")),
                    ("version", text("1.4.3")),
                    ("line", text("1")),
                    ("feature-level", num(feature_level)),
                    ("security-level", num(security_level)),
                    ("generation", num(1)),
                    ("channel", text("stable")),
                    ("environment-cost", text("none")),
                ]),
            )
            .set(
                "automatic",
                map([
                    ("applicable", Tree::Bool(true)),
                    ("default", text("on")),
                    ("install-within", num(86_400)),
                    ("max-postpone", num(604_800)),
                    ("opt-out", en("Settings, Updates, Automatic: off.")),
                ]),
            )
            .set("cost", text("free"))
            .set("support", map([("until", text("2032-12")), ("from", text("2026-12"))]))
    }

    /// A pure security update of two images, for every state of its line.
    pub fn security() -> Fake {
        Fake::bare_security().carrying(&two_images())
    }

    fn bare_security() -> Fake {
        Fake::release("security", 3, 7)
            .set("applies-to", text("line"))
            .set("separation", map([("kind", text("pure"))]))
            .set("fixes", list([fix()]))
            .set("advisory", advisory("Security update 1.4.3"))
            .set("action", action("install-and-restart"))
    }

    /// A pure security update of two small images, both statements signed by one key.
    pub fn small() -> Fake {
        Fake::bare_security()
            .carrying(&[
                ("boot", "raw", content("boot 1.4.3", 150)),
                ("rootfs", "raw", content("rootfs 1.4.3", 20)),
            ])
            .signed_by(&[key("all")])
            .delivered_by(&[key("all")])
    }

    /// The same of the first image alone.
    pub fn one_image() -> Fake {
        Fake::bare_security()
            .carrying(&[("boot", "raw", content("boot 1.4.3", 150))])
            .signed_by(&[key("all")])
            .delivered_by(&[key("all")])
    }

    /// The same with an image of its own, as release number `n`, for line 1.`n`.
    pub fn of_line(n: u64) -> Fake {
        let image = content(&format!("boot 1.{n}.1"), 150);
        Fake::one_image().carrying(&[("boot", "raw", image)]).delivered_by(&[key("all")]).as_of_line(n)
    }

    /// The same as release number `n`, for line 1.`n`.
    pub fn as_of_line(self, n: u64) -> Fake {
        self.set("id", text(&format!("cam-1.{n}.1")))
            .set("sequence", num(n))
            .set("release.line", text(&format!("1.{n}")))
            .set("release.version", text(&format!("1.{n}.1")))
    }

    /// A security update that cannot be had without a change of functionality.
    pub fn inseparable() -> Fake {
        Fake::security().set("separation", justified("inseparable")).set("changes", list([change("added")]))
    }

    /// A security update whose fix is a change of functionality.
    pub fn change_is_fix() -> Fake {
        Fake::security()
            .set("separation", justified("change-is-fix"))
            .set("changes", list([change("restricted")]))
    }

    /// A feature update from the installed state of [`crate::device`].
    pub fn feature() -> Fake {
        Fake::release("feature", 4, 6)
            .set("applies-to", list([device::state_ref()]))
            .set("also-fixes", list([]))
            .carrying(&two_images())
    }

    /// A pure security update as a delta from the installed state of [`crate::device`].
    pub fn delta() -> Fake {
        Fake::bare_security().carrying(&[
            ("boot", "raw", content("boot 1.4.3", 150)),
            ("rootfs", "delta-1", content("rootfs 1.4.3", 500)),
        ])
    }

    /// A pure security update whose second image is stored as Zstandard frames.
    pub fn zstd() -> Fake {
        Fake::bare_security().carrying(&[
            ("boot", "raw", content("boot 1.4.3", 150)),
            ("rootfs", "zstd", content("rootfs 1.4.3", 500)),
        ])
    }

    /// A notice: one vulnerability, one workaround.
    pub fn notice() -> Fake {
        let states = list([device::state_ref()]);
        Fake::of(head("notice", "cam-notice-3", 3), "notice")
            .set(
                "statuses",
                list([map([("id", text(CVE)), ("states", states.clone()), ("status", text("affected"))])]),
            )
            .set(
                "remediations",
                list([map([
                    ("category", text("workaround")),
                    ("ids", list([text(CVE)])),
                    ("states", states),
                    ("text", en("Switch remote viewing off.")),
                ])]),
            )
            .set("advisory", advisory("Others can watch"))
            .set("action", action("configure"))
            .set("contact", text("security@acme.example"))
    }

    /// A withdrawal of one release.
    pub fn withdrawal() -> Fake {
        Fake::of(head("withdrawal", "cam-withdrawal-4", 4), "withdrawal")
            .set("scope", text("release"))
            .set("withdraws", list([device::state_ref()]))
            .set("corrective", text("withdraw"))
            .set("reason", en("It does not start on some devices."))
            .set("advisory", advisory("Release 1.4.2 withdrawn"))
            .set("action", action("contact"))
            .set("contact", text("security@acme.example"))
    }

    /// An acknowledgement of one delay that has ended.
    pub fn acknowledgement() -> Fake {
        Fake::of(head("acknowledgement", "cam-acknowledgement-1", 1), "security")
            .set(
                "acknowledges",
                list([map([
                    ("rule", text("G2")),
                    ("ids", list([text(CVE)])),
                    ("states", list([device::state_ref()])),
                    ("from", num(ISSUED - 5_184_000)),
                    ("until", num(ISSUED - 2_592_000)),
                ])]),
            )
            .set("cause", en("The build of the older line was broken for a month."))
            .set("remedy", en("Both lines are built every night now."))
            .set("approver", text("product security board"))
    }

    /// Makes the fix one whose details are told later.
    pub fn delayed(self) -> Fake {
        self.remove("fixes[0].severity").remove("fixes[0].impact").set(
            "fixes[0].disclosure",
            map([(
                "delayed",
                map([("reason", en("Others have not fixed it yet.")), ("until", num(ISSUED + 2_592_000))]),
            )]),
        )
    }

    /// Adds another fix under this id.
    pub fn and_fixes(self, id: &str) -> Fake {
        let mut more = fix();
        path::set(&mut more, "id", text(id));
        self.set("fixes[1]", more)
    }

    /// Takes along, from level 6, a change that was justified then.
    pub fn inheriting(self) -> Fake {
        let mut before = justified("inseparable");
        path::set(&mut before, "level", num(6));
        let mut earlier = change("added");
        path::set(&mut earlier, "level", num(6));
        self.set("changes", list([earlier])).set("inherited", list([before]))
    }

    /// Says in a feature release that one vulnerability is fixed by the way, and where else.
    pub fn also_fixing(self) -> Fake {
        self.set(
            "also-fixes",
            list([map([("id", text(CVE)), ("separately-in", list([digest(b"a security release")]))])]),
        )
    }
}

fn class_signer(class: &str) -> &'static str {
    match class {
        "security" => "security",
        _ => "feature",
    }
}
