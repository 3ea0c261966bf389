//! What helps against a vulnerability, and in which products.

use super::product::{Names, Product};
use pkg_format::manifest::{
    Action, AppliesTo, Body, Fix, Outcome, Release, Remediation, Remedy as Kind, Restart, StillOpen,
};
use pkg_format::{Localized, VulnId, ident::Url};

/// One thing that helps against a vulnerability, or the statement that nothing does.
pub(super) struct Remedy<'a> {
    pub(super) kind: Kind,
    /// What the vendor says of it; `None` if the manifest names no remedy for these products.
    pub(super) text: Option<&'a Localized>,
    /// The products in which it helps.
    pub(super) products: Vec<Product>,
    pub(super) date: Option<u64>,
    pub(super) url: Option<&'a Url>,
    pub(super) restart: Option<Restart>,
    /// The product with the fix.
    pub(super) release: Option<Product>,
}

/// Everything that helps against the vulnerability with these ids and fixes, in the products that it is or may be in.
/// Each of those products has at least one entry.
pub(super) fn collect<'a>(
    names: &Names<'a>,
    ids: &[&VulnId],
    fixes: &[&Fix],
    left_open: &[&'a StillOpen],
    open: Vec<Product>,
) -> Vec<Remedy<'a>> {
    let mut all: Vec<Remedy<'a>> = Vec::new();
    let listed: &[Remediation] = match names.manifest().body() {
        Body::Release(release) => {
            all.extend(by_installing(names, release, fixes, &open));
            &release.remediations
        }
        Body::Notice(notice) => &notice.remediations,
        Body::Withdrawal(_) | Body::Acknowledgement(_) => &[],
    };
    for one in listed.iter().filter(|r| r.ids.iter().any(|id| ids.contains(&id))) {
        let states = one.states.iter().map(|s| names.state(s));
        let by_number = |p: &Product| {
            one.releases.iter().any(|r| names.covers(r, *p) || names.numbered(r, ids).contains(p))
        };
        let numbered = open.iter().copied().filter(by_number);
        let release = one.release.as_ref().map(|r| names.state(r));
        // What does not install there is no remedy.
        let installs = |p: &Product| release.is_none_or(|release| names.share_hardware(*p, release));
        // What is not there needs no remedy.
        let mut products: Vec<_> = states.filter(|p| open.contains(p) && installs(p)).collect();
        for more in numbered.filter(|p| installs(p)) {
            if !products.contains(&more) {
                products.push(more);
            }
        }
        all.push(Remedy {
            kind: one.remedy,
            text: Some(&one.text),
            products,
            date: if let Kind::FixPlanned(date) = one.remedy { Some(date) } else { one.date },
            url: one.url.as_ref(),
            restart: None,
            release,
        });
    }
    for (one, planned) in left_open.iter().filter_map(|o| Some((o, o.planned?))) {
        all.push(Remedy {
            kind: Kind::FixPlanned(planned),
            text: Some(&one.reason),
            products: names.own().into_iter().filter(|p| open.contains(p)).collect(),
            date: Some(planned),
            url: None,
            restart: None,
            release: None,
        });
    }
    all.retain(|r| !r.products.is_empty());
    let helped = |p: &Product| all.iter().any(|r| r.products.contains(p));
    let silent: Vec<_> = open.into_iter().filter(|p| !helped(p)).collect();
    if !silent.is_empty() {
        all.push(Remedy {
            kind: Kind::NoneAvailable,
            text: None,
            products: silent,
            date: None,
            url: None,
            restart: None,
            release: None,
        });
    }
    all
}

/// The release itself, for those products that it can be installed on.
fn by_installing<'a>(
    names: &Names<'a>,
    release: &'a Release,
    fixes: &[&Fix],
    open: &[Product],
) -> Option<Remedy<'a>> {
    fixes.first()?;
    let is_mitigated = fixes.iter().any(|f| f.status == Outcome::Mitigated);
    let Action { text, restart, .. } = names.manifest().advice().1?;
    let own = names.own()?;
    let level = release.identity.security_level;
    let covered = |product: &Product| match &release.applies_to {
        AppliesTo::States(states) => states.iter().any(|s| names.state(s) == *product),
        AppliesTo::Line => match product {
            Product::Below(_) => true,
            Product::State(_) => names.release_of(*product).is_some_and(|r| names.is_below(r, level)),
            Product::Numbered(_) => false,
        },
    };
    Some(Remedy {
        kind: if is_mitigated { Kind::Mitigation } else { Kind::VendorFix },
        text: Some(text),
        products: open.iter().filter(|p| **p != own && covered(p)).copied().collect(),
        date: None,
        url: None,
        restart: Some(*restart),
        release: Some(own),
    })
}
