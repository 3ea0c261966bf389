//! What of a manifest stands where in CSAF and OpenVEX.

use pkg_advisory::{self, Error};
use pkg_format::Tree;
use pkg_format::cvss::Severity;
use pkg_tests::Fake;
use pkg_tests::advisories::{
    Case, VECTOR, before, cases, everything, scored, second_edition, state, stranger,
};
use pkg_tests::fake::path::{digest, list, map, num, text};
use serde_json::{Value, json};

fn csaf(case: &Case) -> Value {
    serde_json::from_str(&case.csaf().text).expect("JSON")
}

fn of(fake: Fake) -> Value {
    csaf(&Case::new("case", fake))
}

/// The names behind product ids.
fn names(document: &Value, ids: &Value) -> Vec<String> {
    let versions = &document["product_tree"]["branches"][0]["branches"][0]["branches"];
    let versions = versions.as_array().expect("versions");
    let name = |id: &Value| {
        let product = versions.iter().map(|v| &v["product"]).find(|p| p["product_id"] == *id);
        product.unwrap_or_else(|| panic!("{id} is in the tree"))["name"].as_str().expect("a name").to_owned()
    };
    ids.as_array().map(|ids| ids.iter().map(name).collect()).unwrap_or_default()
}

/// The vulnerability with this name.
fn vulnerability<'a>(document: &'a Value, id: &str) -> &'a Value {
    let all = document["vulnerabilities"].as_array().expect("vulnerabilities");
    let bears =
        |v: &&Value| v["cve"] == id || v["ids"].as_array().is_some_and(|i| i.iter().any(|i| i["text"] == id));
    all.iter().find(bears).unwrap_or_else(|| panic!("{id} is there"))
}

#[test]
fn a_security_release_names_what_is_affected_and_where_it_is_fixed() {
    let document = of(scored());
    let v = vulnerability(&document, "CVE-2026-12345");
    assert_eq!(document["document"]["category"], "csaf_security_advisory");
    assert_eq!(names(&document, &v["product_status"]["fixed"]), ["acme cam 1.4.3 (cam-x1, cam-x2)"]);
    let affected = names(&document, &v["product_status"]["known_affected"]);
    assert_eq!(
        affected,
        ["acme cam, every version of line 1 before 1.4.3 (feature level 3) (cam-x1, cam-x2)"]
    );
    assert_eq!(
        v["scores"],
        json!([{
            "cvss_v3": {
                "attackComplexity": "LOW",
                "attackVector": "NETWORK",
                "availabilityImpact": "NONE",
                "baseScore": 7.5,
                "baseSeverity": "HIGH",
                "confidentialityImpact": "HIGH",
                "integrityImpact": "NONE",
                "privilegesRequired": "NONE",
                "scope": "UNCHANGED",
                "userInteraction": "NONE",
                "vectorString": VECTOR,
                "version": "3.1",
            },
            "products": v["product_status"]["known_affected"],
        }])
    );
    let remediation = &v["remediations"][0];
    assert_eq!(remediation["category"], "vendor_fix");
    // The remedy is for what is affected, not for what is fixed.
    assert_eq!(remediation["product_ids"], v["product_status"]["known_affected"]);
    assert_eq!(v["threats"][0]["details"], "Strangers could watch.");
    assert_eq!(v["remediations"].as_array().map(Vec::len), Some(1));
}

#[test]
fn what_is_known_puts_versions_to_states() {
    let alone = of(scored().set("applies-to", list([Tree::Bytes(state(&before()).0.to_vec())])));
    let v = vulnerability(&alone, "CVE-2026-12345");
    let name = &names(&alone, &v["product_status"]["known_affected"])[0];
    assert!(name.starts_with("acme cam, the version with the state digest "), "{name}");
    let known = csaf(&Case::new("case", scored()).knowing(before()));
    let v = vulnerability(&known, "CVE-2026-12345");
    let mut affected = names(&known, &v["product_status"]["known_affected"]);
    affected.sort();
    let range = "acme cam, every version of line 1 before 1.4.3 (feature level 3) (cam-x1, cam-x2)";
    assert_eq!(affected, ["acme cam 1.4.2 (cam-x1, cam-x2)", range]);
    let versions = known["product_tree"]["branches"][0]["branches"][0]["branches"].as_array().unwrap();
    let helper = |name: &str| {
        let version = versions.iter().find(|v| v["name"] == name).expect("a version");
        &version["product"]["product_identification_helper"]
    };
    assert_eq!(helper("1.4.2")["purl"], "pkg:generic/acme/cam@1.4.2?hardware=cam-x1%2Ccam-x2");
    assert_eq!(helper("1.4.2")["hashes"].as_array().map(Vec::len), Some(2));
    let range = helper("vers:generic/>=1.4.2|<1.4.3");
    let purl = "pkg:generic/acme/cam?below_security_level=7&feature_level=3&hardware=cam-x1%2Ccam-x2&line=1";
    assert_eq!(range["purl"], purl);
    assert_eq!(range["model_numbers"], json!(["cam-x1", "cam-x2"]));
    assert_eq!(range["hashes"], Value::Null);
}

