//! Packages that every verifier accepts: each kind, and each thing that is allowed to differ.

use super::Set;
use crate::Fake;
use crate::fake::kinds::justified;
use crate::fake::path::{self, digest, en, list, map, num, text};
use crate::keys::key;
use pkg_format::Tree;

const SBOM: &str = "application/vnd.cyclonedx+json";

pub(super) fn add(set: &mut Set) {
    set.accepted("security-pure", "A pure security update of two images.", &Fake::security());
    set.accepted("security-small", "One image, one key that has both roles.", &Fake::small());
    set.accepted("security-inseparable", "A fix that needs a change.", &Fake::inseparable());
    set.accepted("security-change-is-fix", "A change that is the fix.", &Fake::change_is_fix());
    set.accepted("security-delayed", "Details of the fix are told later.", &Fake::small().delayed());
    set.accepted(
        "security-inherited",
        "Passes on an earlier, justified change.",
        &Fake::small().inheriting(),
    );
    set.accepted("feature", "A feature update.", &Fake::feature());
    set.accepted(
        "feature-also-fixes",
        "A fix rides along, and where else it is.",
        &Fake::feature().also_fixing(),
    );
    set.accepted("notice", "A notice.", &Fake::notice());
    set.accepted("withdrawal", "A withdrawal.", &Fake::withdrawal());
    set.accepted("delta", "One image travels as a delta.", &Fake::delta());
    set.accepted("zstd", "One image travels as Zstandard frames.", &Fake::zstd());
    signers(set);
    more_fields(set);
}

fn signers(set: &mut Set) {
    set.accepted(
        "two-signers",
        "Two trusted keys signed each statement.",
        &Fake::security()
            .signed_by(&[key("security"), key("security-2")])
            .delivered_by(&[key("delivery"), key("delivery-2")]),
    );
    set.accepted(
        "threshold-met",
        "The keyring asks for two security keys, and two signed.",
        &Fake::small().signed_by(&[key("security"), key("security-2")]),
    )
    .with_keyring("two-security");
    let by_scope = Fake::security().signed_by(&[key("security"), key("security-2")]);
    set.accepted("scope", "One of its keys may sign for this scope.", &by_scope).with_keyring("scopes");
    set.accepted(
        "exception-threshold-met",
        "The keyring asks for two keys on what is not pure, and two signed.",
        &Fake::inseparable().signed_by(&[key("security"), key("security-2")]),
    )
    .with_keyring("exception");
    set.accepted(
        "unknown-signer",
        "A key that the keyring does not know signed too: it is ignored.",
        &Fake::notice().signed_by(&[key("notice"), key("stranger")]),
    );
    set.accepted(
        "revoked-signer",
        "A revoked key signed too: it is ignored.",
        &Fake::notice().signed_by(&[key("notice"), key("revoked")]),
    );
    let sixteen: Vec<_> = [
        "notice", "s01", "s02", "s03", "s04", "s05", "s06", "s07", "s08", "s09", "s10", "s11", "s12", "s13",
        "s14", "s15",
    ]
    .map(key)
    .to_vec();
    set.accepted(
        "sixteen-signers",
        "As many signatures as there may be.",
        &Fake::notice().signed_by(&sixteen),
    );
    set.accepted(
        "channel-key",
        "A key for the testing channel signed a testing release.",
        &Fake::small()
            .set("release.channel", text("testing"))
            .signed_by(&[key("testing")])
            .delivered_by(&[key("testing")]),
    );
}

/// What the maker knew: of each series the newest statement.
pub(super) fn known() -> [Tree; 3] {
    let digest = |n| ("digest", Tree::Bytes([n; 32].to_vec()));
    [
        map([("series", text("notice")), ("sequence", num(3)), digest(1)]),
        map([
            ("series", text("release")),
            ("scope", text("product")),
            ("line", text("1")),
            ("sequence", num(4)),
            digest(2),
        ]),
        map([("series", text("withdrawal")), ("sequence", num(2)), digest(3)]),
    ]
}

