//! Both packages beside each other.

use super::super::format::{self, size};
use super::super::layout::Sheet;
use super::super::prose::plain;
use super::{Package, PackageFile, Report};
use pkg_format::manifest::Release;
use pkg_verify::SignatureReport;
use std::collections::BTreeSet;

pub(super) fn write(sheet: &mut Sheet<'_>, report: &Report<'_>) {
    sheet.head("Packages");
    let both = [&report.old, &report.new];
    let row = |label: &str, of: &dyn Fn(&Package<'_>) -> String| {
        std::iter::once(label.to_owned()).chain(both.iter().map(|s| of(s))).collect::<Vec<_>>()
    };
    let release = |s: &Package<'_>, of: &dyn Fn(&Release) -> String| {
        s.side.manifest.release().map_or_else(|| "-".into(), of)
    };
    let class = |s: &Package<'_>| {
        release(s, &|r| match r.security() {
            Some(security) => format!("security ({})", security.separation.kind()),
            None => r.class().to_string(),
        })
    };
    let product = |s: &Package<'_>| {
        format!("{} {}", s.side.manifest.common().product.vendor, s.side.manifest.common().product.name)
    };
    let rows = vec![
        vec!["".into(), "old".into(), "new".into()],
        row("product", &product),
        row("release", &|s| s.side.name()),
        row("kind", &|s| format!("{}, {}", s.side.kind(), size(s.file.size))),
        row("class", &class),
        row("line", &|s| release(s, &|r| r.identity.line.to_string())),
        row("feature level", &|s| release(s, &|r| r.identity.feature_level.to_string())),
        row("security level", &|s| release(s, &|r| r.identity.security_level.to_string())),
        row("issued", &|s| format::time(s.side.manifest.common().issued)),
        row("manifest", &|s| s.side.digest.short()),
        row("sbom", &sboms),
    ];
    sheet.table(rows, &[]);
    for (word, package) in [("old", &report.old), ("new", &report.new)] {
        sheet.quote(word, &package.file.path.display().to_string());
        sheet.field("  signed by", &signers(package.file));
    }
}

/// The formats of the bills of materials, and how many could not be read.
fn sboms(package: &Package<'_>) -> String {
    let side = package.side;
    let mut all: Vec<String> = side.sbom.iter().flat_map(|s| &s.formats).map(|f| plain(f)).collect();
    match side.unread_sboms.len() {
        0 => {}
        n => all.push(format!("{n} not read")),
    }
    if all.is_empty() { "-".into() } else { all.join(", ") }
}

/// Who signed the manifest: labels if there is a keyring, else short key ids.
fn signers(file: &PackageFile) -> String {
    let named = |(report, label): &(SignatureReport, Option<String>)| {
        label.as_ref().map_or_else(|| report.key.short(), |l| format!("“{}”", plain(l)))
    };
    let all: BTreeSet<_> = file.signatures.iter().map(named).collect();
    if all.is_empty() { "nobody".into() } else { all.into_iter().collect::<Vec<_>>().join(" ") }
}
