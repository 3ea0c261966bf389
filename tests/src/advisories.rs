//! Manifests that are hard to tell as CSAF, each valid: `tests/csaf` gives them to the BSI's validator,
//! `tests/tests/audit/advisory` looks at what became of them.

use crate::Fake;
use crate::device;
use crate::fake::path::{self, digest, en, list, map, num, text};
use pkg_advisory::{AdvisoryOptions, Document, Known, Source};
use pkg_format::cvss::Severity;
use pkg_format::ident::Url;
use pkg_format::{Digest, Manifest, Tree, VulnId};
use std::collections::BTreeMap;

/// A CVSS 3.1 vector: 7.5, high.
pub const VECTOR: &str = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N";

/// A manifest, and what is given beside it.
pub struct Case {
    /// Its name, which is the id of the manifest too.
    pub name: String,
    /// The manifest.
    pub fake: Fake,
    /// Manifests that are known.
    pub known: Vec<Fake>,
    /// Scores that are added.
    pub scores: BTreeMap<VulnId, Severity>,
}

impl Case {
    /// A manifest alone.
    pub fn new(name: &str, fake: Fake) -> Case {
        let fake = fake.set("id", text(name));
        Case { name: name.into(), fake, known: Vec::new(), scores: BTreeMap::new() }
    }

    /// Another manifest that is known.
    pub fn knowing(mut self, fake: Fake) -> Case {
        self.known.push(fake);
        self
    }

    /// A score that is added.
    pub fn scored(mut self, id: &str) -> Case {
        let vector = Severity::new(VECTOR).expect("a vector");
        self.scores.insert(VulnId::new(id).expect("an id"), vector);
        self
    }

    /// The document that a form makes of it; nobody vouches for it.
    pub fn made<T>(&self, form: impl Fn(&Source<'_>, &AdvisoryOptions<'_>) -> T) -> T {
        let mut known = Known::default();
        for fake in &self.known {
            let manifest = decoded(fake);
            known.add(&Source::unverified(&manifest, fake.digest()));
        }
        let namespace = Url::new("https://acme.example").expect("an address");
        let scores = self.scores.clone();
        let options = AdvisoryOptions {
            known: Some(&known),
            namespace: Some(&namespace),
            scores,
            ..AdvisoryOptions::default()
        };
        let manifest = decoded(&self.fake);
        form(&Source::unverified(&manifest, self.fake.digest()), &options)
    }

    /// The CSAF document.
    pub fn csaf(&self) -> Document {
        self.made(pkg_advisory::csaf).unwrap_or_else(|e| panic!("{}: {e}", self.name))
    }
}

/// The manifest of a made-up package.
pub fn decoded(fake: &Fake) -> Manifest {
    Manifest::decode(&fake.manifest()).unwrap_or_else(|e| panic!("a valid manifest: {e}"))
}

/// A security release with one fix that has a vector.
pub fn scored() -> Fake {
    Fake::security().set("fixes[0].severity", text(VECTOR))
}

/// A security release with these fixes: id, vector, and a weakness for some.
fn with_fixes(fixes: impl Iterator<Item = (String, String, Option<String>)>) -> Fake {
    let one = path::at(&mut Fake::security().tree().clone(), "fixes[0]").clone();
    let fixes = fixes.map(|(id, vector, cwe)| {
        let mut fix = one.clone();
        path::set(&mut fix, "id", Tree::Text(id));
        path::set(&mut fix, "severity", Tree::Text(vector));
        if let Some(cwe) = cwe {
            path::set(&mut fix, "cwe", Tree::Text(cwe));
        }
        fix
    });
    Fake::security().set("fixes", Tree::List(fixes.collect()))
}

/// Every CVSS 3.1 base vector.
fn vectors() -> impl Iterator<Item = String> {
    let metrics: [(&str, &[&str]); 8] = [
        ("AV", &["N", "A", "L", "P"]),
        ("AC", &["L", "H"]),
        ("PR", &["N", "L", "H"]),
        ("UI", &["N", "R"]),
        ("S", &["U", "C"]),
        ("C", &["N", "L", "H"]),
        ("I", &["N", "L", "H"]),
        ("A", &["N", "L", "H"]),
    ];
    metrics
        .into_iter()
        .fold(vec!["CVSS:3.1".to_owned()], |all, (name, values)| {
            all.iter().flat_map(|start| values.iter().map(move |v| format!("{start}/{name}:{v}"))).collect()
        })
        .into_iter()
}

/// A reference to a state that nobody knows.
pub fn stranger() -> Tree {
    digest(b"a state that nobody knows")
}

fn status(id: &str, states: Tree, word: &str) -> Tree {
    map([("id", text(id)), ("states", states), ("status", text(word))])
}

