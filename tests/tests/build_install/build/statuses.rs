//! What a release closes, leaves open and may not bring back.

use super::history::{AFFECTED, History, NOT_AFFECTED, package, status};
use super::*;
use pkg_format::manifest::OpenStatus;

/// A vulnerability that a release leaves open.
const OPEN: &str = "[[open]]\nid = \"ACME-9\"\nstatus = \"affected\"\nreason.en = \"The fix needs a new parser.\"\nplanned = 2027-03-01\n";

/// What a release leaves open.
fn open(manifest: &Manifest) -> Vec<String> {
    manifest.release().expect("a release").open.iter().map(|o| o.id.to_string()).collect()
}

#[test]
fn what_is_open_is_carried_forward_until_something_closes_it() {
    let history = History::new();
    let first = history.build(&history.security("1.0.1", "1.0.0", "ACME-1", OPEN));
    let entry = first.release().expect("a release").open[0].clone();
    assert_eq!((entry.status, entry.planned), (OpenStatus::Affected, Some(1_803_859_200)));
    // Nobody writes it again, and it is still there, as it was signed.
    let second = history.build(&history.security("1.0.2", "1.0.1", "ACME-2", ""));
    assert_eq!(second.release().expect("a release").open, std::slice::from_ref(&entry));
    let feature = history.build(&history.feature("1.1.0", Some("1.0.2"), ""));
    assert_eq!(feature.release().expect("a release").open, [entry]);
    // A release that says something else of it is believed.
    let other = OPEN.replace("affected", "under-investigation");
    let third = history.build(&history.security("1.0.3", "1.0.2", "ACME-3", &other));
    let open_now = &third.release().expect("a release").open;
    assert_eq!((open_now.len(), open_now[0].status), (1, OpenStatus::UnderInvestigation));
    // A fix closes it, also under another name.
    let alias = edit(
        &history.security("1.0.4", "1.0.3", "CVE-2026-99", ""),
        "id = \"CVE-2026-99\"",
        "id = \"CVE-2026-9999\"\naliases = [\"ACME-9\"]",
    );
    assert_eq!(open(&history.build(&alias)), [""; 0]);
    assert_eq!(open(&history.build(&history.security("1.0.5", "1.0.4", "ACME-5", ""))), [""; 0]);
}

/// A merge closes what the other branch fixed; a notice closes what was never there.
#[test]
fn merges_and_notices_close_what_is_open() {
    let history = History::new();
    history.build(&history.security("1.0.1", "1.0.0", "ACME-1", OPEN));
    history.build(&history.feature("1.1.0", Some("1.0.0"), ""));
    history.build(&history.security("1.1.1", "1.1.0", "ACME-9", ""));
    let text = history.feature("1.2.0", Some("1.0.1"), "[[also-fix]]\nid = \"ACME-1\"\n");
    assert_eq!(open(&history.build(&text)), ["ACME-9"]);
    let merged = text
        .replace("1.2.0", "1.3.0")
        .replace("line = \"1.2\"", "line = \"1.3\"\nmerged = [\"out/cam-1.1.1.full.pkg\"]");
    assert_eq!(
        open(&history.build(&merged.replace("rootfs-1.3.0", "rootfs-1.2.0").replace("rootfs-1.2.0", "boot"))),
        [""; 0]
    );
    history.build(&history.notice(
        "n1",
        &format!("{}{}", status("ACME-9", NOT_AFFECTED, "1.0.1"), status("ACME-8", AFFECTED, "1.0.1")),
    ));
    assert_eq!(open(&history.build(&history.security("1.0.2", "1.0.1", "ACME-2", ""))), [""; 0]);
}

/// SEP-22: what a release fixes is not open in it.
#[test]
fn nothing_is_fixed_and_open_at_once() {
    let history = History::new();
    let text = history.security("1.0.1", "1.0.0", "ACME-9", OPEN);
    assert_eq!(history.refused(&text).0, Rule::Sep22);
}

/// SEP-20: nobody who has a fix loses it.
#[test]
fn a_fix_is_not_lost() {
    let history = History::new();
    history.build(&history.security("1.0.1", "1.0.0", "ACME-1", ""));
    // Built from 1.0.0, but offered to devices that have the fix.
    let applies = format!("applies-to = [\"{}\", \"{}\"]\nclass", package("1.0.0"), package("1.0.1"));
    let text = edit(&history.feature("1.1.0", Some("1.0.0"), ""), "class", &applies);
    let (rule, why) = history.refused(&text);
    assert_eq!(rule, Rule::Sep20, "{why}");
    assert!(why.contains("from 1.0.1: ACME-1 is closed there, but open here"), "{why}");
    // That it is said to be open does not help: 1.0.1 has it.
    let said = format!("{text}\n{}", OPEN.replace("ACME-9", "ACME-1"));
    assert_eq!(history.refused(&said).0, Rule::Sep20);
    // Built from both, it has the fix.
    let merged = edit(&text, "line = \"1.1\"", "line = \"1.1\"\nmerged = [\"out/cam-1.0.1.full.pkg\"]");
    history.build(&merged);
}