/// A fix that is carried on is not told of states that have it already.
#[test]
fn carried_on_fixes_keep_their_level() {
    let older = scored().set("fixes[0].level", num(5));
    let document = of(older.clone());
    let v = vulnerability(&document, "CVE-2026-12345");
    let affected = names(&document, &v["product_status"]["known_affected"]);
    assert_eq!(
        affected,
        [
            "acme cam, every version of line 1 with a security level below 5 (feature level 3) (cam-x1, cam-x2)"
        ]
    );
    // 1.4.2 stands at level 6.
    let by_line = csaf(&Case::new("case", older.clone()).knowing(before()));
    let v = vulnerability(&by_line, "CVE-2026-12345");
    assert_eq!(v["product_status"]["known_affected"].as_array().map(Vec::len), Some(1));
    let states = older.set("applies-to", list([Tree::Bytes(state(&before()).0.to_vec())]));
    let by_state = csaf(&Case::new("case", states).knowing(before()));
    assert_eq!(vulnerability(&by_state, "CVE-2026-12345")["product_status"]["known_affected"], Value::Null);
}

#[test]
fn restarts_have_their_words() {
    for (ours, theirs) in [
        ("none", "none"),
        ("component", "vulnerable_component"),
        ("service", "service"),
        ("device", "machine"),
        ("system", "system"),
    ] {
        let document = of(scored().set("action.restart", text(ours)));
        let remediation = &vulnerability(&document, "CVE-2026-12345")["remediations"][0];
        assert_eq!(remediation["restart_required"]["category"], theirs);
    }
}

#[test]
fn what_is_mitigated_is_still_affected() {
    let document = of(scored().set("fixes[0].status", text("mitigated")));
    let v = vulnerability(&document, "CVE-2026-12345");
    assert_eq!(v["product_status"]["fixed"], Value::Null);
    assert_eq!(v["product_status"]["known_affected"].as_array().map(Vec::len), Some(2));
    let categories: Vec<_> =
        v["remediations"].as_array().unwrap().iter().map(|r| r["category"].as_str().unwrap()).collect();
    // For those that have it installed there is nothing more.
    assert_eq!(categories, ["mitigation", "none_available"]);
}

#[test]
fn a_delayed_disclosure_tells_what_is_told() {
    let document = of(Fake::security().delayed());
    let v = vulnerability(&document, "CVE-2026-12345");
    assert_eq!((&v["threats"], &v["scores"], &v["cwe"]), (&Value::Null, &Value::Null, &Value::Null));
    assert_eq!(v["notes"][0]["text"], "More is told by 2026-12-31. Others have not fixed it yet.");
    assert_eq!(document["document"]["tracking"]["status"], "draft", "nobody vouches for it");
}

#[test]
fn exploitation_is_a_threat() {
    let exploited = scored().set("fixes[0].exploited", Tree::Bool(true));
    let since = exploited.clone().set("fixes[0].exploited-since", num(1_796_083_200));
    let threat = |fake| vulnerability(&of(fake), "CVE-2026-12345")["threats"][1].clone();
    assert_eq!(threat(scored()), Value::Null);
    assert_eq!(threat(exploited)["category"], "exploit_status");
    let details = threat(since)["details"].clone();
    assert_eq!(details, "Attackers already use this vulnerability, since 2026-12-01 or before.");
}

