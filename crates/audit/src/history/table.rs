//! The tables of `history.toml` as serde reads them; nothing is checked yet.

use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;
use toml::value::Datetime;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileTable {
    pub(super) product: Option<Spanned<ProductTable>>,
    #[serde(default)]
    pub(super) release: Vec<Spanned<ReleaseTable>>,
    #[serde(default)]
    pub(super) vulnerability: Vec<VulnerabilityTable>,
    #[serde(default)]
    pub(super) documentation: DocumentationTable,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProductTable {
    pub(super) vendor: Spanned<String>,
    pub(super) name: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct ReleaseTable {
    pub(super) scope: Option<Spanned<String>>,
    pub(super) version: Spanned<String>,
    pub(super) line: Spanned<String>,
    pub(super) feature_level: Spanned<u64>,
    pub(super) security_level: Spanned<u64>,
    #[serde(default)]
    pub(super) sequence: u64,
    pub(super) generation: Option<Spanned<u64>>,
    pub(super) hardware: Vec<Spanned<String>>,
    pub(super) placed: Option<Spanned<When>>,
    pub(super) support_until: Option<Spanned<String>>,
    pub(super) images: BTreeMap<Spanned<String>, Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct VulnerabilityTable {
    pub(super) id: Spanned<String>,
    pub(super) known_since: Option<Spanned<When>>,
    #[serde(default)]
    pub(super) affected: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) fixed: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) not_affected: Vec<NotAffectedTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NotAffectedTable {
    pub(super) version: Spanned<String>,
    pub(super) justification: Spanned<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct DocumentationTable {
    pub(super) cvd_policy: Option<OneOrMore>,
    pub(super) risk_assessment: Option<OneOrMore>,
    pub(super) standards: Option<OneOrMore>,
    pub(super) test_reports: Option<OneOrMore>,
    pub(super) authentication: Option<OneOrMore>,
    pub(super) logging: Option<OneOrMore>,
    pub(super) data_minimisation: Option<OneOrMore>,
}

#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum OneOrMore {
    One(String),
    More(Vec<String>),
}

/// A date as TOML writes it, or as text.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum When {
    Date(Datetime),
    Text(String),
}

impl When {
    pub(super) fn seconds(&self) -> Option<u64> {
        let text = match self {
            When::Date(date) => date.to_string(),
            When::Text(text) => text.clone(),
        };
        crate::time::seconds(&text)
    }
}
