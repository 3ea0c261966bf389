//! Heads that are offered to a client, which has one in force or none.

use super::{Set, Vector};
use crate::Fake;
use crate::container::RawMember;
use crate::fake::path::{list, num, text};
use crate::heads::{FakeHead, entry, head, log};
use crate::keyrings::with_thresholds;
use crate::keys::key;
use pkg_format::cose::StatementKind;
use pkg_format::keyring::{Asked, KeyringStatement};
use pkg_format::repository::{Entry, Head};
use pkg_format::{Rule, Tree, limits};

/// The standard keyring that asks for two keys on a head.
pub(super) fn two_catalogue() -> KeyringStatement {
    with_thresholds(&[(Asked::Catalogue, 2)])
}

fn vector(what: &str, stored: Option<Vec<u8>>, offered: Vec<u8>, expect: Result<(), Rule>) -> Vector {
    let stored = stored.map(|bytes| ("stored", bytes));
    Vector {
        description: what.into(),
        check: "head",
        expect,
        fields: vec![("keyring", "standard".into())],
        parts: stored.into_iter().chain([("offered", offered)]).collect(),
    }
}

pub(super) fn add(set: &mut Set) {
    accepted(set);
    container(set);
    signatures(set);
    fields(set);
    values(set);
    other_logs(set);
    following(set);
}

fn refused(set: &mut Set, rule: Rule, name: &str, what: &str, head: &FakeHead) {
    set.add(name, vector(what, None, head.file(), Err(rule)));
}

fn accepted(set: &mut Set) {
    set.add("plain", vector("A head with two current entries.", None, FakeHead::standard().file(), Ok(())));
    let empty = FakeHead::new(&head(&[]));
    set.add("empty", vector("The head of a log without entries.", None, empty.file(), Ok(())));
    let stranger = FakeHead::standard().signed_by(&[key("catalogue"), key("stranger")]);
    set.add("stranger", vector("Signed by a stranger as well.", None, stranger.file(), Ok(())));
}

fn container(set: &mut Set) {
    let good = FakeHead::standard().container();
    let mut put = |rule, name: &str, what: &str, file: Vec<u8>| {
        set.add(name, vector(what, None, file, Err(rule)));
    };
    put(Rule::Con1, "keyring", "A keyring in its place.", crate::keyrings::archive_bytes(&two_catalogue()));
    put(Rule::Con1, "empty", "No bytes at all.", Vec::new());
    let more = good.clone().reorder(|m| m.push(RawMember::new("payload/0", b"more")));
    put(Rule::Con3, "more", "A member after the signatures.", more.to_bytes());
    let long = RawMember::new("head.cbor", &vec![0; usize::try_from(limits::HEAD).expect("a length") + 1]);
    let long =
        good.clone().with("head.cbor", |m| *m = RawMember { body: Vec::new(), padding: Vec::new(), ..long });
    put(Rule::Con4, "long", "The header claims a statement above its limit.", long.to_bytes());
    put(Rule::Con6, "cut", "Cut in its end.", good.clone().ending(&[0; 700]).to_bytes());
    put(Rule::Con7, "behind", "A byte after its end.", [good.to_bytes(), vec![0]].concat());
}

fn signatures(set: &mut Set) {
    let good = FakeHead::standard();
    refused(set, Rule::Sig1, "unsigned", "Nobody signed.", &good.clone().signed_by(&[]));
    refused(
        set,
        Rule::Sig2,
        "stranger",
        "Signed by a stranger.",
        &good.clone().signed_by(&[key("stranger")]),
    );
    refused(
        set,
        Rule::Sig14,
        "revoked",
        "Signed by a revoked key.",
        &good.clone().signed_by(&[key("revoked")]),
    );
    for role in ["security", "delivery", "notice"] {
        let what = format!("Signed by a key of the role {role}.");
        refused(set, Rule::Sig15, role, &what, &good.clone().signed_by(&[key(role)]));
    }
    let bound = [("testing", "bound to the channel testing"), ("elsewhere", "bound to another product")];
    for (name, how) in bound {
        let what = format!("Signed by a key that is {how}.");
        refused(set, Rule::Sig15, name, &what, &good.clone().signed_by(&[key(name)]));
    }
    for kind in [StatementKind::Manifest, StatementKind::Delivery, StatementKind::Keyring] {
        let what = format!("Signed as a {}.", kind.as_str());
        let head = good.clone().signed_by(&[key("all")]).signed_as(kind);
        refused(set, Rule::Sig6, kind.as_str(), &what, &head);
    }
    let mut altered = good.container();
    altered.members[0] = RawMember::new("head.cbor", &good.clone().set("version", num(9)).statement());
    set.add("altered", vector("Altered after it was signed.", None, altered.to_bytes(), Err(Rule::Sig7)));
    let mut forged = good.container();
    let cose = &mut forged.members[1].body;
    let last = cose.len() - 1;
    cose[last] ^= 1;
    set.add("forged", vector("The signature does not match.", None, forged.to_bytes(), Err(Rule::Sig3)));
    let mut one = vector("One signature where two are needed.", None, good.file(), Err(Rule::Sig4));
    one.fields = vec![("keyring", "two-catalogue".into())];
    set.add("one", one);
    let both = good.clone().signed_by(&[key("catalogue"), key("all")]);
    let mut two = vector("Two signatures where two are needed.", None, both.file(), Ok(()));
    two.fields = vec![("keyring", "two-catalogue".into())];
    set.add("two", two);
    refused(set, Rule::Key6, "newer", "It names a newer keyring.", &good.set("keyring", num(3)));
}

