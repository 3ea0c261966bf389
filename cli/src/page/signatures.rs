//! Who signed, and what the keyring says about them.

use super::Page;
use super::layout::{Sheet, list, paint};
use super::prose::plain;
use crate::colours::{ERROR, GOOD, WARNING};
use pkg_format::cose::StatementKind;
use pkg_format::keyring::TrustedKey;
use pkg_verify::{Keyring, SignatureReport, SignatureStatus};

/// The status of a signature as a symbol, a word and a colour.
fn standing(page: &Page<'_>, status: SignatureStatus) -> String {
    match status {
        _ if page.keyring.is_none() => paint(WARNING, "? not checked"),
        SignatureStatus::Valid => paint(GOOD, "✓ valid"),
        SignatureStatus::NotForThis => paint(WARNING, "✗ does not count: this key may not sign this"),
        SignatureStatus::Invalid => paint(ERROR, "✗ INVALID"),
        SignatureStatus::UnknownKey => paint(WARNING, "? unknown key"),
        SignatureStatus::Revoked => paint(ERROR, "✗ REVOKED"),
    }
}

/// The key as the keyring knows it.
fn known<'k>(keyring: Option<&'k Keyring>, report: &SignatureReport) -> Option<&'k TrustedKey> {
    let keys = &keyring?.statement().keys;
    keys.iter().find(|k| k.id() == report.key)
}

/// The label of the key in the keyring, or else its short id.
fn name(page: &Page<'_>, report: &SignatureReport) -> String {
    match known(page.keyring, report) {
        Some(key) => format!("“{}”", plain(key.label.as_str())),
        None => format!("key {}", report.key.short()),
    }
}

/// The statements that must be signed.
fn statements(page: &Page<'_>) -> Vec<StatementKind> {
    let delivery = page.delivery.map(|_| StatementKind::Delivery);
    std::iter::once(StatementKind::Manifest).chain(delivery).collect()
}

fn of<'p>(page: &'p Page<'_>, kind: StatementKind) -> Vec<&'p SignatureReport> {
    page.signatures.iter().filter(|s| s.statement == kind).collect()
}

/// Why a statement has no signature to show.
fn absent(page: &Page<'_>, kind: StatementKind) -> String {
    let (manifest, delivery) = page.is_signed;
    let signed = if kind == StatementKind::Manifest { manifest } else { delivery };
    if signed { paint(WARNING, "? not readable") } else { paint(ERROR, "✗ NOT SIGNED") }
}

/// Who signed, in a few words.
pub(super) fn gist(page: &Page<'_>) -> String {
    let signed = |kind: StatementKind| {
        let all = of(page, kind);
        let one = |s: &&SignatureReport| format!("{} ({})", name(page, s), standing(page, s.status));
        let signed = all.iter().map(one).collect::<Vec<_>>();
        let signed = if signed.is_empty() { absent(page, kind) } else { format!("by {}", list(&signed)) };
        format!("{} {signed}", kind.as_str())
    };
    statements(page).into_iter().map(signed).collect::<Vec<_>>().join("; ")
}

/// Every signature.
pub(super) fn write(sheet: &mut Sheet<'_>, page: &Page<'_>) {
    sheet.head(&format!("Signatures ({})", page.signatures.len()));
    match page.keyring {
        Some(keyring) => {
            let statement = keyring.statement();
            sheet.item(&format!("checked with keyring {}, version {}", statement.name, statement.version));
        }
        None => sheet.item("not checked, no keyring given: anybody could have made these"),
    }
    for kind in statements(page).into_iter().filter(|kind| of(page, *kind).is_empty()) {
        sheet.item(&format!("{}  {}", kind.as_str(), absent(page, kind)));
    }
    let rows: Vec<_> = page.signatures.iter().map(|s| row(page, s)).collect();
    for (line, report) in sheet.columns(&rows, &[]).iter().zip(page.signatures) {
        sheet.item(line);
        if let Some(key) = known(page.keyring, report) {
            let roles = key.roles.iter().map(|r| r.as_str()).collect::<Vec<_>>().join(", ");
            sheet.under(&format!("may sign: {roles}"));
        }
    }
}

fn row(page: &Page<'_>, report: &SignatureReport) -> Vec<String> {
    let label = known(page.keyring, report).map(|_| name(page, report)).unwrap_or_default();
    let id = format!("{} {}", report.alg.as_str(), report.key.short());
    vec![report.statement.as_str().into(), standing(page, report.status), label, id]
}