/// What is not affected stays so in a security update; of a feature release somebody says it.
#[test]
fn a_feature_release_is_looked_at_again() {
    let history = History::new();
    let told = format!("{}{}", status("ACME-7", NOT_AFFECTED, "1.0.0"), status("ACME-8", AFFECTED, "1.0.0"));
    history.build(&history.notice("n1", &told));
    history.build(&history.security("1.0.1", "1.0.0", "ACME-1", ""));
    let (rule, why) = history.refused(&history.feature("1.1.0", Some("1.0.1"), ""));
    assert_eq!(rule, Rule::Sep20, "{why}");
    assert!(why.contains("ACME-7 does no harm there, and nobody says that of this release"), "{why}");
    let own = format!("[[status]]\nid = \"ACME-7\"\nstatus = {NOT_AFFECTED}\nstates = [\"self\"]\n");
    history.build(&history.feature("1.1.0", Some("1.0.1"), &own));
}

/// The repair of a withdrawn release may take a fix back, if it says so.
#[test]
fn a_repair_reopens_what_it_takes_back() {
    let history = History::new();
    history.build(&history.security("1.0.1", "1.0.0", "ACME-1", ""));
    history.build(&history.withdrawal("w1", "1.0.1"));
    let back = "[[reopen]]\nid = \"ACME-1\"\nreason.en = \"It broke the lens.\"\n";
    let repair = |more: &str| {
        let text = history.security("1.0.2", "1.0.0", "ACME-2", more);
        format!("supersedes = [\"{}\"]\n{text}", package("1.0.1"))
    };
    assert_eq!(history.refused(&repair("")).0, Rule::Sep20);
    history.build(&repair(back));
}

/// SEP-21: a fix that every device has already is no reason for an update.
#[test]
fn a_fix_is_not_repeated() {
    let history = History::new();
    history.build(&history.security("1.0.1", "1.0.0", "ACME-1", ""));
    let only = format!("applies-to = [\"{}\"]\nclass", package("1.0.1"));
    let text = edit(&history.security("1.0.2", "1.0.1", "ACME-1", ""), "class", &only);
    let (rule, why) = history.refused(&text);
    assert_eq!(rule, Rule::Sep21, "{why}");
    assert!(why.contains("fix[0].id: ACME-1 is closed already in 1.0.1"), "{why}");
    // It supersedes a release that was not withdrawn.
    let superseding = format!("supersedes = [\"{}\"]\n{text}", package("1.0.1"));
    assert_eq!(history.refused(&superseding).0, Rule::Sep21);
    // The first fix turned out to be incomplete.
    let again = format!("id = \"ACME-1\"\naffected = [\"{}\"]", package("1.0.1"));
    history.build(&edit(&text, "id = \"ACME-1\"", &again));
}

/// A repair of what was withdrawn has the same fix again.
#[test]
fn the_repair_of_a_withdrawn_release_repeats_its_fix() {
    let history = History::new();
    history.build(&history.security("1.0.1", "1.0.0", "ACME-1", ""));
    history.build(&history.withdrawal("w1", "1.0.1"));
    let only = format!("applies-to = [\"{}\"]\nclass", package("1.0.1"));
    let text = edit(&history.security("1.0.2", "1.0.1", "ACME-1", ""), "class", &only);
    assert_eq!(history.refused(&text).0, Rule::Sep21);
    history.build(&format!("supersedes = [\"{}\"]\n{text}", package("1.0.1")));
}

/// Another fix goes out at once, while a lesser one is outstanding: the level of a line claims nothing.
#[test]
fn an_urgent_fix_does_not_wait_for_a_lesser_one() {
    let history = History::new();
    history.build(&history.feature("1.1.0", Some("1.0.0"), ""));
    history.build(&history.security("1.1.1", "1.1.0", "ACME-9", ""));
    history.build(&history.security("1.1.2", "1.1.1", "ACME-1", ""));
    let urgent = history.build(&history.security("1.0.1", "1.0.0", "ACME-1", OPEN));
    let identity = &urgent.release().expect("a release").identity;
    assert_eq!((identity.security_level, open(&urgent)), (4, vec!["ACME-9".to_owned()]));
}
