//! Every statement names the newest ones that its maker knew. They are in the set (G11), and none of them is newer than it
//! (VER-9).

use crate::finding::Finding;
use crate::set::Product;
use crate::time::date;
use pkg_format::manifest::{After, Common, Series};
use pkg_format::{Digest, Rule};
use std::collections::BTreeMap;

/// A statement of any kind.
#[derive(Debug, Clone, Copy)]
pub(super) struct Signed<'m> {
    pub(super) name: &'m str,
    pub(super) digest: Digest,
    pub(super) common: &'m Common,
    /// The state that a release leads into, and those it was built from.
    states: Option<(Digest, &'m [Digest])>,
}

/// Every statement about a product that was issued at or before a time.
pub(super) fn signed(product: &Product, at: u64) -> impl Iterator<Item = Signed<'_>> {
    let releases = product.releases.iter().map(|r| Signed {
        name: r.version(),
        digest: r.digest,
        common: &r.common,
        states: Some((r.state, r.body.from.as_slice())),
    });
    let words = |digest: Digest, common| Signed { name: id(common), digest, common, states: None };
    let notices = product.notices.iter().map(move |n| words(n.digest, &n.common));
    let withdrawals = product.withdrawals.iter().map(move |w| words(w.digest, &w.common));
    let answers = product.acknowledgements.iter().map(move |a| words(a.digest, &a.common));
    releases.chain(notices).chain(withdrawals).chain(answers).filter(move |s| s.common.issued <= at)
}

fn id(common: &Common) -> &str {
    common.id.as_str()
}

/// What people call a statement of a series that only its number tells of: `number 3 of line 1.0`.
pub(super) fn title(after: &After) -> String {
    let series = match &after.series {
        Series::Notices => "the notices".into(),
        Series::Withdrawals => "the withdrawals".into(),
        Series::Line { scope, line } if scope.as_str() == "product" => format!("line {line}"),
        Series::Line { scope, line } => format!("line {line} of scope {scope}"),
    };
    format!("number {} of {series}", after.sequence)
}

/// VER-9: no statement is older than one that it names.
pub(super) fn check(product: &Product, at: u64, findings: &mut Vec<Finding>) {
    // The first statement that each digest can mean: a statement itself, or a state.
    let mut known: BTreeMap<Digest, Signed<'_>> = BTreeMap::new();
    for statement in signed(product, at) {
        for digest in [Some(statement.digest), statement.states.map(|(state, _)| state)].into_iter().flatten()
        {
            let first = known.entry(digest).or_insert(statement);
            if statement.common.issued < first.common.issued {
                *first = statement;
            }
        }
    }
    for statement in signed(product, at) {
        let (common, from) = (statement.common, statement.states.map_or(&[][..], |(_, from)| from));
        let named = common.after.iter().map(|a| &a.digest).chain(&common.supersedes).chain(from);
        let named = named.filter_map(|d| known.get(d)).map(|s| (s.common.issued, s.name));
        let Some((newest, name)) = named.max().filter(|(issued, _)| *issued > common.issued) else {
            continue;
        };
        let text = format!(
            "{} was issued on {} and names {name}, which was issued later, on {}",
            statement.name,
            date(common.issued),
            date(newest)
        );
        let about = statement.states.map_or(statement.digest, |(state, _)| state);
        let finding = Finding::fail(Rule::Ver9, statement.name, text).about(about);
        findings.push(Finding { ended: Some((common.issued, newest)), ..finding });
    }
}