#[test]
fn one_vulnerability_has_one_entry_whatever_its_names() {
    let fake = scored()
        .set("fixes[0].id", text("ACME-2026-9"))
        .set("fixes[0].aliases", list(["CVE-2026-12345", "CVE-2026-12346", "GHSA-xv39-q5wx-9h2c"].map(text)))
        .set(
            "statuses",
            list([map([
                ("id", text("GHSA-xv39-q5wx-9h2c")),
                ("states", list([stranger()])),
                ("status", text("affected")),
            ])]),
        );
    let document = of(fake);
    assert_eq!(document["vulnerabilities"].as_array().map(Vec::len), Some(1));
    let v = vulnerability(&document, "CVE-2026-12345");
    assert_eq!(
        v["ids"],
        json!([{"system_name": "acme", "text": "ACME-2026-9"}, {"system_name": "GHSA", "text": "GHSA-xv39-q5wx-9h2c"}])
    );
    assert_eq!(v["product_status"]["known_affected"].as_array().map(Vec::len), Some(2));
    // A second CVE goes to the notes: `ids` is for other systems.
    assert!(v["notes"].as_array().unwrap().iter().any(|n| n["text"] == "CVE-2026-12346"), "{v}");
}

/// Two fixes that a third name ties together are one vulnerability, as bad as the worse of them.
#[test]
fn names_tie_vulnerabilities_together() {
    let fix = |id: &str, alias: &str, severity: &str| {
        map([
            ("id", text(id)),
            ("aliases", list([text(alias)])),
            ("level", num(7)),
            ("status", text("fixed")),
            ("severity", text(severity)),
            ("impact", map([("en", text(&format!("Impact of {id}.")))])),
            ("affected", text("applies-to")),
            ("exploited", Tree::Bool(false)),
            ("disclosure", text("public")),
        ])
    };
    let low = "CVSS:3.1/AV:P/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N";
    let document = of(scored().set(
        "fixes",
        list([
            fix("A-1", "EUVD-2026-1", low),
            fix("B-2", "EUVD-2026-2", VECTOR),
            fix("EUVD-2026-1", "EUVD-2026-2", low),
            fix("C-3", "EUVD-2026-3", low),
        ]),
    ));
    assert_eq!(document["vulnerabilities"].as_array().map(Vec::len), Some(2));
    let v = vulnerability(&document, "B-2");
    let ids: Vec<_> = v["ids"].as_array().unwrap().iter().map(|i| i["text"].as_str().unwrap()).collect();
    assert_eq!(ids, ["A-1", "EUVD-2026-1", "B-2", "EUVD-2026-2"]);
    assert_eq!(v["scores"][0]["cvss_v3"]["vectorString"], VECTOR);
    assert_eq!(v["threats"].as_array().map(Vec::len), Some(3));
}

/// What is told by name goes before what follows from a fix; of two tellings the worse counts.
#[test]
fn contradictions_are_told_as_the_worse() {
    let own = Tree::Bytes(state(&scored()).0.to_vec());
    let status = |word: &str| {
        map([("id", text("CVE-2026-12345")), ("states", list([own.clone()])), ("status", text(word))])
    };
    let standing = |words: &[&str]| {
        let statuses = Tree::List(words.iter().map(|w| status(w)).collect());
        let fake = if words.is_empty() { scored() } else { scored().set("statuses", statuses) };
        let v = vulnerability(&of(fake), "CVE-2026-12345").clone();
        let groups = v["product_status"].as_object().unwrap().clone();
        let own = format!("state-{}", state(&scored()));
        let group = groups.iter().find(|(_, ids)| ids.as_array().unwrap().contains(&own.clone().into()));
        group.map(|(name, _)| name.clone()).expect("a group")
    };
    assert_eq!(standing(&[]), "fixed");
    assert_eq!(standing(&["affected"]), "known_affected");
    assert_eq!(standing(&["under-investigation"]), "under_investigation");
    assert_eq!(standing(&["fixed", "under-investigation"]), "under_investigation");
    assert_eq!(standing(&["affected", "fixed"]), "known_affected");
}

