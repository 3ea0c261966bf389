//! Checks that only a builder can make, because it has the previous release and the required languages (SPEC 10).

use super::derive::{Given, Past};
use super::known;
use super::prior::Prior;
use crate::error::Result;
use pkg_decide::Fit;
use pkg_format::manifest::release::AppliesTo;
use pkg_format::manifest::{Body, EvidenceKind, Fix, Manifest, Release, SeparationKind};
use pkg_format::{Id, Refusal, Rule, Tree};
use pkg_verify::Policy;
use unicode_general_category::{GeneralCategory, get_general_category};

/// Builders write letters, marks, numbers, punctuation, symbols, spaces and line feeds only.
fn is_written(c: char) -> bool {
    use GeneralCategory as C;
    c == '\n'
        || !matches!(
            get_general_category(c),
            C::Control
                | C::Format
                | C::Surrogate
                | C::PrivateUse
                | C::Unassigned
                | C::LineSeparator
                | C::ParagraphSeparator
        )
}

/// The characters of a category that builders do not write: the first of each text.
pub(crate) fn characters(tree: &Tree) -> Vec<Refusal> {
    match tree {
        Tree::Text(text) => match text.chars().enumerate().find(|(_, c)| !is_written(*c)) {
            None => Vec::new(),
            Some((i, c)) => {
                let rule = if pkg_format::text::is_forbidden(c) { Rule::Txt1 } else { Rule::Txt5 };
                vec![Refusal::new(rule, format!("U+{:04X} as character {}", u32::from(c), i + 1))]
            }
        },
        Tree::List(list) => {
            let inner = list.iter().enumerate().map(|(i, t)| (i, characters(t)));
            inner.flat_map(|(i, all)| all.into_iter().map(move |e| e.at_index(i))).collect()
        }
        Tree::Map(map) => {
            let inner = map.iter().map(|(k, t)| (k, characters(t)));
            inner.flat_map(|(k, all)| all.into_iter().map(move |e| e.within(k))).collect()
        }
        _ => Vec::new(),
    }
}

/// The texts for users that lack a required language.
pub(crate) fn languages(tree: &Tree, wanted: &[String]) -> Vec<Refusal> {
    let texts = [
        ("advisory", None),
        ("action", Some("text")),
        ("automatic", Some("opt-out")),
        ("automatic", Some("text")),
    ];
    let mut lacking = Vec::new();
    for (field, inner) in texts {
        let text = tree.get(field).and_then(|t| inner.map_or(Some(t), |key| t.get(key)));
        let Some(text @ Tree::Map(_)) = text else { continue };
        if let Some(missing) = wanted.iter().find(|language| text.get(language).is_none()) {
            let at = inner.map_or_else(|| field.to_owned(), |key| format!("{field}.{key}"));
            lacking.push(Refusal { rule: Rule::Adv7, at, why: format!("no text in {missing}") });
        }
    }
    lacking
}

/// The patterns of its own fixes that are bound to a component that no image has.
pub(crate) fn touched_images(manifest: &Manifest) -> Vec<Refusal> {
    let Some((release, security)) = manifest.release().and_then(|r| Some((r, r.security()?))) else {
        return Vec::new();
    };
    let there: Vec<_> = release.images.iter().map(|image| image.component.as_str()).collect();
    let is_unknown = |pattern: &str| {
        // A file whose name has a colon may be meant where no component can be.
        let (component, rest) = pattern.split_once(':')?;
        let can_be = Id::new(component).is_ok() && !rest.starts_with(':');
        (can_be && !there.contains(&component)).then(|| component.to_owned())
    };
    let own = |fix: &&Fix| fix.level == release.identity.security_level;
    let mut refusals = Vec::new();
    for (i, fix) in security.fixes.iter().enumerate().filter(|(_, fix)| own(fix)) {
        let Some(component) = fix.touches.iter().find_map(|pattern| is_unknown(pattern.as_str())) else {
            continue;
        };
        let why = format!("{NO_IMAGE} {component}; there is {}", there.join(", "));
        refusals.push(Refusal::new(Rule::Sep18, why).within("touches").at_index(i).within("fixes"));
    }
    refusals
}

/// How the refusal begins of a pattern that is bound to no image.
pub const NO_IMAGE: &str = "no image has the component";

/// Checks a release against the previous one, as a device in that state would.
pub(crate) fn follows(manifest: &Manifest, past: &Past, given: &Given) -> Result<(), Refusal> {
    known::one_scope_each(manifest, past, given)?;
    known::not_before(manifest, past)?;
    let Some(previous) = &past.previous else { return Ok(()) };
    let (common, before) = (manifest.common(), previous.manifest.common());
    if common.issued < before.issued {
        let why = format!("issued at {}, but the previous release at {}", common.issued, before.issued);
        return Err(Refusal::new(Rule::Ver9, why).within("issued"));
    }
    let (Body::Release(new), Some(old)) = (manifest.body(), previous.manifest.release()) else {
        return Ok(());
    };
    generation(new, old, given, manifest)?;
    passed(new, old, past, given)?;
    let Some(device) = previous.device(manifest) else { return Ok(()) };
    match pkg_decide::fit(manifest, None, &device, &Policy::default()) {
        // A step for the whole line must at least cover the previous release.
        Err(e) if e.rule == Rule::App3 && stands_still(new, old) => {
            let why = format!(
                "security level {}, but the previous release has {}",
                new.identity.security_level, old.identity.security_level
            );
            Err(Refusal::new(Rule::Ver6, why).within("security-level").within("release"))
        }
        // Requirements that the previous release itself does not meet are not the fault of this one.
        Err(e) if matches!(e.rule, Rule::App2 | Rule::App3 | Rule::App5) => Ok(()),
        result => result.map(|_| ()).map_err(pointing),
    }
}

