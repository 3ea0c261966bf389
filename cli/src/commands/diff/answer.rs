//! The first question of an auditor about a security release: what else changed?

use super::images::{Compared, Look};
use pkg_contents::{Change, Inside, outside};
use pkg_format::manifest::{Fix, Manifest};
use pkg_format::touches::{Pattern, covers_everything};

/// A changed file that no fix touches.
pub(crate) struct Outside {
    pub(crate) component: String,
    /// `+`, `-` or `~`.
    pub(crate) sign: char,
    /// None if a whole image was added or removed.
    pub(crate) path: Option<String>,
}

/// What changed that no fix touches.
pub(crate) struct Answer {
    /// How many files changed; an added or removed image counts as one.
    pub(crate) changed: usize,
    pub(crate) outside: Vec<Outside>,
    /// New fixes that do not say what they touch, and how many new fixes there are.
    pub(crate) silent: Vec<String>,
    pub(crate) fixes: usize,
    /// Components whose images differ without an explanation, and that no fix names.
    pub(crate) unexplained: Vec<String>,
    /// Components in which the new fixes say that they touch every file.
    pub(crate) everything: Vec<String>,
}

/// The answer for a security release, from the fixes that the old release does not have.
pub(super) fn of(old: &Manifest, new: &Manifest, images: &[Compared]) -> Option<Answer> {
    let (release, security) = new.release().and_then(|r| Some((r, r.security()?)))?;
    let scope = |m: &Manifest| m.release().map(|r| r.identity.scope.clone());
    let same = old.common().product.name == new.common().product.name && scope(old) == scope(new);
    let level = old.release().filter(|_| same).map_or(0, |r| r.identity.security_level);
    let fixes: Vec<&Fix> = security.fixes.iter().filter(|f| f.level > level).collect();
    let components: Vec<_> = release.images.iter().map(|i| i.component.as_str()).collect();
    let touches = fixes.iter().flat_map(|f| &f.touches);
    let patterns: Vec<_> = touches.map(|t| Pattern::new(t.as_str(), &components)).collect();
    let mut answer = Answer {
        changed: 0,
        outside: Vec::new(),
        silent: fixes.iter().filter(|f| f.touches.is_empty()).map(|f| f.id.to_string()).collect(),
        fixes: fixes.len(),
        unexplained: Vec::new(),
        everything: Vec::new(),
    };
    let names = |component: &str| patterns.iter().any(|p| p.names(component));
    for image in images {
        let component = &image.component;
        match &image.look {
            Look::Same => {}
            Look::Inside(_, Inside::Files(changes)) => {
                answer.changed += changes.len();
                let covers = |c: &Change| {
                    patterns.iter().any(|p| p.covers_change(component, c.path(), c.kind().must_be_named()))
                };
                let found = outside(changes, &covers).into_iter();
                if covers_everything(&patterns, component) {
                    answer.everything.push(component.clone());
                }
                answer.outside.extend(found.map(|c| Outside {
                    component: component.clone(),
                    sign: c.sign(),
                    path: Some(Change::path(c).to_owned()),
                }));
            }
            // What stands in it cannot be told; a fix may touch all of it.
            Look::Unseen(..) | Look::Inside(_, Inside::Unexplained(_)) => match names(component) {
                true => answer.changed += 1,
                false => answer.unexplained.push(component.clone()),
            },
            Look::OneSided => {
                answer.changed += 1;
                let sign = if image.old.is_none() { '+' } else { '-' };
                if !names(component) {
                    answer.outside.push(Outside { component: component.clone(), sign, path: None });
                }
            }
        }
    }
    Some(answer)
}
