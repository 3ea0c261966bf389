//! Which tables and keys a release description has, and what they say.
//!
//! The keys are spelt as the manifest's fields; lists of tables are in the singular, as is usual in TOML. The reader, its
//! messages, the reference and the JSON Schema all come from these tables.

mod fixes;
mod notice;
mod release;
mod terms;

use pkg_format::Rule::{self, *};
use pkg_format::manifest;
use pkg_format::manifest::terms::Cost;
use pkg_reference::Kind::*;
use pkg_reference::{File, Key, Keys, key, words};

/// `release.toml`, with all its keys.
pub const REFERENCE: File = File {
    name: "release.toml",
    title: "the description of a release, a notice, a withdrawal or an acknowledgement",
    text: "A person writes one description for each statement, and `pkg build` makes packages of it. Paths are relative \
        to the folder of the description.\n\nWhat is said below to be derived follows from the packages that `previous`, \
        `merged` and `known` name. A value that contradicts them is refused. In this page, a *state* is what is installed on \
        a device: the images of a release. It is written as the path of a package that leads into it, as the digest of the \
        state (64 hex digits, `pkg inspect` prints it), or as `self`, the state that the release itself leads into.\n\nAn *id* \
        has up to 64 letters, digits, `.`, `_` and `-`, and begins with a letter or digit. Texts by language have a key for \
        each language, such as `text.en` and `text.de`.\n\nKeys at the top of the file that begin with `x-` are notes of your \
        own. They are texts, they are signed, and nothing reads them.",
    keys: FILE,
    is_split: true,
    notes: Some("x-"),
};