/// Checks a release against every earlier one that it applies to: an image must change, and the device must accept the
/// step.
pub(crate) fn leads(manifest: &Manifest, past: &Past, given: &Given) -> Result<(), Refusal> {
    let Body::Release(new) = manifest.body() else { return Ok(()) };
    let target = new.state(&manifest.common().product);
    for (prior, old) in past.covered_by(given, manifest.common().sequence, new) {
        let about = |why: String| format!("from {}: {why}", old.identity.version);
        // A withdrawn release may be replaced by the images from before it.
        if new.security().is_some() && prior.state() == target && manifest.common().supersedes.is_empty() {
            let why = about("no image changed, so nothing is fixed".into());
            return Err(Refusal::new(Rule::Sep19, why).within("images"));
        }
        let AppliesTo::States(_) = new.applies_to else { continue };
        let Some(device) = prior.device(manifest) else { continue };
        match pkg_decide::fit(manifest, None, &device, &Policy::default()) {
            // Other hardware and other scopes are not the fault of this step.
            Err(e) if matches!(e.rule, Rule::App2 | Rule::App5) => {}
            Err(e) => {
                let why = about(format!("every device refuses this update: {}", e.why));
                return Err(Refusal::new(e.rule, why).within("applies-to"));
            }
            Ok(_) => {}
        }
    }
    Ok(())
}

/// Checks a release against a base, as a device in that state would: no delta is made that no device accepts.
pub(crate) fn holds_from(manifest: &Manifest, base: &Prior) -> Result<(), Refusal> {
    let Some(device) = base.device(manifest) else { return Ok(()) };
    match pkg_decide::fit(manifest, None, &device, &Policy::default()) {
        Ok(Fit::Installed) => Err(Refusal::new(Rule::App3, "it is this same release")),
        // The other scopes of the device are unknown.
        Err(e) if e.rule == Rule::App5 => Ok(()),
        Err(e) => Err(Refusal { at: String::new(), ..e }),
        Ok(_) => Ok(()),
    }
}

/// Whether a security release for its whole line fails to raise the level of that line.
fn stands_still(new: &Release, old: &Release) -> bool {
    new.security().is_some()
        && new.applies_to == AppliesTo::Line
        && new.identity.line == old.identity.line
        && new.identity.security_level <= old.identity.security_level
}

/// The refusal of a device, with the field of the description that it is about.
fn pointing(refusal: Refusal) -> Refusal {
    let field = match refusal.rule {
        _ if !refusal.at.is_empty() => return refusal,
        Rule::Ver1 | Rule::Ver2 => "sequence",
        Rule::Ver3 | Rule::Ver6 => "release.security-level",
        Rule::Ver4 | Rule::Sep10 => "release.line",
        Rule::Sep12 => "release.feature-level",
        Rule::Ver5 => "release",
        Rule::App1 => "product.name",
        _ => return refusal,
    };
    Refusal { at: field.into(), ..refusal }
}

fn generation(new: &Release, old: &Release, given: &Given, manifest: &Manifest) -> Result<(), Refusal> {
    if new.identity.generation == old.identity.generation {
        return Ok(());
    }
    let assessed = manifest.common().evidence.iter().any(|e| e.kind == EvidenceKind::Risk);
    let raised = new.identity.generation > old.identity.generation;
    match raised && given.substantial && assessed && new.security().is_none() {
        true => Ok(()),
        false => Err(Refusal::new(
            Rule::Ver8,
            format!("generation {} after {}", new.identity.generation, old.identity.generation),
        )
        .within("generation")
        .within("release")),
    }
}

/// An inseparable update that raises the feature level must list the changes that it brings along.
fn passed(new: &Release, old: &Release, past: &Past, given: &Given) -> Result<(), Refusal> {
    let Some(security) = new.security() else { return Ok(()) };
    let (from, to) = (old.identity.feature_level, new.identity.feature_level);
    if to <= from || security.separation.kind() != SeparationKind::Inseparable {
        return Ok(());
    }
    let listed: Vec<_> = security.changes.iter().map(|c| c.id.as_str()).collect();
    match past.passed_changes(given, from, to).iter().find(|id| !listed.contains(&id.as_str())) {
        None => Ok(()),
        Some(id) => Err(Refusal::new(Rule::Sep11, format!("change {id} of a feature release is included"))
            .within("changes")),
    }
}
