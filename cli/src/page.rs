//! The inspect page.

use crate::out::{escape, shown};
use pkg_format::lang::Lang;
use pkg_format::{Delivery, Digest, Manifest, Refusal};
use pkg_verify::{Keyring, SignatureReport};
use std::path::Path;

/// How the package stands.
pub(crate) enum Verdict {
    /// A keyring vouches for the statements.
    Verified,
    /// Nobody does.
    Unverified,
    /// It breaks a rule.
    Refused(Refusal),
}

/// What there is to show.
pub(crate) struct Page<'a> {
    pub(crate) path: &'a Path,
    pub(crate) size: u64,
    pub(crate) verdict: &'a Verdict,
    pub(crate) manifest: Option<&'a Manifest>,
    pub(crate) delivery: Option<&'a Delivery>,
    pub(crate) digest: Digest,
    pub(crate) signatures: &'a [SignatureReport],
    pub(crate) keyring: Option<&'a Keyring>,
    pub(crate) lang: Option<&'a Lang>,
}

/// How wide to wrap: the terminal, within reason.
pub(crate) fn width() -> usize {
    terminal_size::terminal_size().map_or(80, |(w, _)| usize::from(w.0).clamp(40, 120))
}

/// The page as text.
pub(crate) fn render(page: &Page<'_>, _width: usize) -> String {
    let verdict = match page.verdict {
        Verdict::Verified => "VERIFIED: statements verified, payload not read".into(),
        Verdict::Unverified => "UNVERIFIED: no keyring was given".into(),
        Verdict::Refused(refusal) => format!("REFUSED: {refusal}"),
    };
    let mut out = format!(
        "{}\n{}, {} bytes, manifest {}\n",
        escape(&verdict),
        shown(page.path),
        page.size,
        page.digest
    );
    if let Some(m) = page.manifest {
        out.push_str(&format!("{} {}\n", m.common().product.name, m.common().id));
    }
    let _ = (page.delivery, page.signatures, page.keyring, page.lang);
    out
}
