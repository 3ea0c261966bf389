//! Every key of `history.toml`, and what it says.

use pkg_format::Rule::*;
use pkg_format::manifest::VexJustification;
use pkg_reference::Kind::*;
use pkg_reference::{File, Keys, key, words};

/// `history.toml`, with all its keys.
pub const REFERENCE: File = File {
    name: "history.toml",
    title: "what a product shipped before it used packages",
    text: "`pkg audit`, `pkg plan`, `pkg new` and `pkg advisory` read it with `--history`. Nobody signed it, so reports mark \
        everything that follows from it as *declared, not signed*. Versions are those of this file and those of packages.",
    keys: &[
        key(
            "product",
            Table(PRODUCT),
            "The product. It is needed if the packages belong to more than one product.",
        )
        .or("the only product of the packages"),
        key("release", Tables(RELEASE), "A release that devices still run.").rules(&[G8, G14]),
        key("vulnerability", Tables(VULNERABILITY), "A vulnerability, and which releases have it.")
            .rules(&[G9, G14]),
        key(
            "documentation",
            Table(DOCUMENTATION),
            "Where the technical documentation is. The report quotes it.",
        ),
    ],
    is_split: false,
    notes: None,
};

const PRODUCT: Keys = &[
    key("vendor", Text, "Who makes the product.").required().eg(r#""acme""#),
    key("name", Text, "The name of the product.").required().eg(r#""cam-x1""#),
];

const RELEASE: Keys = &[
    key("scope", Text, "The scope of the release.").or("`product`").eg(r#""modem""#),
    key("version", Text, "What people call it.").required().eg(r#""1.0.0""#),
    key("line", Text, "Its line of development.").required().eg(r#""1.0""#),
    key("feature-level", Uint, "Its feature level, from 1, as in the packages that followed.")
        .required()
        .eg("1"),
    key("security-level", Uint, "Its security level, from 1, as in the packages that followed.")
        .required()
        .eg("1"),
    key("sequence", Uint, "Its sequence.").or("0: before the first package").eg("0"),
    key("generation", Uint, "Its generation, from 1.").or("1").eg("1"),
    key("hardware", List, "The hardware that it runs on.").required().eg(r#"["rev-b"]"#),
    key("placed", Date, "When it was placed on the market, not after the newest package.").eg("2025-03-01"),
    key("support-until", Text, "The last month with security updates.").eg(r#""2035-03""#).rules(&[G16]),
    key(
        "images",
        DigestsByName,
        "The digests of its images by component. Deltas and lists of states refer to them.",
    )
    .required()
    .eg(r#"{ rootfs = "0000000000000000000000000000000000000000000000000000000000000001" }"#),
];

const VULNERABILITY: Keys = &[
    key("id", Text, "The vulnerability.").required().eg(r#""CVE-2025-1234""#).rules(&[Adv9]),
    key("known-since", Date, "When you learned of it.").eg("2025-06-01").rules(&[G23]),
    key("affected", List, "The versions that have it.").eg(r#"["1.0.0"]"#),
    key("fixed", List, "The versions in which it is fixed.").eg(r#"["1.4.3"]"#),
    key("not-affected", Tables(NOT_AFFECTED), "A version that does not have it."),
];

const NOT_AFFECTED: Keys = &[
    key("version", Text, "The version.").required().eg(r#""1.4.2""#),
    key("justification", Text, "Why it is not affected.")
        .required()
        .eg(r#""vulnerable_code_not_present""#)
        .rules(&[Adv10])
        .words(|| words(VexJustification::ALL, VexJustification::as_str)),
];

const DOCUMENTATION: Keys = &[
    key(
        "cvd-policy",
        OneOrMore,
        "The policy for reported vulnerabilities (row A-04 of the report; CRA Annex I II(5)).",
    )
    .eg(r#""https://acme.example/security""#),
    key("risk-assessment", OneOrMore, "The risk assessment (row A-06; CRA Annex VII 3).")
        .eg(r#""RA-2025-03""#),
    key("standards", OneOrMore, "The standards that were applied (row A-08; CRA Annex VII 5).")
        .eg(r#"["EN 18031-1"]"#),
    key("test-reports", OneOrMore, "The reports of tests (row A-09; CRA Annex VII 6).")
        .eg(r#"["TR-2026-11"]"#),
    key("authentication", OneOrMore, "How access is controlled (row A-18; CRA Annex I I(2)(d)).")
        .eg(r#""DOC-7, section 2""#),
    key("logging", OneOrMore, "What is logged (row A-18; CRA Annex I I(2)(l)).").eg(r#""DOC-7, section 3""#),
    key("data-minimisation", OneOrMore, "Which data is collected, and why (row A-18; CRA Annex I I(2)(g)).")
        .eg(r#""DOC-7, section 4""#),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reader_knows_these_keys_and_no_others() {
        assert!(pkg_reference::samples(&REFERENCE).len() > 25);
        let read = |text: &str| match toml::from_str::<super::super::table::FileTable>(text) {
            Ok(_) => Ok(()),
            Err(error) => Err(error.message().into()),
        };
        assert_eq!(pkg_reference::disagreement(&REFERENCE, read), None);
    }
}
