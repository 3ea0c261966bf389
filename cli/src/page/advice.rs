//! Texts for the user: advisory, action, vulnerability status, remedies and withdrawals.

use super::format::{self, time};
use super::layout::{Sheet, fold, list};
use super::summary::{asked, corrective, missing, scope};
use pkg_format::Manifest;
use pkg_format::manifest::Means;
use pkg_format::manifest::{
    Acknowledgement, Advisory, Body, Remediation, Remedy, Status, StillOpen, VexJustification, VexStatus,
    Withdrawal,
};

/// Advisory, action, remediations and contact, in this order.
pub(super) fn write(sheet: &mut Sheet<'_>, manifest: &Manifest) {
    let (advisory, action) = manifest.advice();
    if let Some(advisory) = advisory {
        self::advisory(sheet, advisory);
    }
    let remediations = match manifest.body() {
        Body::Release(release) => release.remediations.as_slice(),
        Body::Notice(notice) => notice.remediations.as_slice(),
        Body::Withdrawal(_) | Body::Acknowledgement(_) => &[],
    };
    if action.is_some() || !remediations.is_empty() || manifest.contact().is_some() {
        sheet.head("Action");
    }
    if let Some(action) = action {
        sheet.field("to do", &asked(action));
        sheet.texts("", &action.text);
    }
    remedies(sheet, remediations, manifest.release().is_some());
    sheet.label_text("contact", manifest.contact());
}

fn advisory(sheet: &mut Sheet<'_>, advisory: &Advisory) {
    let Some((found, text)) = advisory.best(sheet.lang()) else { return };
    sheet.head("Advisory");
    let others: Vec<_> = advisory.iter().map(|(lang, _)| lang).filter(|lang| *lang != found).collect();
    let mut languages = missing(sheet.lang(), advisory).unwrap_or_else(|| found.to_string());
    if !others.is_empty() {
        languages.push_str(&format!("; --lang shows {}", list(&others)));
    }
    sheet.field("language", &languages);
    sheet.quote("title", text.title.as_str());
    sheet.quote("summary", text.summary.as_str());
    sheet.quote("impact", text.impact.as_str());
    sheet.quote("details", text.details.as_str());
}

fn remedies(sheet: &mut Sheet<'_>, remediations: &[Remediation], until_installed: bool) {
    let (shown, folded) = fold(remediations);
    if until_installed && !shown.is_empty() {
        sheet.item("until it is installed:");
    }
    for one in shown {
        let means = match one.means {
            None => "",
            Some(Means::Configuration) => " by a setting",
            Some(Means::Manual) => " by hand",
            Some(Means::Other) => " by other means",
        };
        let what = match one.remedy {
            Remedy::Workaround => "workaround".into(),
            Remedy::Mitigation => "mitigation".into(),
            Remedy::VendorFix => "vendor fix".into(),
            Remedy::NoneAvailable => "no remedy is available yet".into(),
            Remedy::NoFixPlanned => "no fix is planned".into(),
            Remedy::FixPlanned(date) => format!("fix planned for {}", time(date)),
        };
        sheet.item(&format!(
            "{what}{means}: {}, in {}",
            list(&one.ids),
            format::named(&one.states, &one.releases)
        ));
        sheet.texts_under("", &one.text);
        let facts = [
            one.release.as_ref().map(|r| format!("release {}", r.short())),
            one.date.map(time),
            one.url.as_ref().map(|u| u.to_string()),
        ];
        sheet.under(&facts.into_iter().flatten().collect::<Vec<_>>().join(" · "));
    }
    sheet.folded(folded);
}

/// The status of vulnerabilities in some states.
pub(super) fn statuses(sheet: &mut Sheet<'_>, statuses: &[Status]) {
    if statuses.is_empty() {
        return;
    }
    sheet.head(&format!("Vulnerability status ({})", statuses.len()));
    let (shown, folded) = fold(statuses);
    let cells = |s: &Status| {
        vec![s.id.to_string(), standing(s.standing).into(), format::named(&s.states, &s.releases)]
    };
    let rows: Vec<_> = shown.iter().map(cells).collect();
    for (line, status) in sheet.columns(&rows, &[]).iter().zip(shown) {
        sheet.item(line);
        if let VexStatus::NotAffected(word) = status.standing {
            sheet.under(&format!("because {}", vex(word)));
        }
        if let Some(outcome) = &status.outcome {
            sheet.quote_under("outcome", outcome.as_str());
        }
        if let Some(risk) = status.risk {
            sheet.under(&format!("risk assessment: evidence {}", format::evidence(&[risk])));
        }
    }
    sheet.folded(folded);
}

/// What a release leaves open.
pub(super) fn open(sheet: &mut Sheet<'_>, open: &[StillOpen]) {
    if open.is_empty() {
        return;
    }
    sheet.head(&format!("Still open ({})", open.len()));
    let (shown, folded) = fold(open);
    for one in shown {
        let planned = one.planned.map(|t| format!(", fix planned for {}", time(t))).unwrap_or_default();
        sheet.item(&format!("{}  {}{planned}", one.id, standing(one.status.into())));
        sheet.texts_under("", &one.reason);
    }
    sheet.folded(folded);
}

/// What the maker answers for.
pub(super) fn acknowledgement(sheet: &mut Sheet<'_>, it: &Acknowledgement) {
    sheet.head(&format!("Acknowledged ({})", it.acknowledges.len()));
    let (shown, folded) = fold(&it.acknowledges);
    for past in shown {
        let about = if past.ids.is_empty() { String::new() } else { format!(" about {}", list(&past.ids)) };
        sheet.item(&format!("{}{about}, from {} to {}", past.rule, time(past.from), time(past.until)));
        if !past.states.is_empty() {
            sheet.under(&format!("in {}", format::states(&past.states)));
        }
    }
    sheet.folded(folded);
    sheet.texts("cause", &it.cause);
    sheet.texts("remedy", &it.remedy);
    sheet.label_text("approved by", Some(&it.approver));
}

fn standing(standing: VexStatus) -> &'static str {
    match standing {
        VexStatus::Affected => "affected",
        VexStatus::NotAffected(_) => "not affected",
        VexStatus::UnderInvestigation => "under investigation",
        VexStatus::Fixed => "fixed",
        VexStatus::Mitigated => "mitigated",
    }
}

fn vex(word: VexJustification) -> &'static str {
    match word {
        VexJustification::ComponentNotPresent => "the component is not in the product",
        VexJustification::VulnerableCodeNotPresent => "the vulnerable code is not in the product",
        VexJustification::VulnerableCodeNotInExecutePath => "the vulnerable code is never run",
        VexJustification::VulnerableCodeCannotBeControlledByAdversary => {
            "no attacker can reach the vulnerable code"
        }
        VexJustification::InlineMitigationsAlreadyExist => "something else in the product prevents an attack",
    }
}

/// What is withdrawn, and why.
pub(super) fn withdrawal(sheet: &mut Sheet<'_>, withdrawal: &Withdrawal) {
    let back = if withdrawal.withdraws.len() == 1 { "this state:" } else { "these states:" };
    sheet.field("withdraws", &scope(withdrawal.scope, back));
    sheet.digests("", &withdrawal.withdraws);
    sheet.field("the maker", corrective(withdrawal.corrective));
    sheet.texts("reason", &withdrawal.reason);
}