#[test]
fn a_notice_says_it_all() {
    let document = of(everything());
    assert_eq!(document["document"]["tracking"]["id"], "cam-case");
    let categories = |id: &str| {
        let v = vulnerability(&document, id);
        let all = v["remediations"].as_array().unwrap().iter();
        all.map(|r| (r["category"].as_str().unwrap().to_owned(), r["product_ids"].as_array().unwrap().len()))
            .collect::<Vec<_>>()
    };
    let pair = |c: &str, n: usize| (c.to_owned(), n);
    assert_eq!(categories("CVE-2026-22222"), [pair("none_available", 2), pair("workaround", 1)]);
    // A planned fix is "none yet", with its date.
    let planned = &vulnerability(&document, "CVE-2026-22222")["remediations"][0];
    assert_eq!(planned["date"], "2027-01-15T08:00:00Z");
    assert_eq!(
        categories("ACME-2026-1"),
        [pair("vendor_fix", 1), pair("mitigation", 1), pair("none_available", 1)]
    );
    assert_eq!(vulnerability(&document, "ACME-2026-1")["remediations"][0]["url"], "https://acme.example/fix");
    assert_eq!(categories("EUVD-2026-7"), [pair("no_fix_planned", 1), pair("none_available", 1)]);
    let flags = &vulnerability(&document, "CVE-2026-33333")["flags"];
    assert_eq!(flags[0]["label"], "vulnerable_code_not_in_execute_path");
    let status = |id: &str| {
        let groups = vulnerability(&document, id)["product_status"].as_object().unwrap();
        groups.iter().map(|(k, v)| (k.clone(), v.as_array().unwrap().len())).collect::<Vec<_>>()
    };
    assert_eq!(status("ACME-2026-1"), [pair("known_affected", 1), pair("under_investigation", 1)]);
    assert_eq!(status("EUVD-2026-7"), [pair("under_investigation", 2)]);
    assert_eq!(status("GHSA-xv39-q5wx-9h2c"), [pair("fixed", 1)]);
}

#[test]
fn the_category_follows_from_what_is_told() {
    let category = |fake| of(fake)["document"]["category"].as_str().unwrap().to_owned();
    assert_eq!(category(Fake::security()), "csaf_security_advisory");
    assert_eq!(category(Fake::notice()), "csaf_security_advisory");
    assert_eq!(category(Fake::feature().also_fixing()), "csaf_security_advisory");
    assert_eq!(category(Fake::feature()), "csaf_informational_advisory");
    assert_eq!(category(Fake::withdrawal()), "csaf_informational_advisory");
    let investigated = Fake::notice().set("statuses[0].status", text("under-investigation"));
    assert_eq!(category(investigated), "csaf_vex");
}

#[test]
fn a_withdrawal_names_what_is_taken_back() {
    let document = of(Fake::withdrawal().set("withdraws", list([stranger()])));
    assert_eq!(document["vulnerabilities"], Value::Null);
    let versions = &document["product_tree"]["branches"][0]["branches"][0]["branches"];
    assert_eq!(versions.as_array().map(Vec::len), Some(1));
    let texts = document["document"]["notes"].to_string();
    assert!(texts.contains("It does not start on some devices."), "{texts}");
    assert!(texts.contains("It is no longer offered."), "{texts}");
}

#[test]
fn a_fix_that_rides_along_is_told_with_where_it_is_alone() {
    let document = of(Fake::feature().also_fixing());
    let v = vulnerability(&document, "CVE-2026-12345");
    assert_eq!(v["product_status"]["fixed"].as_array().map(Vec::len), Some(2));
    assert_eq!(v["product_status"].as_object().map(|o| o.len()), Some(1));
}

#[test]
fn what_csaf_has_no_field_for_stands_in_the_notes() {
    let vector = "CVSS:4.0/AV:A/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N";
    let fake = Fake::security().set("fixes[0].severity", text(vector)).set("fixes[0].cwe", text("CWE-1300"));
    let document = of(fake);
    let v = vulnerability(&document, "CVE-2026-12345");
    assert_eq!((&v["scores"], &v["cwe"]), (&Value::Null, &Value::Null));
    let notes: Vec<_> = v["notes"].as_array().unwrap().iter().map(|n| n["text"].as_str().unwrap()).collect();
    assert_eq!(notes, ["CWE-1300", &format!("{vector} (8.7, high)")]);
    let named = of(scored().set("fixes[0].cwe", text("CWE-787")));
    let cwe = &vulnerability(&named, "CVE-2026-12345")["cwe"];
    assert_eq!(cwe, &json!({"id": "CWE-787", "name": "Out-of-bounds Write"}));
}