/// The whole file. Keys that start with `x-` are texts.
pub(crate) const FILE: Keys = &[
    key(
        "include",
        List,
        "Files whose tables and keys this description shares. The description wins over them. Of two \
        files, the later one wins. Only a description can include files, up to 16.",
    )
    .eg(r#"["product.toml"]"#),
    key("kind", Text, "What the file describes.")
        .or("`release`")
        .eg(r#""notice""#)
        .rules(&[Man4])
        .words(|| words(manifest::Kind::ALL, manifest::Kind::as_str)),
    key(
        "id",
        Text,
        "Identifies the statement to people and in file names. A notice, a withdrawal or an acknowledgement \
        needs one.",
    )
    .or("`NAME-VERSION` for a release")
    .eg(r#""2026-03-telnet""#)
    .rules(&[Man1, Man4]),
    key(
        "cost",
        Text,
        "What the release costs its users. A security update is free, except for what an agreement with a \
        business user waives.",
    )
    .or("`free`")
    .eg(r#""free""#)
    .rules(&[Cst1, Cst3])
    .words(|| words(Cost::ALL, Cost::as_str)),
    key(
        "supersedes",
        Manifests,
        "The statements that this one replaces, as packages or as digests of manifests.",
    )
    .eg(r#"["out/cam-2026-03-telnet.notice.pkg"]"#)
    .rules(&[Man4, Man5]),
    key("contact", Text, "Where users ask and report vulnerabilities. A notice and a withdrawal need it.")
        .eg(r#""security@acme.example""#)
        .rules(&[Adv11]),
    key(
        "keyring-min",
        Uint,
        "The lowest version of the keyring that a device must know. Older keyrings may trust keys \
        that were stolen.",
    )
    .or("of a release, the version that last revoked a key of releases or withdrawals")
    .eg("3")
    .rules(&[Key6]),
    key(
        "sequence",
        Uint,
        "Of a notice, a withdrawal or an acknowledgement: its number among those of the product.",
    )
    .or("derived: one more than the highest known")
    .eg("4")
    .rules(&[Ver1, Ver7]),
    key("previous", Path, "Of a notice, a withdrawal or an acknowledgement: an earlier one of the product.")
        .eg(r#""out/cam-2026-03-telnet.notice.pkg""#),
    key(
        "known",
        Path,
        "Of a notice, a withdrawal or an acknowledgement: the folder with all packages of the product.",
    )
    .eg(r#""out""#),
    key("scope", Text, "Of a withdrawal: whether releases are withdrawn, or the product.")
        .eg(r#""release""#)
        .rules(&[Man1, Man4])
        .words(|| words(manifest::WithdrawalScope::ALL, manifest::WithdrawalScope::as_str)),
    key("withdraws", States, "Of a withdrawal: the states that are withdrawn.")
        .eg(r#"["out/cam-1.0.1.full.pkg"]"#)
        .rules(&[Man1, G10, G20]),
    key("corrective", Text, "Of a withdrawal: what you do. Devices remember it.")
        .eg(r#""recall""#)
        .rules(&[Man1, Man4, Pol3])
        .words(|| words(manifest::Corrective::ALL, manifest::Corrective::as_str)),
    key("reason", Texts, "Of a withdrawal: why.")
        .eg(r#"{ en = "The device may not start again." }"#)
        .rules(&[Man1]),
    key("cause", Texts, "Of an acknowledgement: how it came about.")
        .eg(r#"{ en = "The fix waited for a supplier." }"#)
        .rules(&[Man1]),
    key("remedy", Texts, "Of an acknowledgement: what was done so that it does not happen again.")
        .eg(r#"{ en = "The contract has a time limit now." }"#)
        .rules(&[Man1]),
    key("approver", Text, "Of an acknowledgement: who answers for it.")
        .eg(r#""Product security board""#)
        .rules(&[Man1]),
    key(
        "product",
        Table(release::PRODUCT),
        "The product. It is the same in every release, so put it into a file that every \
        description includes.",
    )
    .rules(&[Man1, App1, App2]),
    key("release", Table(release::RELEASE), "The release: its names, and the releases that it follows.")
        .rules(&[Man1]),
    key(
        "image",
        Tables(release::IMAGE),
        "An image. A release has every image of its scope, also those that did not change.",
    )
    .rules(&[Man1, Man5, Sep19, Ver12]),
    key(
        "base",
        Tables(release::BASE),
        "A release from which a delta package leads to this one. Each entry makes one delta \
        package; a delta that is not smaller than the full package is not kept.",
    )
    .rules(&[Del6]),
    key(
        "fix",
        Tables(fixes::FIX),
        "Of a security release: a vulnerability that it fixes. Write only the new ones; earlier \
        fixes that its users may still lack are copied from the known releases.",
    )
    .rules(&[Sep16, Sep21, Sep22]),
    key(
        "change",
        Tables(fixes::CHANGE),
        "A change. Of a security release: a change besides the fixes, which needs a \
        justification in `[separation]`. Of a feature release: what is new.",
    )
    .rules(&[Sep5, Sep7, Sep8]),
    key(
        "also-fix",
        Tables(fixes::ALSO_FIX),
        "Of a feature release: a vulnerability that it fixes for its users. The fix must be available without \
        the features too, or the entry says why it is not.",
    )
    .or("derived from the known releases")
    .rules(&[Sep13, Sep22]),
    key(
        "status",
        Tables(notice::STATUS),
        "What is known about a vulnerability in some states. A notice needs an entry here \
        or under `[[remediation]]`.",
    )
    .rules(&[Adv5, G14, G21]),
    key("remediation", Tables(notice::REMEDIATION), "What users can do about a vulnerability.")
        .rules(&[Adv5, G9]),
    key("default", Tables(fixes::DEFAULT), "A default setting that the release changes or confirms.")
        .rules(&[Def1]),
    key("open", Tables(fixes::OPEN), "A vulnerability that stays open in this release.")
        .or("the entries of the releases in `previous` and `merged`, while they are open there and here")
        .rules(&[Sep22, G23]),
    key(
        "evidence",
        Tables(release::EVIDENCE),
        "A document that supports the statement. `file` embeds it in the package; \
        `sha256` and `size` name one that is kept elsewhere. Other tables refer to it by its place, from 0.",
    )
    .rules(&[Man5, Pay2]),
    key("require", Tables(release::REQUIRE), "What another scope of the device must have installed first.")
        .rules(&[Man4, App5, G13]),
    key(
        "reopen",
        Tables(fixes::REOPEN),
        "Of a security release: an earlier fix that is taken back. The release that had it \
        must be withdrawn.",
    )
    .rules(&[Sep17]),
    key(
        "separation",
        Table(fixes::SEPARATION),
        "Of a security release: how the fixes are kept apart from other changes. It \
        has no default, because it is a statement that you sign.",
    )
    .rules(&[Sep2, Sep3, Sep4]),
    key(
        "advisory",
        Named(notice::ADVISORY),
        "What users are told, by language. A security release, a notice and a \
        withdrawal need it.",
    )
    .rules(&[Adv1, Adv7, Txt3]),
    key(
        "action",
        Table(notice::ACTION),
        "What users are asked to do. A security release, a notice and a withdrawal need it.",
    )
    .rules(&[Adv2]),
    key(
        "automatic",
        Table(terms::AUTOMATIC),
        "Whether devices install the release automatically. A security release needs \
        it; a feature release without it waits for its user.",
    )
    .rules(&[Aut1]),
    key("support", Table(terms::SUPPORT), "How long the product gets security updates.")
        .rules(&[Sup1, Sup2, G16]),
    key(
        "latest-only",
        Table(terms::LATEST_ONLY),
        "The claim that only the latest version needs security updates, because \
        users get it free of charge and without new hardware.",
    )
    .rules(&[Cst3, G8]),
    key(
        "tailor-made",
        Table(terms::TAILOR_MADE),
        "An agreement with one business user that permits an exception.",
    )
    .rules(&[Cst2, G24]),
    key(
        "acknowledge",
        Tables(notice::ACKNOWLEDGE),
        "Of an acknowledgement: what it answers for. Only what has ended can be \
        acknowledged.",
    )
    .rules(&[Man1]),
    key("signing", Table(release::SIGNING), "The keys that sign. `--key` and `--delivery-key` replace them."),
];

/// What is expected in place of an unknown key.
pub(super) fn in_place(schema: Keys) -> String {
    match schema {
        [Key { name: "delayed", .. }] => {
            "write disclosure = { delayed = { reason = { en = \"…\" }, until = 2027-05-01 } }".to_owned()
        }
        _ => {
            let keys = schema.iter().map(|key| key.name).collect::<Vec<_>>();
            format!("expected one of {}", keys.join(", "))
        }
    }
}

/// The rules of a text with a grammar of its own.
const ID: &[Rule] = &[Man1, Man4];
