//! What a release fixes, changes and leaves open.

use pkg_format::Rule::*;
use pkg_format::manifest::{Direction, Effect, ExceptionReason, OpenStatus, Outcome, SeparationKind};
use pkg_reference::Kind::*;
use pkg_reference::{Keys, key, words};

const DELAY: Keys = &[
    key("reason", Texts, "Why the details come later.")
        .required()
        .eg(r#"{ en = "Other makers have the flaw too." }"#)
        .rules(&[Adv4]),
    key("until", Time, "When the details are told. Publish a notice then.")
        .required()
        .eg("2027-05-01")
        .rules(&[Adv4, G19]),
];

const DELAYED: Keys = &[key("delayed", Table(DELAY), "The delay and its reason.").required().rules(&[Adv4])];

pub(super) const FIX: Keys = &[
    key("id", Text, "The vulnerability: a CVE, EUVD or GHSA number, or an id of your own.")
        .required()
        .eg(r#""CVE-2026-12345""#)
        .rules(&[Man1, Adv9]),
    key("aliases", Set, "Other ids of the same vulnerability.").eg(r#"["EUVD-2026-1234"]"#).rules(&[Adv9]),
    key("upstream", Text, "Where the fix comes from.").eg(r#""busybox 1.36.2""#),
    key("level", Uint, "The security level that brought the fix.")
        .or("that of the release")
        .eg("5")
        .rules(&[Sep14]),
    key(
        "status",
        Text,
        "Whether the vulnerability is gone. `mitigated` means that it is harder to use, and counts as open.",
    )
    .or("`fixed`")
    .eg(r#""fixed""#)
    .words(|| words(Outcome::ALL, Outcome::as_str)),
    key("description", Texts, "What the vulnerability is.").eg(r#"{ en = "The parser trusts a length." }"#),
    key("impact", Texts, "What it means for users.")
        .or("refused, unless the disclosure is delayed")
        .eg(r#"{ en = "An attacker on the network can watch the video stream." }"#)
        .rules(&[Adv3]),
    key(
        "severity",
        Text,
        "How bad it is: a CVSS vector (3.1 or 4.0), or `low`, `medium`, `high` or `critical`.",
    )
    .or("refused, unless the disclosure is delayed")
    .eg(r#""CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N""#)
    .rules(&[Adv3, Adv8]),
    key("cwe", Text, "The weakness behind it.").eg(r#""CWE-306""#).rules(&[Man4]),
    key("affected", WordOrStates, "The states that are affected.")
        .or("`applies-to`: the states that the release applies to")
        .eg(r#"["out/cam-x1-1.4.2.full.pkg"]"#)
        .rules(&[Adv3]),
    key("exploited", Bool, "Whether attackers use it.").or("`false`").eg("true").rules(&[Adv12]),
    key("exploited-since", Time, "Since when attackers use it.").eg("2026-03-02").rules(&[Adv12, Ver13]),
    key("known-since", Time, "When you learned of it. The audit compares it with the date of the fix.")
        .eg("2026-02-20")
        .rules(&[Ver13, G23]),
    key(
        "disclosure",
        WordOr(DELAYED),
        "Whether the details are told now. A table says that they come later, and why.",
    )
    .or("`public`")
    .eg(r#""public""#)
    .rules(&[Adv4, G19]),
    key(
        "touches",
        Set,
        "The files in the images that the fix changes, as paths from the root of an image. `*` stands for any \
        part of a name, `**` for any number of folders, and `COMPONENT:` in front names the image.",
    )
    .eg(r#"["rootfs:/usr/bin/streamd"]"#)
    .rules(&[Sep18]),
];

pub(super) const CHANGE: Keys = &[
    key("id", Text, "Identifies the change: an id.").required().eg(r#""stream-login""#).rules(&[Man1, Man4]),
    key("level", Uint, "The level that brought the change.")
        .or("that of the release")
        .eg("2")
        .rules(&[Sep14]),
    key(
        "effect",
        Text,
        "What happens to the function. `corrected` means that a defect is gone and no documented function is \
        altered.",
    )
    .required()
    .eg(r#""changed""#)
    .rules(&[Man1, Sep7, Sep9, G18])
    .words(|| words(Effect::ALL, Effect::as_str)),
    key("user-visible", Bool, "Whether users notice it.").required().eg("true").rules(&[Man1]),
    key("text", Texts, "What changes.")
        .required()
        .eg(r#"{ en = "The stream asks for a password." }"#)
        .rules(&[Man1]),
    key("necessary-for", Set, "Of a security release: the fixes that are not possible without it.")
        .eg(r#"["CVE-2026-12345"]"#)
        .rules(&[Sep5, Sep6]),
];

const EXCEPTION: Keys = &[
    key("reason", Text, "Why the fix is not available on its own.")
        .required()
        .eg(r#""not-feasible""#)
        .rules(&[Sep13])
        .words(|| words(ExceptionReason::ALL, ExceptionReason::as_str)),
    key("rationale", Texts, "The reason in words: at least 80 characters in one language.")
        .required()
        .eg(RATIONALE)
        .rules(&[Sep3]),
    key("alternatives", Texts, "What else was considered.")
        .required()
        .eg(r#"{ en = "Porting the fix to the old parser." }"#)
        .rules(&[Sep3]),
    key("approver", Text, "Who approved it.").required().eg(r#""Product security board""#).rules(&[Sep3]),
    key("evidence", Uints, "The places of supporting documents in `[[evidence]]`, from 0.")
        .eg("[0]")
        .rules(&[Man10]),
];

/// A justification that is long enough.
const RATIONALE: &str = r#"{ en = "The fix needs the new parser, and the new parser reads only the new format of the configuration." }"#;

pub(super) const ALSO_FIX: Keys = &[
    key("id", Text, "The vulnerability.").required().eg(r#""CVE-2026-12345""#).rules(&[Man1, Adv9]),
    key("separately-in", States, "The security releases that fix it without features.")
        .or("derived: the known security releases with the fix, unless there is an `exception`")
        .eg(r#"["out/cam-x1-1.4.3.full.pkg"]"#)
        .rules(&[Sep13, G4]),
    key(
        "exception",
        Table(EXCEPTION),
        "Why the fix is not available on its own. An exception needs more signatures.",
    )
    .rules(&[Sep13, Sig4]),
];

pub(super) const OPEN: Keys = &[
    key("id", Text, "The vulnerability.").required().eg(r#""CVE-2026-23456""#).rules(&[Man1, Adv9]),
    key("status", Text, "What is known of it in this release.")
        .required()
        .eg(r#""affected""#)
        .rules(&[Man1, Man4])
        .words(|| words(OpenStatus::ALL, OpenStatus::as_str)),
    key("reason", Texts, "Why it stays open.")
        .required()
        .eg(r#"{ en = "The fix needs a new parser, which is being tested." }"#)
        .rules(&[Man1]),
    key("planned", Time, "When a release is planned that fixes it. The audit holds you to it.")
        .eg("2026-09-01")
        .rules(&[G23]),
];

pub(super) const DEFAULT: Keys = &[
    key("id", Text, "Identifies the setting: an id.")
        .required()
        .eg(r#""remote-access""#)
        .rules(&[Man1, Man4]),
    key("direction", Text, "Whether the product is more or less secure with it, as it is delivered.")
        .required()
        .eg(r#""stronger""#)
        .rules(&[Man1, Def1])
        .words(|| words(Direction::ALL, Direction::as_str)),
    key("text", Texts, "What changes.").required().eg(r#"{ en = "Remote access is off." }"#).rules(&[Man1]),
    key("necessary-for", Set, "The fixes that are not possible without it.")
        .eg(r#"["CVE-2026-12345"]"#)
        .rules(&[Sep6]),
];

pub(super) const REOPEN: Keys = &[
    key("id", Text, "The vulnerability that is open again.")
        .required()
        .eg(r#""CVE-2026-12345""#)
        .rules(&[Man1, Adv9]),
    key("reason", Texts, "Why.")
        .required()
        .eg(r#"{ en = "The fix kept some devices from starting." }"#)
        .rules(&[Man1]),
];

pub(super) const SEPARATION: Keys = &[
    key(
        "kind",
        Text,
        "`pure`: fixes and nothing else. `change-is-fix`: a change that takes a function away is the fix. \
        `inseparable`: the fix is not possible without another change.",
    )
    .required()
    .eg(r#""pure""#)
    .rules(&[Sep2, Sep7, Sep8, Sep9])
    .words(|| words(SeparationKind::ALL, SeparationKind::as_str)),
    key(
        "rationale",
        Texts,
        "Unless pure: why fix and change cannot be kept apart, in at least 80 characters in one language.",
    )
    .eg(RATIONALE)
    .rules(&[Sep3, Sep4]),
    key("alternatives", Texts, "Unless pure: what else was considered.")
        .eg(r#"{ en = "Porting the fix to the old parser." }"#)
        .rules(&[Sep3, Sep4]),
    key("approver", Text, "Unless pure: who approved it.")
        .eg(r#""Product security board""#)
        .rules(&[Sep3, Sep4]),
    key("evidence", Uints, "Unless pure: the places of supporting documents in `[[evidence]]`, from 0.")
        .eg("[0]")
        .rules(&[Sep4, Man10]),
];