/// A notice that speaks of everything at once.
pub fn everything() -> Fake {
    let (one, two) = (device::state_ref(), stranger());
    let mut both = [one.clone(), two.clone()];
    both.sort_by_key(Tree::to_bytes);
    let both = list(both);
    let mut elsewhere = status("CVE-2026-3", list([one.clone()]), "not-affected");
    path::set(&mut elsewhere, "justification", text("vulnerable_code_not_in_execute_path"));
    let remedy = |category: &str, id: &str, states: Tree| {
        map([
            ("category", text(category)),
            ("ids", list([text(id)])),
            ("states", states),
            ("text", en(&format!("About {category}."))),
        ])
    };
    let mut planned = remedy("fix-planned", "CVE-2026-22222", both.clone());
    path::set(&mut planned, "date", num(1_800_000_000));
    let mut fixed = remedy("vendor-fix", "ACME-2026-1", list([one.clone()]));
    path::set(&mut fixed, "release", two.clone());
    path::set(&mut fixed, "url", text("https://acme.example/fix"));
    path::set(&mut elsewhere, "id", text("CVE-2026-33333"));
    Fake::notice()
        .set(
            "statuses",
            list([
                status("CVE-2026-22222", both.clone(), "affected"),
                elsewhere,
                status("ACME-2026-1", list([one.clone()]), "mitigated"),
                status("ACME-2026-1", list([two.clone()]), "under-investigation"),
                status("GHSA-xv39-q5wx-9h2c", list([two.clone()]), "fixed"),
                // The same said twice, and not the same: the worse counts.
                status("EUVD-2026-7", list([one.clone()]), "fixed"),
                status("EUVD-2026-7", both, "under-investigation"),
            ]),
        )
        .set(
            "remediations",
            list([
                planned,
                remedy("workaround", "CVE-2026-22222", list([one.clone()])),
                fixed,
                remedy("mitigation", "ACME-2026-1", list([one])),
                remedy("no-fix-planned", "EUVD-2026-7", list([two])),
            ]),
        )
}

/// The made-up device's installed release, one level below [`Fake::security`].
pub fn before() -> Fake {
    Fake::security()
        .set("id", text("cam-1.4.2"))
        .set("release.version", text("1.4.2"))
        .set("release.security-level", num(6))
        .set("fixes[0].level", num(6))
        .set("fixes[0].id", text("CVE-2026-11111"))
        .set("images[0].sha256", digest(b"another image"))
}

/// The state of a release.
pub fn state(fake: &Fake) -> Digest {
    let manifest = decoded(fake);
    manifest.release().expect("a release").state(&manifest.common().product)
}

/// Every case.
pub fn cases() -> Vec<Case> {
    let vectors: Vec<_> = vectors().collect();
    let mut all = vec![
        Case::new("line", scored()),
        Case::new("known", scored()).knowing(before()),
        Case::new("exploited", scored().set("fixes[0].exploited", Tree::Bool(true))),
        Case::new("mitigated", scored().set("fixes[0].status", text("mitigated"))),
        Case::new("delayed", Fake::security().delayed()).scored("CVE-2026-12345"),
        Case::new("word", Fake::security()).scored("CVE-2026-12345"),
        Case::new("inseparable", Fake::inseparable().set("fixes[0].severity", text(VECTOR))),
        Case::new("empty", scored().set("applies-to", list([]))),
        Case::new("states", scored().set("applies-to", list([stranger()]))),
        Case::new(
            "aliases",
            scored().set("fixes[0].id", text("ACME-2026-9")).set(
                "fixes[0].aliases",
                list(["CVE-2026-12345", "CVE-2026-12346", "EUVD-2026-1", "GHSA-xv39-q5wx-9h2c"].map(text)),
            ),
        ),
        Case::new(
            "scope",
            scored().set("release.scope", text("modem")).set("release.version", text("2.0+git~rc1")),
        ),
        Case::new("feature", Fake::feature()),
        Case::new("feature-fix", Fake::feature().also_fixing()),
        Case::new("notice", Fake::notice()).scored("CVE-2026-12345"),
        Case::new("everything", everything()).scored("CVE-2026-22222").scored("ACME-2026-1"),
        Case::new("by-number", by_number(None)).scored("CVE-2026-12345"),
        Case::new("by-number-known", by_number(Some(4))).knowing(before()).scored("CVE-2026-12345"),
        Case::new("left-open", left_open()).scored("CVE-2026-22222"),
        Case::new("withdrawal", Fake::withdrawal()),
        Case::new("replaces-unknown", Fake::notice().set("supersedes", list([stranger()])))
            .scored("CVE-2026-12345"),
        Case::new("replaces", second_edition()).knowing(Fake::notice()).scored("CVE-2026-12345"),
        Case::new(
            "vex",
            Fake::notice()
                .set("statuses[0].status", text("not-affected"))
                .set("statuses[0].justification", text("component_not_present")),
        ),
    ];
    // Every weakness that has a name here must have the official one; the others go to the notes.
    let fix = |n: usize| (format!("ACME-{n}"), VECTOR.to_owned(), Some(format!("CWE-{n}")));
    all.push(Case::new("cwe-1", with_fixes((1..=700).map(fix))));
    all.push(Case::new("cwe-2", with_fixes((701..=1_400).map(fix))));
    for (i, some) in vectors.chunks(864).enumerate() {
        let fixes = some.iter().enumerate().map(|(n, v)| (format!("ACME-{n}"), v.clone(), None));
        all.push(Case::new(&format!("cvss-{i}"), with_fixes(fixes)));
    }
    all.extend((0..60).map(drawn));
    all
}