/// Every field: absent, and of another type; and one more in each map.
fn fields(set: &mut Set) {
    let good = FakeHead::standard();
    let security = path_of(&good, "release");
    let mut places: Vec<String> =
        "format repository vendor name channel version issued max-age keyring log log.size \
         log.root"
            .split_whitespace()
            .map(str::to_owned)
            .collect();
    let of_entry = "manifest kind scope line class feature-level security-level sequence package size front";
    places.extend(of_entry.split_whitespace().map(|field| format!("{security}.{field}")));
    for place in &places {
        let name = place.replace(&security, "entry").replace('.', "-");
        let what = format!("No field {name}.");
        refused(set, Rule::Man1, &format!("absent-{name}"), &what, &good.clone().remove(place));
        let what = format!("A boolean as {name}.");
        refused(set, Rule::Man3, &format!("type-{name}"), &what, &good.clone().set(place, Tree::Bool(true)));
    }
    for (name, place) in
        [("field", "more".into()), ("log", "log.more".into()), ("entry", format!("{security}.more"))]
    {
        refused(set, Rule::Man2, name, "A field that nobody knows.", &good.clone().set(&place, num(1)));
    }
    let note = good.clone().set("x-note", text("of the maker"));
    refused(set, Rule::Man2, "note", "A note, which only manifests may have.", &note);
    refused(
        set,
        Rule::Man3,
        "current",
        "A map as current.",
        &good.clone().set("current", Tree::Map(Vec::new())),
    );
    refused(set, Rule::Man3, "entry", "A number as an entry.", &good.set(&security, num(1)));
}

/// Where the entry of this kind is in `current`.
fn path_of(good: &FakeHead, kind: &str) -> String {
    let head = Head::decode(&good.statement()).expect("a head");
    let at = head.current.iter().position(|e| e.kind().as_str() == kind).expect("an entry");
    format!("current[{at}]")
}

fn values(set: &mut Set) {
    let good = FakeHead::standard();
    let (release, notice) = (path_of(&good, "release"), path_of(&good, "notice"));
    let mut put = |rule, name: &str, what: &str, place: &str, value: Tree| {
        let place = place.replace("RELEASE", &release).replace("NOTICE", &notice);
        refused(set, rule, name, what, &good.clone().set(&place, value));
    };
    let bytes = |n: usize| Tree::Bytes(vec![1; n]);
    put(Rule::Man8, "format", "Another format version.", "format", num(2));
    put(Rule::Man4, "repository", "An id with a slash.", "repository", text("acme/updates"));
    put(Rule::Man4, "channel", "Another channel.", "channel", text("nightly"));
    put(Rule::Ver7, "version", "Version 0.", "version", num(0));
    put(Rule::Ver7, "keyring", "Keyring version 0.", "keyring", num(0));
    put(Rule::Ver13, "early", "Issued before 2020.", "issued", num(1_577_836_799));
    put(Rule::Ver13, "late", "Issued after 9999.", "issued", num(253_402_300_800));
    put(Rule::Man5, "max-age-0", "A max-age of 0.", "max-age", num(0));
    put(Rule::Man5, "max-age", "A max-age of more than 366 days.", "max-age", num(31_622_401));
    put(Rule::Man5, "log", "A log of more entries than there can be.", "log.size", num(262_145));
    put(Rule::Man4, "root", "A root of 31 bytes.", "log.root", bytes(31));
    put(Rule::Man4, "no-size", "A root of something over nothing.", "log.size", num(0));
    let nothing = Tree::Bytes(log(&[]).root.0.to_vec());
    put(Rule::Man4, "nothing", "The root of nothing over something.", "log.root", nothing);
    put(Rule::Man5, "more", "More current entries than the log has.", "log.size", num(1));
    put(Rule::Man9, "current", "No entry in the list of current ones.", "current", list([]));
    put(Rule::Man4, "manifest", "A digest of 33 bytes.", "RELEASE.manifest", bytes(33));
    put(Rule::Man4, "kind", "Another kind.", "RELEASE.kind", text("rumour"));
    put(Rule::Sep1, "class", "Another class.", "RELEASE.class", text("both"));
    put(Rule::Man4, "scope", "An empty scope.", "RELEASE.scope", text(""));
    put(Rule::Ver7, "sequence", "Sequence 0.", "RELEASE.sequence", num(0));
    put(Rule::Ver7, "feature", "Feature level 0.", "RELEASE.feature-level", num(0));
    put(Rule::Ver7, "security", "Security level 0.", "RELEASE.security-level", num(0));
    put(Rule::Man4, "package", "A digest of 31 bytes.", "RELEASE.package", bytes(31));
    put(Rule::Man5, "front-0", "A front of 0 bytes.", "RELEASE.front", num(0));
    put(Rule::Man5, "front", "A front longer than the package.", "RELEASE.size", num(512));
    put(Rule::Man5, "size", "A package of 0 bytes.", "RELEASE.size", num(0));
    for field in ["class", "line", "scope", "feature-level", "security-level"] {
        let value = if field.ends_with("level") { num(1) } else { text("security") };
        put(Rule::Man6, field, "A notice with a field of releases.", &format!("NOTICE.{field}"), value);
    }
    put(
        Rule::Man4,
        "acknowledgement",
        "An acknowledgement is current.",
        "NOTICE.kind",
        text("acknowledgement"),
    );
    let long = good
        .clone()
        .set(&format!("{release}.size"), num(u64::MAX))
        .set(&format!("{release}.front"), num(2_230_785));
    refused(set, Rule::Man5, "long-front", "A front above its limit.", &long);
    let tombstone =
        ["package", "size", "front"].iter().fold(good.clone(), |h, f| h.remove(&format!("{release}.{f}")));
    refused(set, Rule::Man1, "tombstone", "A tombstone is current.", &tombstone);
    let mut swapped = Head::decode(&good.statement()).expect("a head");
    swapped.current.swap(0, 1);
    refused(set, Rule::Man7, "order", "Current entries not sorted.", &FakeHead::new(&swapped));
    swapped.current[1] = swapped.current[0].clone();
    refused(set, Rule::Man7, "twice", "A current entry twice.", &FakeHead::new(&swapped));
    let mut many = swapped;
    many.current = vec![many.current[0].clone(); limits::CURRENT + 1];
    refused(set, Rule::Man5, "many", "1,025 current entries.", &FakeHead::new(&many));
    let mut tree = good.statement();
    tree.push(0);
    let mut file = good.container();
    file.members[0] = RawMember::new("head.cbor", &tree);
    let cose = crate::cose::Cose::signed(StatementKind::Head, &tree, &[key("catalogue")]).to_bytes();
    file.members[1] = RawMember::new("head.cose", &cose);
    set.add("behind", vector("A byte after the statement.", None, file.to_bytes(), Err(Rule::Cbr10)));
}

