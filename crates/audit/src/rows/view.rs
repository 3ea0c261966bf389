//! What every row is made from: the statements of a set at one time, and the results of the rules.

use crate::cause::Cause;
use crate::finding::Verdict;
use crate::places::Places;
use crate::result::RuleResult;
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
pub(crate) struct View<'a> {
    pub(super) set: &'a Set,
    pub(super) at: u64,
    pub(super) releases: Vec<(&'a Product, &'a Release)>,
    /// The releases, notices and withdrawals.
    pub(super) statements: Vec<Statement<'a>>,
    pub(super) rules: &'a [RuleResult],
    /// Releases that do not install themselves.
    pub(super) manual: &'a [Cause],
    /// By product: the version order.
    places: &'a [Places<'a, 'a>],
}

impl<'a> View<'a> {
    pub(crate) fn new(
        set: &'a Set,
        places: &'a [Places<'a, 'a>],
        rules: &'a [RuleResult],
        manual: &'a [Cause],
        at: u64,
    ) -> View<'a> {
        let (releases, statements) = (Vec::new(), Vec::new());
        let mut view = View { set, at, releases, statements, rules, manual, places };
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

    pub(super) fn result(&self, rule: Rule) -> Option<&RuleResult> {
        self.rules.iter().find(|r| r.rule == rule)
    }

    /// Releases in version order, runs as ranges, for each product: `1.0.0 to 1.0.9 (10 releases)`. Where there are
    /// several products, each has its name before it.
    pub(super) fn named(&self, which: impl Fn(&Release) -> bool) -> String {
        let mut all = Vec::new();
        for (product, places) in self.set.products.iter().zip(self.places) {
            let these = product.releases_by(self.at).filter(|r| which(r));
            let releases = places.referred(these.map(|r| r.digest));
            match (releases.is_empty(), self.set.products.len()) {
                (true, _) => {}
                (false, 1) => all.push(releases.to_string()),
                (false, _) => all.push(format!("{}: {releases}", product.title())),
            }
        }
        all.join("; ")
    }

    /// All releases of a product, by its index, in version order.
    pub(super) fn all_of(&self, product: usize) -> String {
        let of = |p: &Product, places: &Places<'_, '_>| {
            places.referred(p.releases_by(self.at).map(|r| r.digest)).to_string()
        };
        self.set
            .products
            .get(product)
            .zip(self.places.get(product))
            .map_or_else(String::new, |(p, s)| of(p, s))
    }

    /// How many releases of a kind there are: states, however many manifests lead into them.
    pub(super) fn count(&self, which: impl Fn(&Release) -> bool) -> usize {
        let these = self.releases.iter().filter(|(_, r)| which(r));
        these.map(|(_, r)| r.state).collect::<BTreeSet<_>>().len()
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
