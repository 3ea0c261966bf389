//! What a release changes besides its fixes, and how a security release is separated from features.

use super::format::{self, count, evidence, needed_for};
use super::layout::{Sheet, fold, paint};
use crate::colours::WARNING;
use pkg_format::manifest::{Change, Direction, Inherited, Release, SeparationKind};

/// The separation of a security release and its justification.
pub(super) fn separation(sheet: &mut Sheet<'_>, release: &Release) {
    let Some(security) = release.security() else { return };
    let kind = security.separation.kind();
    sheet.head("Separation");
    sheet.field("kind", format::separation(kind));
    if let Some(why) = security.separation.justification() {
        sheet.texts("rationale", &why.rationale);
        sheet.texts("alternatives", &why.alternatives);
        sheet.label_text("approved by", Some(&why.approver));
        if !why.evidence.is_empty() {
            sheet.field("evidence", &evidence(&why.evidence));
        }
    }
    if security.inherited.is_empty() {
        return;
    }
    let strictest = security.effective_kind(release.identity.security_level, 0);
    if strictest != kind {
        sheet.field("in effect", &format!("{strictest} for devices that also get the earlier updates below"));
    }
    inherited(sheet, &security.inherited);
}

fn inherited(sheet: &mut Sheet<'_>, all: &[Inherited]) {
    let (shown, folded) = fold(all);
    for one in shown {
        sheet.item(&format!("from level {}: {}", one.level, one.kind));
        sheet.texts_under("", &one.rationale);
        sheet.texts_under("alternatives", &one.alternatives);
        sheet.quote_under("approved by", one.approver.as_str());
    }
    sheet.folded(folded);
}

/// Changes of functions and of defaults.
pub(super) fn write(sheet: &mut Sheet<'_>, release: &Release) {
    let all = release.changes();
    let level = match release.security() {
        Some(_) => release.identity.security_level,
        None => release.identity.feature_level,
    };
    let (new, old): (Vec<_>, Vec<_>) = all.iter().partition(|c| c.level == level);
    if !all.is_empty() {
        sheet.head(&match old.len() {
            0 => format!("Changes ({})", new.len()),
            n => format!("Changes ({} new, {n} from earlier updates)", new.len()),
        });
        list_of(sheet, &new);
    }
    let levels = old.iter().map(|c| c.level);
    if let (Some(least), Some(most)) = (levels.clone().min(), levels.max()) {
        let levels =
            if least == most { format!("level {least}") } else { format!("levels {least} to {most}") };
        let effects = format::effects(old.iter().map(|c| c.effect));
        let names: Vec<_> = old.iter().map(|c| &c.id).collect();
        let changes = count(old.len(), "change", "changes");
        sheet.item(&format!("{changes} from {levels} ({effects}): {}", super::layout::list(&names)));
    }
    defaults(sheet, release);
}

fn list_of(sheet: &mut Sheet<'_>, changes: &[&Change]) {
    let (shown, folded) = fold(changes);
    let cells = |c: &&Change| {
        let seen = if c.user_visible { "users notice" } else { "users do not notice" };
        vec![c.id.to_string(), c.effect.to_string(), seen.into()]
    };
    let rows: Vec<_> = shown.iter().map(cells).collect();
    for (line, change) in sheet.columns(&rows, &[]).iter().zip(shown) {
        sheet.item(line);
        sheet.texts_under("", &change.text);
        sheet.under(&needed_for(&change.necessary_for));
    }
    sheet.folded(folded);
}

fn defaults(sheet: &mut Sheet<'_>, release: &Release) {
    if release.defaults.is_empty() {
        return;
    }
    sheet.head(&format!("Default settings ({})", release.defaults.len()));
    let (shown, folded) = fold(&release.defaults);
    for default in shown {
        let direction = match default.direction {
            Direction::Stronger => "more secure".into(),
            Direction::Same => "as secure as before".into(),
            Direction::Weaker => paint(WARNING, "LESS SECURE"),
        };
        sheet.item(&format!("{}  {direction}", default.id));
        sheet.texts_under("", &default.text);
        sheet.under(&needed_for(&default.necessary_for));
    }
    sheet.folded(folded);
}

/// A kind in one word, marked where it is an exception.
pub(super) fn kind_word(kind: SeparationKind) -> String {
    match kind {
        SeparationKind::Pure => kind.to_string(),
        _ => paint(WARNING, kind.as_str()),
    }
}