#[test]
fn a_score_may_be_added_where_there_is_none_and_nowhere_else() {
    let added = csaf(&Case::new("case", Fake::security()).scored("CVE-2026-12345"));
    let v = vulnerability(&added, "CVE-2026-12345");
    assert_eq!(v["scores"][0]["cvss_v3"]["vectorString"], VECTOR);
    let notes = v["notes"].to_string();
    assert!(notes.contains("it is not part of the signed manifest"), "{notes}");
    let refused = |case: &Case| case.made(pkg_advisory::csaf).err();
    let stray = Case::new("case", scored()).scored("CVE-2026-99999");
    assert!(matches!(refused(&stray), Some(Error::StrayScore(_))));
    let other = "CVSS:3.1/AV:P/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N";
    let mut signed = Case::new("case", Fake::security().set("fixes[0].severity", text(other)));
    signed = signed.scored("CVE-2026-12345");
    assert!(matches!(refused(&signed), Some(Error::OtherScore { .. })));
    let mut word = Case::new("case", Fake::security()).scored("CVE-2026-12345");
    for vector in word.scores.values_mut() {
        *vector = Severity::new("high").unwrap();
    }
    assert!(matches!(refused(&word), Some(Error::NotCvss31(_))));
}

#[test]
fn a_document_that_replaces_another_continues_it() {
    let document = csaf(&Case::new("second", second_edition()).knowing(Fake::notice()));
    let tracking = &document["document"]["tracking"];
    assert_eq!((&tracking["id"], &tracking["version"]), (&"cam-notice-3".into(), &"2".into()));
    assert_eq!(tracking["initial_release_date"], "2026-12-01T00:00:00Z");
    assert_eq!(tracking["current_release_date"], "2026-12-02T00:00:00Z");
    let history = tracking["revision_history"].as_array().unwrap();
    assert_eq!(history.iter().map(|h| h["number"].as_str().unwrap()).collect::<Vec<_>>(), ["1", "2"]);
    // What it replaces is not at hand: nothing is made up.
    let alone = Case::new("second", second_edition()).csaf();
    assert_eq!(alone.unknown_predecessors, [Fake::notice().digest()]);
    let alone: Value = serde_json::from_str(&alone.text).unwrap();
    let tracking = &alone["document"]["tracking"];
    assert_eq!((&tracking["id"], &tracking["version"]), (&"cam-second".into(), &"1".into()));
    let summary = tracking["revision_history"][0]["summary"].as_str().unwrap();
    assert!(summary.contains(&Fake::notice().digest().to_string()), "{summary}");
}

/// A release that replaces a withdrawn one is a document of its own, and says what it replaces.
#[test]
fn a_release_continues_no_document() {
    let withdrawn = before();
    let digest = Tree::Bytes(withdrawn.digest().0.to_vec());
    let case = Case::new("case", scored().set("supersedes", list([digest])));
    assert_eq!(case.csaf().unknown_predecessors, []);
    let document = csaf(&case);
    let tracking = &document["document"]["tracking"];
    assert_eq!((&tracking["id"], &tracking["version"]), (&"cam-case".into(), &"1".into()));
    let summary = &tracking["revision_history"][0]["summary"];
    assert_eq!(*summary, format!("First edition. Replaces the manifest {}.", withdrawn.digest()));
    let known = csaf(&case.knowing(withdrawn));
    let summary = &known["document"]["tracking"]["revision_history"][0]["summary"];
    assert_eq!(summary, "First edition. Replaces the manifest cam-1.4.2.");
}

#[test]
fn every_document_is_sorted_and_made_the_same_again() {
    fn sorted(value: &Value) -> bool {
        match value {
            Value::Object(map) => map.keys().is_sorted() && map.values().all(sorted),
            Value::Array(list) => list.iter().all(sorted),
            _ => true,
        }
    }
    for case in cases() {
        let document = case.csaf();
        assert!(sorted(&serde_json::from_str(&document.text).unwrap()), "{}", case.name);
        assert!(document.text == case.csaf().text, "{}", case.name);
    }
}