/// A notice about every release of a scope, with a remedy for those of one line from this number on.
fn by_number(from: Option<u64>) -> Fake {
    let all = map([("scope", text("product")), ("all", Tree::Bool(true))]);
    let mut line = map([("scope", text("product")), ("line", text("1"))]);
    from.into_iter().for_each(|n| path::set(&mut line, "from", num(n)));
    Fake::notice()
        .remove("statuses[0].states")
        .set("statuses[0].releases", list([all]))
        .remove("remediations[0].states")
        .set("remediations[0].releases", list([line]))
}

/// A release that leaves something open, and says when it will be fixed.
fn left_open() -> Fake {
    let open = map([
        ("id", text("CVE-2026-22222")),
        ("status", text("affected")),
        ("reason", en("The parser is rewritten in the next release.")),
        ("planned", num(1_800_000_000)),
    ]);
    scored().set("open", list([open]))
}

/// A notice or a release with statuses and remedies drawn by lot: whatever they say of each other, the
/// document must not contradict itself.
fn drawn(seed: u32) -> Case {
    let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(1);
    let mut draw = |below: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 16) % below
    };
    let (fake, own) = match seed.is_multiple_of(2) {
        true => (Fake::notice(), device::state_ref()),
        false => (scored(), Tree::Bytes(self::state(&scored()).0.to_vec())),
    };
    let ids = ["CVE-2026-12345", "CVE-2026-22222", "ACME-2026-1", "GHSA-xv39-q5wx-9h2c"];
    let states = [own, stranger(), Tree::Bytes(self::state(&before()).0.to_vec())];
    let words = ["affected", "not-affected", "under-investigation", "fixed", "mitigated"];
    let categories =
        ["workaround", "mitigation", "vendor-fix", "none-available", "no-fix-planned", "fix-planned"];
    let mut pick =
        |from: &[&str]| text(from[usize::try_from(draw(u32::try_from(from.len()).unwrap())).unwrap()]);
    let mut statuses = Vec::new();
    let mut remedies = Vec::new();
    for i in 0..=seed % 7 {
        let place = usize::try_from(i).unwrap() % states.len();
        let word = pick(&words);
        let mut status =
            map([("id", pick(&ids)), ("states", list([states[place].clone()])), ("status", word.clone())]);
        if word == text("not-affected") {
            path::set(
                &mut status,
                "justification",
                pick(&["component_not_present", "inline_mitigations_already_exist"]),
            );
        }
        statuses.push(status);
        let category = pick(&categories);
        let mut remedy = map([
            ("category", category.clone()),
            ("ids", list([pick(&ids)])),
            ("states", list([states[(place + 1) % states.len()].clone()])),
            ("text", en("It helps.")),
        ]);
        if category == text("fix-planned") {
            path::set(&mut remedy, "date", num(1_800_000_000));
        }
        remedies.push(remedy);
    }
    let fake = fake.set("statuses", Tree::List(statuses)).set("remediations", Tree::List(remedies));
    let mut case = Case::new(&format!("drawn-{seed}"), fake).knowing(before());
    // CSAF wants a score for what is affected.
    let said = case.made(pkg_advisory::openvex).expect("it says something").text;
    for id in ids.iter().filter(|id| said.contains(**id)) {
        case = case.scored(id);
    }
    case
}

/// A notice that replaces [`Fake::notice`], a day later.
pub fn second_edition() -> Fake {
    let first = Fake::notice();
    let digest = Tree::Bytes(first.digest().0.to_vec());
    first.set("supersedes", list([digest])).set("issued", num(1_796_083_200 + 86_400)).set("sequence", num(4))
}
