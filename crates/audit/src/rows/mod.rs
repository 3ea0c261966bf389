//! The rows of the report, A-01 to A-18: what the technical documentation must have (CRA Annex VII and the articles
//! behind it), and what the set has of it. A row says so where the set has nothing.

mod documents;
mod product;
mod results;
mod view;

use crate::register::Vulnerability;
use crate::row::Row;
use view::Entry;
pub(crate) use view::View;

/// All rows, in the order of their ids.
pub(crate) fn all(view: &View<'_>, register: &[Vulnerability]) -> Vec<Row> {
    let rows: [(&str, &str, &str, Entry); 18] = [
        ("A-01", "Product, versions and images", "Annex VII 1(b)", product::products(view)),
        (
            "A-02",
            "Information for users",
            "Annex VII 1(d); Annex II 2, 7, 8(c), 8(e)",
            documents::users(view),
        ),
        ("A-03", "Software bills of materials", "Annex VII 2(b), 8; Annex I II(1)", documents::sboms(view)),
        (
            "A-04",
            "Coordinated vulnerability disclosure",
            "Annex VII 2(b); Annex I II(5), II(6)",
            documents::disclosure(view),
        ),
        (
            "A-05",
            "Secure distribution of updates",
            "Annex VII 2(b); Annex I II(7)",
            results::distribution(view),
        ),
        ("A-06", "Risk assessments", "Annex VII 3; Art. 13(2) to 13(4)", documents::risk(view)),
        ("A-07", "Support period", "Annex VII 4; Art. 13(8), 13(19)", product::support(view)),
        ("A-08", "Standards applied", "Annex VII 5", documents::documented(view, "standards")),
        ("A-09", "Test reports", "Annex VII 6", documents::tests(view)),
        ("A-10", "Security apart from functionality", "Annex I II(2); Recital 57", results::separation(view)),
        ("A-11", "Exception register", "various", results::exceptions(view)),
        (
            "A-12",
            "Vulnerability register",
            "Annex I II(2), II(4), II(8); Art. 14",
            results::vulnerabilities(view, register),
        ),
        ("A-13", "Free of charge", "Annex I II(8)", product::free(view)),
        ("A-14", "Availability", "Art. 13(9)", product::availability(view)),
        ("A-15", "Withdrawals and recalls", "Art. 13(21)", results::withdrawals(view)),
        ("A-16", "Automatic updates by default", "Annex I I(2)(c); Recital 56", product::automatic(view)),
        ("A-17", "Keeping the documentation", "Art. 13(13)", product::keeping(view)),
        ("A-18", "Secure by default", "Annex I I(2)(b)", documents::defaults(view)),
    ];
    rows.map(|(id, title, reference, Entry(status, text, mut digests))| {
        digests.sort_unstable();
        digests.dedup();
        Row { id, title, reference, status, text, digests }
    })
    .into()
}
