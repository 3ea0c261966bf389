//! What users and auditors are told: states of vulnerabilities, remedies, advisories, acknowledgements.

use pkg_format::Rule::*;
use pkg_format::manifest::{ActionCode, Category, Means, PastRule, Restart, VexJustification, VexStatusCode};
use pkg_reference::Kind::*;
use pkg_reference::{Keys, key, words};

const RELEASES: Keys = &[
    key("scope", Text, "The scope of the releases.")
        .or("that of the description")
        .eg(r#""modem""#)
        .rules(&[Man4]),
    key("all", Bool, "`true` means every release of the scope.").eg("true").rules(&[Man4]),
    key("line", Text, "The line of the releases. It is needed without `all`.")
        .eg(r#""1.4""#)
        .rules(&[Man1, Man6]),
    key("from", Uint, "The lowest sequence that is meant.")
        .or("the first of the line")
        .eg("3")
        .rules(&[Man5, Man6]),
    key("below", Uint, "The lowest sequence that is not meant any more.")
        .or("no end")
        .eg("9")
        .rules(&[Man5, Man6]),
];

pub(super) const ACKNOWLEDGE: Keys = &[
    key("rule", Text, "The rule that was broken.")
        .required()
        .eg(r#""G2""#)
        .rules(&[Man1, Man4])
        .words(|| words(PastRule::ALL, PastRule::as_str)),
    key("ids", Set, "The vulnerabilities that the finding names.").eg(r#"["CVE-2026-12345"]"#).rules(&[Adv9]),
    key("states", States, "The releases that the failure is about. Without any, the entry covers only failures that are about none.").eg(r#"["out/cam-x1-1.4.2.full.pkg"]"#),
    key("from", Time, "When it began.").required().eg("2026-02-01").rules(&[Man1, Man5]),
    key("until", Time, "When it ended, at the latest when the acknowledgement is issued.")
        .required()
        .eg("2026-05-01")
        .rules(&[Man1, Man5, Ver13]),
];

pub(super) const STATUS: Keys = &[
    key("id", Text, "The vulnerability.").required().eg(r#""CVE-2026-34567""#).rules(&[Man1, Adv9]),
    key("states", States, "The states that this is about. Either this or `releases` is needed.")
        .eg(r#"["out/cam-x1-1.4.3.full.pkg"]"#)
        .rules(&[Man1]),
    key(
        "releases",
        Tables(RELEASES),
        "The releases that this is about, by their numbers, also those to come. Only an open \
        status can be given in this way.",
    )
    .rules(&[Man1, Adv13]),
    key("status", Text, "What is known. `mitigated` and `under-investigation` count as open.")
        .required()
        .eg(r#""not-affected""#)
        .rules(&[Man1, Man4])
        .words(|| words(VexStatusCode::ALL, VexStatusCode::as_str)),
    key("justification", Text, "Why the states are not affected. It is needed with `not-affected`.")
        .eg(r#""vulnerable_code_not_present""#)
        .rules(&[Adv10, Man6])
        .words(|| words(VexJustification::ALL, VexJustification::as_str)),
    key("outcome", Text, "What was decided.").eg(r#""fixed in the next release""#),
    key("risk", Uint, "The place of the risk assessment in `[[evidence]]`, from 0.").eg("0").rules(&[Man10]),
];

pub(super) const REMEDIATION: Keys = &[
    key("category", Text, "What helps.")
        .required()
        .eg(r#""workaround""#)
        .rules(&[Man1, Man4])
        .words(|| words(Category::ALL, Category::as_str)),
    key("means", Text, "How it is applied.")
        .eg(r#""configuration""#)
        .rules(&[Man4])
        .words(|| words(Means::ALL, Means::as_str)),
    key("ids", Set, "The vulnerabilities that it is about.")
        .required()
        .eg(r#"["CVE-2026-34567"]"#)
        .rules(&[Man1, Adv9]),
    key("states", States, "The affected states. Either this or `releases` is needed.")
        .eg(r#"["out/cam-x1-1.4.3.full.pkg"]"#)
        .rules(&[Man1]),
    key("releases", Tables(RELEASES), "The affected releases, by their numbers, also those to come.")
        .rules(&[Man1]),
    key("release", State, "The state of the release that has the fix.").eg(r#""out/cam-x1-1.4.4.full.pkg""#),
    key("text", Texts, "What to do.").required().eg(r#"{ en = "Turn the stream off." }"#).rules(&[Man1]),
    key(
        "date",
        Time,
        "When a fix is planned; otherwise since or until when this holds. `fix-planned` needs it.",
    )
    .eg("2026-09-01")
    .rules(&[Adv6, G23]),
    key("url", Text, "Where to find more: an https address.")
        .eg(r#""https://acme.example/security/17""#)
        .rules(&[Txt6]),
];

pub(super) const ADVISORY: Keys = &[
    key("title", Text, "What it is about, in one line.")
        .required()
        .eg(r#""Video stream readable without password""#)
        .rules(&[Man1, Txt1]),
    key("summary", Text, "What was wrong, in a few sentences.")
        .required()
        .eg(r#""The video stream could be watched by anybody in the same network.""#)
        .rules(&[Man1, Txt1]),
    key(
        "details",
        Text,
        "What users and administrators should know. Either this or `details-file` is needed.",
    )
    .eg(r#""The stream had no password before version 1.4.3.""#)
    .rules(&[Man1, Txt3]),
    key("details-file", Path, "A file with the details, if they are long.")
        .eg(r#""advisory.en.md""#)
        .rules(&[Man1, Txt3]),
    key("impact", Text, "What may have happened to users.")
        .required()
        .eg(r#""Whoever was in your network may have watched the stream.""#)
        .rules(&[Man1, Txt1]),
];

pub(super) const ACTION: Keys = &[
    key("code", Text, "What users should do, for programs. `none` needs a text too.")
        .required()
        .eg(r#""install-and-restart""#)
        .rules(&[Adv2])
        .words(|| words(ActionCode::ALL, ActionCode::as_str)),
    key("restart", Text, "What restarts.")
        .required()
        .eg(r#""device""#)
        .rules(&[Man1, Man4])
        .words(|| words(Restart::ALL, Restart::as_str)),
    key("deadline", Time, "By when. This is advice; nothing enforces it.").eg("2026-04-01"),
    key("text", Texts, "What users should do.")
        .required()
        .eg(r#"{ en = "Install now; the camera restarts once." }"#)
        .rules(&[Adv2]),
];
