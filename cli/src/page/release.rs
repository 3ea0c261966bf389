//! Names, counters and terms of a release.

use super::Page;
use super::changes::kind_word;
use super::format::{self, duration, evidence, time};
use super::layout::{Sheet, list, paint};
use crate::colours::{BOLD, ERROR};
use pkg_format::manifest::release::{AppliesTo, Channel};
use pkg_format::manifest::support::LatestOnlyKind;
use pkg_format::manifest::{
    Automatic, Cost, EnvironmentCost, Kind, LatestOnly, NotAutomatic, Release, TailorMade, Waiver,
};
use pkg_format::{Digest, Manifest};

/// Product and release.
pub(super) fn identity(sheet: &mut Sheet<'_>, page: &Page<'_>, manifest: &Manifest, release: &Release) {
    let (common, identity) = (manifest.common(), &release.identity);
    sheet.head("Release");
    product(sheet, manifest);
    let class = match release.security() {
        Some(security) => {
            format!("{}, {}", paint(BOLD, "security"), kind_word(security.separation.kind()))
        }
        None => paint(BOLD, release.class().as_str()),
    };
    sheet.field("class", &class);
    let channel = match identity.channel {
        Channel::Stable => identity.channel.to_string(),
        Channel::Testing => paint(ERROR, "TESTING"),
    };
    let names = format!("{}, line {}, scope {}", identity.version, identity.line, identity.scope);
    sheet.field("version", &format!("{names}, channel {channel}"));
    sheet.field(
        "levels",
        &format!(
            "security {}, feature {}; generation {}, sequence {}",
            identity.security_level, identity.feature_level, identity.generation, common.sequence
        ),
    );
    step(sheet, page, manifest);
    sheet.field("state", &release.state(&common.product).to_string());
    match &release.applies_to {
        AppliesTo::States(refs) if !refs.is_empty() => {
            sheet.field(
                "installs on",
                &format!("only these states{}:", if release.fresh { ", or an empty device" } else { "" }),
            );
            sheet.digests("", refs);
        }
        other => sheet.field("installs on", &format::applies(other, release.fresh, identity)),
    }
    for needs in &release.requires {
        sheet.field("requires", &format!("scope {}: {}", needs.scope, format::need(&needs.need)));
    }
    if !release.from.is_empty() {
        sheet.field("built from", &format::states(&release.from));
    }
}

/// Product and name of what has no images.
pub(super) fn words_identity(sheet: &mut Sheet<'_>, page: &Page<'_>, manifest: &Manifest) {
    sheet.head(match manifest.kind() {
        Kind::Withdrawal => "Withdrawal",
        Kind::Acknowledgement => "Acknowledgement",
        _ => "Notice",
    });
    product(sheet, manifest);
    sheet.field("sequence", &manifest.common().sequence.to_string());
    step(sheet, page, manifest);
}

fn product(sheet: &mut Sheet<'_>, manifest: &Manifest) {
    let product = &manifest.common().product;
    sheet.field("product", &format!("{} {}", product.vendor, product.name));
    sheet.field("hardware", &list(&product.hardware));
}

fn step(sheet: &mut Sheet<'_>, page: &Page<'_>, manifest: &Manifest) {
    let common = manifest.common();
    sheet.field("id", common.id.as_str());
    sheet.field("issued", &time(common.issued));
    sheet.maybe("manifest", page.digest, |d| d.to_string());
    if !common.supersedes.is_empty() {
        let short: Vec<_> = common.supersedes.iter().map(Digest::short).collect();
        sheet.field("supersedes", &format!("manifest {}", list(&short)));
    }
    sheet.maybe("keyring", common.keyring_min, |n| format!("needs version {n} or newer"));
}

/// Automatic installation, cost, support and special agreements.
pub(super) fn terms(sheet: &mut Sheet<'_>, release: &Release) {
    sheet.head("Terms");
    automatic(sheet, release.automatic.as_ref());
    let cost = match release.cost {
        Cost::Free => "free of charge".into(),
        Cost::Paid => paint(BOLD, "PAID"),
    };
    sheet.field("cost", &cost);
    if let EnvironmentCost::Some(text) = &release.identity.environment_cost {
        sheet.texts("other costs", text);
    }
    sheet.field("support", &format!("until {}, from {}", release.support.until, release.support.from));
    if let Some(shorter) = &release.support.shorter_use {
        sheet.texts("shorter use", shorter);
    }
    sheet.label_text("basis", release.support.basis.as_ref());
    if let Some(claim) = &release.latest_only {
        latest_only(sheet, claim);
    }
    if let Some(agreement) = &release.tailor_made {
        tailor_made(sheet, agreement);
    }
}

fn automatic(sheet: &mut Sheet<'_>, automatic: Option<&Automatic>) {
    match automatic {
        None => sheet.field("automatic", "not stated; installed only when the user asks for it"),
        Some(Automatic::Applicable { install_within, max_postpone, opt_out }) => {
            let (within, most) = (duration(*install_within), duration(*max_postpone));
            sheet.field(
                "automatic",
                &format!("on by default; installs within {within}; can be postponed for {most} in total"),
            );
            sheet.texts("to opt out", opt_out);
        }
        Some(Automatic::NotApplicable { reason, text, install_within, max_postpone }) => {
            let reason = match reason {
                NotAutomatic::Component => "a component for other products",
                NotAutomatic::ProfessionalNetwork => "for professional networks",
                NotAutomatic::Industrial => "for industrial or critical environments",
                NotAutomatic::Other => "for another reason",
            };
            let within = install_within.map(|s| format!("; install within {}", duration(s)));
            let most = max_postpone.map(|s| format!("; can be postponed for at most {}", duration(s)));
            let advice = [within, most].into_iter().flatten().collect::<String>();
            sheet.field("automatic", &format!("{}: {reason}{advice}", paint(BOLD, "not applicable")));
            sheet.texts("", text);
        }
    }
}

fn latest_only(sheet: &mut Sheet<'_>, claim: &LatestOnly) {
    let why = match claim.kind {
        LatestOnlyKind::SubstantiallyModified => "a substantial modification",
        LatestOnlyKind::SubVersion => "a newer sub-version",
    };
    let on = list(&claim.hardware);
    let behind = evidence(&claim.evidence);
    sheet.field(
        "latest only",
        &format!("older versions need no fixes: {why}, free of charge, tested on {on}; evidence {behind}"),
    );
}

fn tailor_made(sheet: &mut Sheet<'_>, agreement: &TailorMade) {
    let waives = |w: &Waiver| match w {
        Waiver::FreeOfCharge => "free of charge",
        Waiver::SecureDefault => "secure by default",
    };
    let waives = agreement.waives.iter().map(waives).collect::<Vec<_>>();
    sheet.field(
        "tailor-made",
        &format!(
            "{} {}; contract {}",
            paint(BOLD, "WAIVES"),
            list(&waives),
            agreement.contract_digest.short()
        ),
    );
    sheet.label_text("customer", Some(&agreement.customer));
    sheet.texts("purpose", &agreement.purpose);
}

/// The maker's own notes.
pub(super) fn notes(sheet: &mut Sheet<'_>, manifest: &Manifest) {
    let notes: Vec<_> = manifest.common().notes.iter().collect();
    if notes.is_empty() {
        return;
    }
    sheet.head(&format!("Notes of the maker ({})", notes.len()));
    let (shown, folded) = super::layout::fold(&notes);
    for (name, text) in shown {
        sheet.item(name);
        sheet.quote_under("", text.as_str());
    }
    sheet.folded(folded);
}