fn other_logs(set: &mut Set) {
    let by = |head: FakeHead| head.signed_by(&[key("all")]);
    let good = FakeHead::standard();
    for (rule, field, value) in [
        (Rule::Rep1, "repository", "acme-mirror"),
        (Rule::Rep2, "vendor", "umbrella"),
        (Rule::Rep2, "name", "doorbell"),
        (Rule::Rep2, "channel", "testing"),
    ] {
        let what = format!("The head of another {field}.");
        refused(set, rule, field, &what, &by(good.clone().set(field, text(value))));
    }
    let both = good.set("repository", text("acme-mirror")).set("name", text("doorbell"));
    refused(set, Rule::Rep1, "before", "Of another repository and product.", &by(both));
}

/// What comes of a head where another one is in force.
fn following(set: &mut Set) {
    let entries: Vec<Entry> = [Fake::security(), Fake::notice(), Fake::feature()].iter().map(entry).collect();
    let stored = Head { version: 7, ..head(&entries[..2]) };
    let mut put = |rule: Option<Rule>, name: &str, what: &str, offered: &Head| {
        let file = FakeHead::new(&stored).file();
        let expect = rule.map_or(Ok(()), Err);
        set.add(name, vector(what, Some(file), FakeHead::new(offered).file(), expect));
    };
    put(None, "newer", "A newer head of a longer log.", &Head { version: 8, ..head(&entries) });
    put(None, "daily", "A newer head of the same log.", &Head { version: 8, ..stored.clone() });
    put(None, "same", "The head in force.", &stored);
    put(None, "jump", "As far ahead as is allowed.", &Head { version: 7 + 65_536, ..stored.clone() });
    put(Some(Rule::Ver5), "jump", "Too far ahead.", &Head { version: 8 + 65_536, ..stored.clone() });
    put(Some(Rule::Rep3), "older", "An older head.", &Head { version: 6, ..head(&entries[..1]) });
    put(
        Some(Rule::Rep4),
        "fork",
        "Another head of this version.",
        &Head { issued: stored.issued + 1, ..stored.clone() },
    );
    put(
        Some(Rule::Rep6),
        "shorter",
        "A newer head of a shorter log.",
        &Head { version: 8, ..head(&entries[..1]) },
    );
    let swapped = [entries[1].clone(), entries[0].clone()];
    put(
        Some(Rule::Rep6),
        "other",
        "As many entries, with another root.",
        &Head { version: 8, ..head(&swapped) },
    );
    let far = Head { version: 8 + 65_536, ..head(&entries[..1]) };
    put(Some(Rule::Ver5), "before", "Too far ahead, and of a shorter log.", &far);
}
