//! What every row is made from: the statements of a set at one time, and the results of the rules.

use crate::finding::{Finding, RuleResult, Verdict};
use crate::row::RowStatus;
use crate::set::{Product, Release, Set};
use pkg_format::manifest::{Action, Advisory, Common, EvidenceKind, Update};
use pkg_format::{Digest, Label, Rule};
use pkg_verify::Signer;
use std::collections::BTreeSet;

/// What a row says: its status, its text and its digests.
pub(super) struct Entry(pub(super) RowStatus, pub(super) String, pub(super) Vec<Digest>);

/// What every kind of statement has.
pub(super) struct Statement<'a> {
    pub(super) common: &'a Common,
    pub(super) signers: &'a [Signer],
    pub(super) advisory: Option<&'a Advisory>,
    pub(super) action: Option<&'a Action>,
    pub(super) contact: Option<&'a Label>,
}

/// A set at one time.
pub(super) struct View<'a> {
    pub(super) set: &'a Set,
    pub(super) at: u64,
    pub(super) releases: Vec<(&'a Product, &'a Release)>,
    /// The releases, notices and withdrawals.
    pub(super) statements: Vec<Statement<'a>>,
    pub(super) rules: &'a [RuleResult],
}

impl<'a> View<'a> {
    pub(super) fn new(set: &'a Set, rules: &'a [RuleResult], at: u64) -> View<'a> {
        let mut view = View { set, at, releases: Vec::new(), statements: Vec::new(), rules };
        for product in &set.products {
            for release in product.releases_by(at) {
                view.releases.push((product, release));
                let (advisory, action) = match &release.body.update {
                    Update::Security(s) => (Some(&s.advisory), Some(&s.action)),
                    Update::Feature(f) => (f.advisory.as_ref(), f.action.as_ref()),
                };
                let (common, signers, contact) =
                    (&release.common, &release.signers, release.body.contact.as_ref());
                view.statements.push(Statement { common, signers, advisory, action, contact });
            }
            view.statements.extend(product.notices_by(at).map(|n| Statement {
                common: &n.common,
                signers: &n.signers,
                advisory: Some(&n.body.advisory),
                action: Some(&n.body.action),
                contact: Some(&n.body.contact),
            }));
            view.statements.extend(product.withdrawals_by(at).map(|w| Statement {
                common: &w.common,
                signers: &w.signers,
                advisory: Some(&w.body.advisory),
                action: Some(&w.body.action),
                contact: Some(&w.body.contact),
            }));
        }
        view
    }

    /// The worst result of these rules.
    pub(super) fn worst(&self, rules: &[Rule]) -> Verdict {
        let found = self.rules.iter().filter(|r| rules.contains(&r.rule));
        found.map(|r| r.verdict).max().unwrap_or(Verdict::Pass)
    }

    pub(super) fn findings(&self, rule: Rule) -> &[Finding] {
        self.rules.iter().find(|r| r.rule == rule).map_or(&[], |r| &r.findings)
    }

    /// The digests of the documents of a kind.
    pub(super) fn evidence(&self, kind: EvidenceKind) -> Vec<Digest> {
        let all = self.statements.iter().flat_map(|s| &s.common.evidence);
        all.filter(|e| e.kind == kind).map(|e| e.sha256).collect()
    }

    /// Whom users can ask.
    pub(super) fn contacts(&self) -> BTreeSet<String> {
        self.statements.iter().filter_map(|s| s.contact).map(ToString::to_string).collect()
    }

    /// The places of a document that `history.toml` declares.
    pub(super) fn declared(&self, name: &str) -> Vec<String> {
        let all = self.set.products.iter().flat_map(|p| &p.declared.documentation);
        all.filter(|(n, _)| n == name).flat_map(|(_, places)| places.clone()).collect()
    }
}

/// The items of a set in a sentence.
pub(super) fn names(items: BTreeSet<String>) -> String {
    crate::phrase::list(&items.into_iter().collect::<Vec<_>>())
}
