//! What to do about one file of a repository that is damaged or missing.

use pkg_format::{Refusal, Rule};
use pkg_repository::may_need_newer_keys;

/// What to do about a package or a delta.
const PACKAGE: &str = "remove what is damaged; then publish its package again, or get it from a copy with pkg repository mirror";

/// What is at a path of a repository.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum There {
    /// Something else.
    Damaged,
    /// Nothing.
    Missing,
}

/// Whether a file of a repository has this path, and not a package at hand.
pub(crate) fn is_file(path: &str) -> bool {
    ["products/", "keyrings/", "packages/", "deltas/"].iter().any(|folder| path.starts_with(folder))
}

/// Whether a rule says that the bytes of a file are not those that were published.
pub(crate) fn is_damage(rule: Rule) -> bool {
    let is_form = ["CON-", "CBR-", "MAN-", "SIG-"].iter().any(|family| rule.id().starts_with(family));
    (is_form && !may_need_newer_keys(rule)) || matches!(rule, Rule::Rep5 | Rule::Rep9)
}

/// How the file at a path below the repository is put back.
pub(crate) fn hint(path: &str, there: There) -> String {
    let remove = if there == There::Damaged { "remove this file; then " } else { "" };
    if path.starts_with("keyrings/") {
        return format!(
            "{remove}write it again with pkg repository refresh, whose --keyring has this version, or get it from a copy with pkg repository mirror"
        );
    }
    if path.ends_with("/head") {
        return "copy the file with the highest number in the folder heads over it, or get it from a copy with pkg repository mirror".into();
    }
    if path.starts_with("products/") {
        return format!(
            "{remove}get it from a copy of the repository: pkg repository mirror COPY REPOSITORY"
        );
    }
    PACKAGE.into()
}

/// What to do about a refusal of a file of a repository, where putting it back helps.
pub(crate) fn refusal(path: &str, refusal: &Refusal) -> Option<String> {
    // A page is named by its root, so another content is damage, whatever rule it breaks first.
    let is_page = path.starts_with("products/") && path.contains("/log/") && refusal.rule != Rule::Rep6;
    (is_page || (is_file(path) && is_damage(refusal.rule))).then(|| hint(path, There::Damaged))
}

/// What to do about a fault that a check found.
pub(crate) fn fault(path: &str, rule: Option<Rule>) -> String {
    match rule {
        None => hint(path, There::Missing),
        Some(rule @ (Rule::Rep4 | Rule::Rep6 | Rule::Rep7)) => crate::hint::rule(rule),
        Some(_) => hint(path, There::Damaged),
    }
}
