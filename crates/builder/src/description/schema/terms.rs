//! On which terms users get a release.

use pkg_format::Rule::*;
use pkg_format::manifest::automatic::Default;
use pkg_format::manifest::{LatestOnlyKind, NotAutomatic, Waiver};
use pkg_reference::Kind::*;
use pkg_reference::{Keys, key, words};

pub(super) const AUTOMATIC: Keys = &[
    key("applicable", Bool, "Whether automatic updates apply to the product.")
        .required()
        .eg("true")
        .rules(&[Man1, Aut4]),
    key("default", Text, "Whether devices install the release unless their user opted out.")
        .or("`on` if automatic updates apply, `off` otherwise")
        .eg(r#""on""#)
        .rules(&[Aut2, Aut5])
        .words(|| words(Default::ALL, Default::as_str)),
    key(
        "install-within",
        Duration,
        "How long devices may wait after they showed the notice. It is needed if automatic \
        updates apply.",
    )
    .eg(r#""72h""#)
    .rules(&[Man1]),
    key(
        "max-postpone",
        Duration,
        "How long users may postpone it in all. It is needed if automatic updates apply.",
    )
    .eg(r#""14d""#)
    .rules(&[Man1]),
    key("opt-out", Texts, "How users turn automatic updates off. It is needed if automatic updates apply.")
        .eg(r#"{ en = "Settings, Updates, Automatic security updates: off" }"#)
        .rules(&[Aut3]),
    key("reason", Text, "Why automatic updates do not apply.")
        .eg(r#""industrial""#)
        .rules(&[Aut4, Man6])
        .words(|| words(NotAutomatic::ALL, NotAutomatic::as_str)),
    key("text", Texts, "Why automatic updates do not apply, in words.")
        .eg(r#"{ en = "An operator decides when a machine stops." }"#)
        .rules(&[Aut4, Man6]),
];

pub(super) const SUPPORT: Keys = &[
    key("until", Text, "The last month with security updates.")
        .required()
        .eg(r#""2036-12""#)
        .rules(&[Sup1, Sup2, G16]),
    key("from", Text, "The month in which the product was first placed on the market.")
        .or("that of `previous`; for a first release, the month of issue")
        .eg(r#""2026-03""#)
        .rules(&[Sup1]),
    key(
        "shorter-use",
        Texts,
        "Why the product is expected to be used for less than five years. It is needed if support is \
        shorter.",
    )
    .eg(r#"{ en = "The battery lasts three years." }"#)
    .rules(&[Sup2]),
    key("basis", Text, "How the period was determined.").eg(r#""expected lifetime of the sensor""#),
];

pub(super) const LATEST_ONLY: Keys = &[
    key("kind", Text, "Why earlier versions need no security updates of their own.")
        .required()
        .eg(r#""sub-version""#)
        .rules(&[Man1, Man4])
        .words(|| words(LatestOnlyKind::ALL, LatestOnlyKind::as_str)),
    key("free", Bool, "Whether users get the latest version free of charge. Only `true` is accepted.")
        .required()
        .eg("true")
        .rules(&[Man1, Cst3]),
    key("hardware", Set, "The hardware that was verified to run it.")
        .required()
        .eg(r#"["rev-b"]"#)
        .rules(&[Man1]),
    key("evidence", Uints, "The places of supporting documents in `[[evidence]]`, from 0.")
        .required()
        .eg("[0]")
        .rules(&[Man1, Man10]),
];

pub(super) const TAILOR_MADE: Keys = &[
    key("customer", Text, "The business user, under any name that tells customers apart.")
        .required()
        .eg(r#""customer-17""#)
        .rules(&[Cst2, G24]),
    key("contract-digest", Digest, "The SHA-256 of the contract.")
        .required()
        .eg(r#""0000000000000000000000000000000000000000000000000000000000000001""#)
        .rules(&[Cst2]),
    key("purpose", Texts, "What the product is tailored for.")
        .required()
        .eg(r#"{ en = "A control room." }"#)
        .rules(&[Cst2]),
    key("waives", Set, "What the agreement permits. Nothing else can be waived.")
        .required()
        .eg(r#"["free-of-charge"]"#)
        .rules(&[Cst2])
        .words(|| words(Waiver::ALL, Waiver::as_str)),
];