/// Of every vulnerability: a product has one standing, is in the tree, and has a remedy exactly if it
/// needs one.
#[test]
fn no_document_contradicts_itself() {
    let strings = |v: &Value| -> Vec<String> {
        v.as_array().map(|l| l.iter().map(|s| s.as_str().unwrap().to_owned()).collect()).unwrap_or_default()
    };
    for case in cases() {
        let document = csaf(&case);
        let versions = &document["product_tree"]["branches"][0]["branches"][0]["branches"];
        let tree: Vec<_> =
            versions.as_array().unwrap().iter().map(|v| v["product"]["product_id"].clone()).collect();
        for v in document["vulnerabilities"].as_array().unwrap_or(&Vec::new()) {
            let groups = v["product_status"].as_object().unwrap();
            let mut all: Vec<_> = groups.values().flat_map(strings).collect();
            assert!(all.iter().all(|id| tree.contains(&id.as_str().into())), "{}", case.name);
            let count = all.len();
            all.sort();
            all.dedup();
            assert_eq!(all.len(), count, "{}: {groups:?}", case.name);
            let open = |group: &str| groups.get(group).map(strings).unwrap_or_default();
            let mut open = [open("known_affected"), open("under_investigation")].concat();
            open.sort();
            let remedies = v["remediations"].as_array().cloned().unwrap_or_default();
            let mut helped: Vec<_> = remedies.iter().flat_map(|r| strings(&r["product_ids"])).collect();
            helped.sort();
            helped.dedup();
            assert_eq!(helped, open, "{}", case.name);
        }
    }
}

#[test]
fn dates_beyond_the_calendar_are_no_document() {
    // Dates of issue are within the calendar (VER-13); others are held by the builder only.
    let late = Case::new("case", Fake::notice().set("remediations[0].date", num(u64::MAX)));
    assert_eq!(late.made(pkg_advisory::csaf).err(), Some(Error::NoDate(u64::MAX)));
    assert!(late.made(|s, o| pkg_advisory::text(s, o, 80)).is_ok(), "people can still read it");
}

#[test]
fn openvex_says_the_same() {
    let case = Case::new("case", everything());
    let document = case.made(pkg_advisory::openvex).expect("a document");
    let document: Value = serde_json::from_str(&document.text).unwrap();
    assert_eq!(document["@context"], "https://openvex.dev/ns/v0.2.0");
    let statements = document["statements"].as_array().unwrap();
    let said: Vec<_> = statements
        .iter()
        .map(|s| {
            let count = s["products"].as_array().unwrap().len();
            (s["vulnerability"]["name"].as_str().unwrap(), s["status"].as_str().unwrap(), count)
        })
        .collect();
    assert_eq!(
        said,
        [
            ("ACME-2026-1", "affected", 1),
            ("ACME-2026-1", "under_investigation", 1),
            // One has a workaround besides, so the two are told apart.
            ("CVE-2026-22222", "affected", 1),
            ("CVE-2026-22222", "affected", 1),
            ("CVE-2026-33333", "not_affected", 1),
            ("EUVD-2026-7", "under_investigation", 2),
            ("GHSA-xv39-q5wx-9h2c", "fixed", 1),
        ]
    );
    for statement in statements {
        let (status, has) = (&statement["status"], |key: &str| statement[key].is_string());
        assert_eq!(*status == "affected", has("action_statement"), "{statement}");
        assert_eq!(*status == "not_affected", has("justification"), "{statement}");
        assert!(
            statement["status_notes"].as_str().is_some_and(|n| n.starts_with("UNVERIFIED")),
            "{statement}"
        );
    }
    // States that share a version share a package URL, which is told once.
    let twin = before().set("images[1].sha256", digest(b"built again"));
    let twins = Case::new("case", scored()).knowing(before()).knowing(twin);
    let document: Value = serde_json::from_str(&twins.made(pkg_advisory::openvex).unwrap().text).unwrap();
    let affected = &document["statements"][1];
    assert_eq!(
        (&affected["status"], affected["products"].as_array().unwrap().len()),
        (&"affected".into(), 2)
    );
    let silent = Case::new("case", Fake::withdrawal());
    assert_eq!(silent.made(pkg_advisory::openvex).err(), Some(Error::NoVulnerability));
}

#[test]
fn the_maker_is_named_by_an_address_that_somebody_gave() {
    use pkg_advisory::{AdvisoryOptions, Source};
    let named = |contact: &str| {
        let fake = Fake::notice().set("contact", text(contact));
        let manifest = pkg_tests::advisories::decoded(&fake);
        pkg_advisory::csaf(&Source::unverified(&manifest, fake.digest()), &AdvisoryOptions::default()).map(
            |d| serde_json::from_str::<Value>(&d.text).unwrap()["document"]["publisher"]["namespace"].clone(),
        )
    };
    assert_eq!(named("security@acme.example").err(), Some(Error::NoNamespace));
    assert_eq!(named("https://acme.example/security/contact").unwrap(), "https://acme.example");
}
