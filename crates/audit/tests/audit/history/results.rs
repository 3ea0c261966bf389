//! Sets of one product, and what the audit finds in them.

use super::*;

/// A set of one product.
pub(crate) fn set(product: Product) -> Set {
    let mut product = Product { vendor: "acme".into(), name: "cam".into(), ..product };
    // A component is in one scope.
    for release in &mut product.releases {
        let scope = release.body.identity.scope.clone();
        if scope.as_str() != "product" {
            for image in &mut release.body.images {
                image.component = id(&format!("{}-{scope}", image.component));
            }
        }
    }
    follow_on(&mut product.releases);
    Set { products: vec![product], ..Set::default() }
}

/// Builds each release that names no parent from the one before it on its line, or else from the newest of those it
/// leads from.
pub(crate) fn follow_on(releases: &mut [Release]) {
    let all: Vec<_> = releases
        .iter()
        .map(|r| (r.body.identity.scope.clone(), r.body.identity.line.clone(), r.common.sequence, r.state))
        .collect();
    for release in releases.iter_mut().filter(|r| r.body.from.is_empty()) {
        let identity = &release.body.identity;
        let (scope, line, sequence) = (&identity.scope, &identity.line, release.common.sequence);
        let before = all.iter().filter(|(s, l, n, _)| s == scope && l == line && *n < sequence);
        let named = |state: &Digest| match &release.body.applies_to {
            AppliesTo::States(states) => states.contains(state),
            AppliesTo::Line => false,
        };
        let parent = before.max_by_key(|(_, _, n, _)| *n).or_else(|| all.iter().rev().find(|a| named(&a.3)));
        release.body.from =
            parent.map(|(_, _, _, state)| *state).filter(|s| *s != release.state).into_iter().collect();
    }
}

/// The audit of releases alone, as of the newest.
pub(crate) fn of(releases: Vec<Release>) -> Audit {
    audit(&set(Product { releases, ..Product::default() }), &AuditOptions::default())
}

/// The audit of a product, as of the newest.
pub(crate) fn of_product(product: Product) -> Audit {
    audit(&set(product), &AuditOptions::default())
}

/// The audit of releases and of a notice on the day of the newest, which says that these versions are affected.
pub(crate) fn told(releases: Vec<Release>, vulnerability: &str, versions: &[&str]) -> Audit {
    let last = releases.iter().map(|r| r.common.issued).max().expect("a release");
    let notice = notice("told", 0, vulnerability, versions, Remedy::VendorFix);
    let notices = vec![notice.but(|n| n.common.issued = last)];
    of_product(Product { releases, notices, ..Product::default() })
}

/// The result of a rule of sets.
pub(crate) trait Results {
    fn result(&self, rule: Rule) -> &RuleResult;
}

impl Results for Audit {
    fn result(&self, rule: Rule) -> &RuleResult {
        self.rule(rule).expect("a rule of sets")
    }
}

/// What each of these rules comes to; every other must pass.
#[track_caller]
pub(crate) fn expect(audit: &Audit, expected: &[(Rule, Verdict)]) {
    for result in &audit.rules {
        let wanted = expected.iter().find(|(rule, _)| *rule == result.rule);
        let wanted = wanted.map_or(Verdict::Pass, |(_, verdict)| *verdict);
        assert_eq!(result.verdict, wanted, "{}: {:#?}", result.rule.id(), result.findings);
    }
}

/// The failures of a rule.
pub(crate) fn failures(audit: &Audit, rule: Rule) -> Vec<&Finding> {
    audit.result(rule).findings.iter().filter(|f| f.verdict == Verdict::Fail).collect()
}

/// The exceptions of a rule.
pub(crate) fn exceptions(audit: &Audit, rule: Rule) -> Vec<&Finding> {
    audit.result(rule).findings.iter().filter(|f| f.verdict == Verdict::Exception).collect()
}