fn more_fields(set: &mut Set) {
    let what = "The newest statement that its maker knew, of each series.";
    set.accepted("after", what, &Fake::small().set("after", list(known())));
    set.accepted("after-notice", "A notice says so too.", &Fake::notice().set("after", list(known())));
    set.accepted(
        "evidence",
        "Two documents travel in the package, the second one empty.",
        &Fake::small().with_evidence("sbom", SBOM, b"{\"bomFormat\":\"CycloneDX\"}").with_evidence(
            "other",
            "text/plain",
            b"",
        ),
    );
    set.accepted(
        "notice-evidence",
        "A document travels in a notice; another is only named.",
        &Fake::notice().with_evidence("csaf", "application/json", b"{}").set(
            "evidence[1]",
            map([
                ("kind", text("vex")),
                ("media-type", text("application/json")),
                ("size", num(5_000_000_000)),
                ("sha256", digest(b"elsewhere")),
                ("uri", text("https://acme.example/vex.json")),
            ]),
        ),
    );
    let german = map([
        ("title", text("Andere können zusehen")),
        ("summary", text("Das Bild war für andere sichtbar.")),
        ("details", text("Jedes Passwort wurde angenommen.\nJetzt nicht mehr.")),
        ("impact", text("Fremde im selben Netz konnten zusehen.")),
    ]);
    let right_to_left = map([
        ("title", text("אחרים יכולים לצפות")),
        ("summary", text("התמונה הייתה גלויה 🔒")),
        ("details", text("כל סיסמה התקבלה")),
        ("impact", text("زر")),
    ]);
    set.accepted(
        "languages",
        "An advisory in three languages, one written from right to left.",
        &Fake::notice()
            .set("advisory.de-AT", german)
            .set("advisory.he", right_to_left)
            .set("action.text.zh-Hant-TW", text("關閉遠端觀看")),
    );
    set.accepted(
        "notes",
        "Notes of the maker's own.",
        &Fake::notice().set("x-ticket", text("SEC-17")).set("x-a", text("ä")),
    );
    set.accepted(
        "all-options",
        "A security update with every optional field.",
        &Fake::small()
            .with_evidence("risk", "application/pdf", b"risk")
            .set("supersedes", list([digest(b"an older one")]))
            .set("contact", text("security@acme.example"))
            .set("keyring-min", num(2))
            .set("fresh", Tree::Bool(true))
            .set("images[0].version", text("2026.12+r1~2"))
            .set("fixes[0].aliases", list([text("EUVD-2026-9"), text("GHSA-2345-6789-cfgh")]))
            .set("fixes[0].upstream", text("busybox 1.37"))
            .set("fixes[0].cwe", text("CWE-287"))
            .set("fixes[0].description", en("Any password was taken."))
            .set(
                "fixes[0].severity",
                text("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:N/VA:N/SC:N/SI:N/SA:N/E:A"),
            )
            .set("fixes[0].exploited", Tree::Bool(true))
            .set("fixes[0].exploited-since", num(1_796_000_000))
            .set("fixes[0].known-since", num(1_795_000_000))
            .set("fixes[0].touches", list([text("/bin/login"), text("/etc/pam.d")]))
            .set("action.deadline", num(1_798_000_000))
            .set("from", list([digest(b"a parent")]))
            .set("open", list([super::model::still_open("CVE-2026-2222", "affected")]))
            .set("requires", list([map([("scope", text("modem")), ("line", text("1")), ("from", num(2))])]))
            .set("reopens", list([map([("id", text("ACME-SA-3")), ("reason", en("It broke video."))])]))
            .set("support.basis", text("expected use: ten years"))
            .set(
                "defaults",
                list([map([
                    ("id", text("remote-view")),
                    ("direction", text("stronger")),
                    ("text", en("Off by default.")),
                    ("necessary-for", list([text(crate::fake::kinds::CVE)])),
                ])]),
            ),
    );
    set.accepted(
        "not-automatic",
        "A security update for industrial devices does not install itself.",
        &Fake::small().set(
            "automatic",
            map([
                ("applicable", Tree::Bool(false)),
                ("default", text("off")),
                ("reason", text("industrial")),
                ("text", en("Plants choose when to stop.")),
            ]),
        ),
    );
    set.accepted(
        "tailor-made",
        "An agreement waives that security updates are free.",
        &Fake::small().set("cost", text("paid")).set(
            "tailor-made",
            map([
                ("customer", text("customer 17")),
                ("contract-digest", digest(b"contract")),
                ("purpose", en("A camera for one factory.")),
                ("waives", list([text("free-of-charge")])),
            ]),
        ),
    );
    set.accepted("paid-feature", "A feature may cost.", &Fake::feature().set("cost", text("paid")));
    let mut with_proof = justified("inseparable");
    path::set(&mut with_proof, "evidence", list([num(0)]));
    set.accepted(
        "justification-evidence",
        "What justifies the change is backed by a document.",
        &Fake::inseparable().with_evidence("risk", "application/pdf", b"why").set("separation", with_proof),
    );
    set.accepted(
        "longest-names",
        "An id of 64 characters and a version of 64.",
        &Fake::small()
            .set("id", text(&"i".repeat(64)))
            .set("release.version", text(&format!("1{}", "+~".repeat(31) + "x"))),
    );
    set.accepted(
        "feature-without-automatic",
        "A feature update need not say whether it may install itself.",
        &Fake::feature().remove("automatic"),
    );
    set.accepted(
        "largest-numbers",
        "Counters and times as large as numbers go: nothing overflows.",
        &Fake::small()
            .set("sequence", num(u64::MAX))
            .set("issued", num(253_402_300_799))
            .set("release.security-level", num(u64::MAX))
            .set("action.deadline", num(u64::MAX)),
    );
}
