//! SPDX 2.x as tags and values: one on a line; a value in `<text>` may have several.

use super::spdx2_json::{closed, refer};
use super::{Sbom, Variant};

/// The first tag of a document, whatever stands before it in comments.
pub(super) fn is_one(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.next().is_some_and(|line| line.starts_with("SPDXVersion:"))
}

/// The package that is read.
#[derive(Default)]
struct Open {
    name: Option<String>,
    purl: Option<String>,
    variant: Variant,
}

pub(super) fn read(text: &str) -> Result<Sbom, String> {
    let mut sbom = Sbom::default();
    let mut open = Open::default();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some((tag, first)) = line.trim_start().split_once(':').filter(|_| !line.starts_with('#')) else {
            continue;
        };
        let first = first.trim();
        // What stands in a text is no tag, whatever it looks like.
        let mut whole = first.to_owned();
        if first.starts_with("<text>") {
            while !whole.contains("</text>") {
                whole.push('\n');
                whole.push_str(lines.next().ok_or("a <text> has no end")?);
            }
        }
        let value =
            whole.strip_prefix("<text>").map_or(whole.as_str(), |v| v.split("</text>").next().unwrap_or(v));
        let words: Vec<_> = value.split_whitespace().collect();
        match (tag, words.as_slice()) {
            ("SPDXVersion", _) if !value.starts_with("SPDX-2.") => {
                return Err(format!("{value} is not known in this form"));
            }
            ("SPDXVersion", _) => sbom.formats = vec![value.to_owned()],
            ("DocumentNamespace", _) => sbom.address = Some(value.to_owned()),
            ("PackageName", _) => {
                close(&mut sbom, std::mem::take(&mut open));
                open.name = Some(value.to_owned());
            }
            // Files and snippets come behind the packages that they are in, and have checksums of their own.
            ("FileName" | "SnippetSPDXID", _) => close(&mut sbom, std::mem::take(&mut open)),
            ("PackageVersion", _) => open.variant.version = value.to_owned(),
            ("PackageSourceInfo", _) => open.variant.patches.extend(closed(value)),
            ("PackageChecksum", [algorithm, digest]) => {
                open.variant.hash(algorithm.trim_end_matches(':'), digest)
            }
            ("PackageVerificationCode", [code, ..]) => open.variant.hash("verification code", code),
            ("ExternalRef", [_, "purl", purl]) => open.purl = Some((*purl).to_owned()),
            ("ExternalDocumentRef", [id, address, algorithm, digest]) => {
                refer(&mut sbom, id, address, Some((algorithm.trim_end_matches(':'), digest)));
            }
            _ => {}
        }
    }
    close(&mut sbom, open);
    Ok(sbom)
}

fn close(sbom: &mut Sbom, open: Open) {
    if let Some(name) = open.name {
        sbom.add(open.purl.as_deref(), &name, open.variant);
    }
}
