//! What a release fixes: the worst first; fixes of earlier releases are summarised.

use super::format::{count, severity, states, time};
use super::layout::{Sheet, fold, list, paint};
use crate::colours::{ERROR, WARNING};
use pkg_format::manifest::{
    Affected, AlsoFix, Disclosure, Exploited, Fix, Outcome, Release, Separately, Update,
};

/// Exploited ones first, then the worst.
fn by_urgency(mut fixes: Vec<&Fix>) -> Vec<&Fix> {
    let key = |f: &Fix| (f.exploited == Exploited::No, -severity(f.severity()).1);
    fixes.sort_by(|a, b| key(a).0.cmp(&key(b).0).then(key(a).1.total_cmp(&key(b).1)));
    fixes
}

/// A summary of the fixes on one line.
pub(super) fn gist(fixes: &[Fix]) -> String {
    let worst = fixes.iter().map(|f| severity(f.severity())).max_by(|a, b| a.1.total_cmp(&b.1));
    let mut text = count(fixes.len(), "vulnerability", "vulnerabilities");
    if let Some((worst, _)) = worst {
        let which = if fixes.len() > 1 { "the worst " } else { "" };
        text.push_str(&format!(", {which}{worst}"));
    }
    match fixes.iter().filter(|f| f.exploited != Exploited::No).count() {
        0 => {}
        n => text.push_str(&format!("; {n} {}", paint(ERROR, "ACTIVELY EXPLOITED"))),
    }
    match fixes.iter().filter(|f| f.status == Outcome::Mitigated).count() {
        0 => {}
        n => text.push_str(&format!("; {n} mitigated only")),
    }
    text
}

pub(super) fn write(sheet: &mut Sheet<'_>, release: &Release) {
    match &release.update {
        Update::Security(security) => {
            let level = release.identity.security_level;
            let (new, old): (Vec<_>, Vec<_>) = security.fixes.iter().partition(|f| f.level == level);
            sheet.head(&match old.len() {
                0 => format!("Fixes ({})", new.len()),
                n => format!("Fixes ({} new, {n} from earlier updates)", new.len()),
            });
            new_fixes(sheet, &by_urgency(new));
            carried_on(sheet, &by_urgency(old));
            for reopened in &security.reopens {
                sheet.item(&format!("{}  {}", reopened.id, paint(WARNING, "REOPENED: open again")));
                sheet.texts_under("because", &reopened.reason);
            }
        }
        Update::Feature(feature) => also_fixes(sheet, &feature.also_fixes),
    }
}

fn new_fixes(sheet: &mut Sheet<'_>, fixes: &[&Fix]) {
    let (shown, folded) = fold(fixes);
    let rows: Vec<_> = shown.iter().map(|f| cells(f)).collect();
    for (line, fix) in sheet.columns(&rows, &[]).iter().zip(shown) {
        sheet.item(line);
        details(sheet, fix);
    }
    sheet.folded(folded);
}

fn cells(fix: &Fix) -> Vec<String> {
    let exploited = match fix.exploited {
        Exploited::No => String::new(),
        Exploited::Yes(None) => paint(ERROR, "ACTIVELY EXPLOITED"),
        Exploited::Yes(Some(since)) => {
            format!("{} since {}", paint(ERROR, "ACTIVELY EXPLOITED"), time(since))
        }
    };
    let status = match fix.status {
        Outcome::Fixed => "fixed".into(),
        Outcome::Mitigated => paint(WARNING, "mitigated"),
    };
    vec![fix.id.to_string(), severity(fix.severity()).0, status, exploited]
}

fn details(sheet: &mut Sheet<'_>, fix: &Fix) {
    match &fix.disclosure {
        Disclosure::Public { impact, .. } => sheet.texts_under("", impact),
        Disclosure::Delayed { reason, until, impact, .. } => {
            if let Some(impact) = impact {
                sheet.texts_under("", impact);
            }
            sheet.under(&format!("details will be published by {}", time(*until)));
            sheet.texts_under("because", reason);
        }
    }
    if let Some(description) = &fix.description {
        sheet.texts_under("", description);
    }
    let facts = [
        fix.severity().map(|s| s.as_str()).filter(|s| s.starts_with("CVSS")).map(str::to_owned),
        fix.cwe.as_ref().map(|c| c.to_string()),
        Some(&fix.aliases).filter(|a| !a.is_empty()).map(|a| format!("also {}", list(a))),
        match &fix.affected {
            Affected::AppliesTo => None,
            Affected::States(refs) => Some(format!("in {}", states(refs))),
        },
        fix.known_since.map(|t| format!("known since {}", time(t))),
    ];
    let facts = facts.into_iter().flatten().collect::<Vec<_>>();
    sheet.under(&facts.join(" · "));
    if let Some(upstream) = &fix.upstream {
        sheet.quote_under("upstream", upstream.as_str());
    }
    if !fix.touches.is_empty() {
        sheet.quote_under("touches", &list(&fix.touches));
    }
}

/// Fixes of earlier levels, in one paragraph.
fn carried_on(sheet: &mut Sheet<'_>, fixes: &[&Fix]) {
    let levels = fixes.iter().map(|f| f.level);
    let (Some(least), Some(most)) = (levels.clone().min(), levels.max()) else { return };
    let levels = if least == most { format!("level {least}") } else { format!("levels {least} to {most}") };
    let name = |f: &&Fix| {
        let exploited = match f.exploited {
            Exploited::No => String::new(),
            Exploited::Yes(_) => format!(", {}", paint(ERROR, "ACTIVELY EXPLOITED")),
        };
        format!("{} ({}{exploited})", f.id, severity(f.severity()).0)
    };
    let names: Vec<_> = fixes.iter().map(name).collect();
    sheet.item(&format!("{} from {levels}: {}", count(fixes.len(), "fix", "fixes"), list(&names)));
}

fn also_fixes(sheet: &mut Sheet<'_>, fixes: &[AlsoFix]) {
    if fixes.is_empty() {
        return;
    }
    sheet.head(&format!("Fixes included ({})", fixes.len()));
    let (shown, folded) = fold(fixes);
    for fix in shown {
        match &fix.separately {
            Separately::In(refs) => {
                sheet.item(&format!("{}  also available separately, in {}", fix.id, states(refs)))
            }
            Separately::Exception { reason, why } => {
                let alone = paint(WARNING, "NOT AVAILABLE SEPARATELY");
                sheet.item(&format!("{}  {alone}: {}", fix.id, exception(*reason)));
                sheet.texts_under("", &why.rationale);
                sheet.texts_under("instead of", &why.alternatives);
                sheet.quote_under("approved by", why.approver.as_str());
            }
        }
    }
    sheet.folded(folded);
}

fn exception(reason: pkg_format::manifest::feature::ExceptionReason) -> &'static str {
    use pkg_format::manifest::feature::ExceptionReason as Reason;
    match reason {
        Reason::LatestOnly => "only the latest version gets fixes (latest-only)",
        Reason::SubVersion => "only the latest sub-version gets fixes (sub-version)",
        Reason::NotFeasible => "technically not feasible (not-feasible)",
        Reason::SupportEnded => "the support period is over (support-ended)",
    }
}
