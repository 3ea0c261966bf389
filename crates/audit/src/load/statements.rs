//! Verified statements as plain values.

use crate::model::{
    AlsoFix, AppliesTo, Automatic, Change, Class, Declared, Delivery, Evidence, Fix, Identity, Justified,
    LatestOnly, Notice, Product, Release, Remediation, Requirement, Set, Status, Support, TailorMade,
    Withdrawal, Words,
};
use pkg_format::delivery::DeliveryKind;
use pkg_format::lang::Lang;
use pkg_format::manifest::feature::Separately;
use pkg_format::manifest::release::EnvironmentCost;
use pkg_format::manifest::{
    self, Affected, Body, Channel, Common, Cost, Disclosure, Exploited, Manifest, Update,
};
use pkg_format::{Digest, Localized};
use pkg_verify::Statements;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Gathers verified statements; packages of one manifest become one step.
#[derive(Debug, Default)]
pub struct Builder {
    products: BTreeMap<(String, String), Product>,
    /// Where each manifest is: its product's key and its place among the releases.
    seen: HashMap<Digest, Option<usize>>,
}

/// A text in English where there is one, else in the first language.
pub fn text(texts: &Localized) -> String {
    let english = Lang::new("en").ok();
    texts.best(english.as_ref()).map_or_else(String::new, |(_, text)| text.as_str().to_owned())
}

impl Builder {
    /// Takes the statements of one package.
    pub fn add(&mut self, statements: &Statements) {
        let (manifest, digest) = (statements.manifest(), statements.manifest_digest());
        let key = &manifest.common().product;
        let key = (key.vendor.to_string(), key.name.to_string());
        let product = self.products.entry(key.clone()).or_default();
        (product.vendor, product.name) = key;
        let delivery = statements.delivery().map(delivery);
        let signers =
            statements.signers().iter().map(|s| (s.label.as_str().to_owned(), s.key.to_string(), s.alg));
        if let Some(place) = self.seen.get(&digest) {
            if let Some(release) = place.and_then(|p| product.releases.get_mut(p)) {
                release.words.signers.extend(signers);
                let new = delivery.filter(|d| !release.deliveries.contains(d));
                release.deliveries.extend(new);
            }
            return;
        }
        let words = Words { signers: signers.collect(), ..words(manifest) };
        let common = manifest.common();
        let place = match manifest.body() {
            Body::Release(body) => {
                product.releases.push(release(common, body, digest, delivery, words));
                Some(product.releases.len() - 1)
            }
            Body::Notice(body) => {
                product.notices.push(Notice {
                    manifest: digest,
                    id: common.id.to_string(),
                    issued: common.issued,
                    hardware: common.product.hardware.iter().map(ToString::to_string).collect(),
                    statuses: statuses(&body.statuses, common),
                    remediations: remediations(&body.remediations),
                    supersedes: common.supersedes.clone(),
                    words,
                });
                None
            }
            Body::Withdrawal(body) => {
                product.withdrawals.push(Withdrawal {
                    manifest: digest,
                    id: common.id.to_string(),
                    issued: common.issued,
                    withdraws: body.withdraws.clone(),
                    corrective: body.corrective,
                    reason: text(&body.reason),
                    supersedes: common.supersedes.clone(),
                    words,
                });
                None
            }
        };
        self.seen.insert(digest, place);
    }

    /// What was declared of a product; it may be all that is known of it.
    pub fn declare(&mut self, vendor: &str, name: &str, declared: Declared) {
        let product = self.products.entry((vendor.into(), name.into())).or_default();
        (product.vendor, product.name, product.declared) = (vendor.into(), name.into(), declared);
    }

    /// The products that statements were added for.
    pub fn products(&self) -> impl Iterator<Item = (&str, &str)> {
        self.products.keys().map(|(vendor, name)| (vendor.as_str(), name.as_str()))
    }

    /// The state that packages of this version lead into, where there is just one.
    pub fn state_of(&self, version: &str) -> Option<Digest> {
        let all = self.products.values().flat_map(|p| &p.releases);
        let mut states = all.filter(|r| r.identity.version == version).map(|r| r.state);
        let first = states.next()?;
        states.all(|s| s == first).then_some(first)
    }

    /// All of it.
    pub fn finish(self) -> Set {
        Set { products: self.products.into_values().collect(), ..Set::default() }
    }
}

fn words(manifest: &Manifest) -> Words {
    let (advisory, action) = manifest.advice();
    let evidence = manifest.common().evidence.iter();
    Words {
        evidence: evidence
            .map(|e| Evidence { kind: e.kind, digest: e.sha256, media_type: e.media_type.to_string() })
            .collect(),
        languages: advisory.map_or_else(Vec::new, |a| a.iter().map(|(lang, _)| lang.to_string()).collect()),
        action: action.map(|a| a.code.to_string()),
        contact: manifest.contact().map(|c| c.as_str().to_owned()),
        signers: BTreeSet::new(),
    }
}

fn delivery(delivery: &pkg_format::Delivery) -> Delivery {
    match delivery.kind {
        DeliveryKind::Full => Delivery::Full,
        DeliveryKind::Delta => Delivery::Delta(
            delivery
                .payloads
                .iter()
                .filter_map(|p| Some((p.component.to_string(), p.base.as_ref()?.sha256)))
                .collect(),
        ),
    }
}

fn evidence(indexes: &[u64], common: &Common) -> Vec<Digest> {
    let one = |i: &u64| Some(common.evidence.get(usize::try_from(*i).ok()?)?.sha256);
    indexes.iter().filter_map(one).collect()
}

fn statuses(list: &[manifest::Status], common: &Common) -> Vec<Status> {
    let one = |s: &manifest::Status| Status {
        id: s.id.to_string(),
        states: s.states.clone(),
        standing: s.standing,
        outcome: s.outcome.as_ref().map(|o| o.as_str().to_owned()),
        risk: s.risk.and_then(|i| evidence(&[i], common).first().copied()),
    };
    list.iter().map(one).collect()
}

fn remediations(list: &[manifest::Remediation]) -> Vec<Remediation> {
    let one = |r: &manifest::Remediation| Remediation {
        category: r.remedy.category(),
        ids: r.ids.iter().map(ToString::to_string).collect(),
        states: r.states.clone(),
        release: r.release,
    };
    list.iter().map(one).collect()
}

fn changes(list: &[manifest::Change]) -> Vec<Change> {
    let one = |c: &manifest::Change| Change {
        id: c.id.to_string(),
        level: c.level,
        effect: c.effect,
        text: text(&c.text),
        necessary_for: c.necessary_for.iter().map(ToString::to_string).collect(),
    };
    list.iter().map(one).collect()
}

fn fix(fix: &manifest::Fix) -> Fix {
    Fix {
        id: fix.id.to_string(),
        aliases: fix.aliases.iter().map(ToString::to_string).collect(),
        level: fix.level,
        outcome: fix.status,
        affected: match &fix.affected {
            Affected::AppliesTo => None,
            Affected::States(states) => Some(states.clone()),
        },
        known_since: fix.known_since,
        exploited: match fix.exploited {
            Exploited::No => None,
            Exploited::Yes(since) => Some(since),
        },
        delayed: match &fix.disclosure {
            Disclosure::Public { .. } => None,
            Disclosure::Delayed { reason, until, .. } => Some((text(reason), *until)),
        },
        touches: fix.touches.iter().map(ToString::to_string).collect(),
    }
}

fn also_fix(also: &manifest::AlsoFix) -> AlsoFix {
    let (separately, exception) = match &also.separately {
        Separately::In(states) => (states.clone(), None),
        Separately::Exception { reason, rationale, approver } => {
            let why = Justified { rationale: text(rationale), approver: approver.as_str().to_owned() };
            (Vec::new(), Some((*reason, why)))
        }
    };
    AlsoFix { id: also.id.to_string(), separately, exception }
}

fn release(
    common: &Common,
    body: &manifest::Release,
    digest: Digest,
    delivery: Option<Delivery>,
    words: Words,
) -> Release {
    let identity = &body.identity;
    let class = match &body.update {
        Update::Security(security) => Class::Security {
            kind: security.separation.kind(),
            justified: security.separation.justification().map(|why| Justified {
                rationale: text(&why.rationale),
                approver: why.approver.as_str().to_owned(),
            }),
        },
        Update::Feature(_) => Class::Feature,
    };
    let security = body.security();
    let also_fixes = match &body.update {
        Update::Security(_) => Vec::new(),
        Update::Feature(feature) => feature.also_fixes.iter().map(also_fix).collect(),
    };
    Release {
        manifest: digest,
        id: common.id.to_string(),
        issued: common.issued,
        hardware: common.product.hardware.iter().map(ToString::to_string).collect(),
        state: body.state(&common.product),
        identity: Identity {
            scope: identity.scope.to_string(),
            version: identity.version.to_string(),
            line: identity.line.to_string(),
            sequence: common.sequence,
            feature_level: identity.feature_level,
            security_level: identity.security_level,
            generation: identity.generation,
        },
        class,
        applies_to: match &body.applies_to {
            manifest::AppliesTo::Line => AppliesTo::Line,
            manifest::AppliesTo::States(states) => AppliesTo::States(states.clone()),
        },
        fresh: body.fresh,
        images: body.images.iter().map(|i| (i.component.to_string(), i.sha256)).collect(),
        deliveries: delivery.into_iter().collect(),
        testing: identity.channel == Channel::Testing,
        paid: body.cost == Cost::Paid,
        environment_cost: identity.environment_cost != EnvironmentCost::None,
        tailor_made: body.tailor_made.as_ref().map(|t| TailorMade {
            customer: t.customer.as_str().to_owned(),
            contract: t.contract_digest,
            purpose: text(&t.purpose),
            waives: t.waives.iter().map(|w| w.as_str()).collect(),
        }),
        fixes: security.map_or_else(Vec::new, |s| s.fixes.iter().map(fix).collect()),
        also_fixes,
        changes: changes(body.changes()),
        inherited: security
            .map_or_else(Vec::new, |s| s.inherited.iter().map(|i| (i.level, i.kind)).collect()),
        statuses: statuses(&body.statuses, common),
        reopens: security.map_or_else(Vec::new, |s| {
            s.reopens.iter().map(|r| (r.id.to_string(), text(&r.reason))).collect()
        }),
        remediations: remediations(&body.remediations),
        defaults: body.defaults.iter().map(|d| (d.id.to_string(), d.direction, text(&d.text))).collect(),
        support: Support {
            until: body.support.until.months(),
            basis: body.support.basis.as_ref().map(|b| b.as_str().to_owned()),
            shorter_use: body.support.shorter_use.as_ref().map(text),
        },
        latest_only: body.latest_only.as_ref().map(|claim| LatestOnly {
            kind: claim.kind,
            hardware: claim.hardware.iter().map(ToString::to_string).collect(),
            evidence: evidence(&claim.evidence, common),
        }),
        requires: body
            .requires
            .iter()
            .map(|r| Requirement {
                scope: r.scope.to_string(),
                security_level: r.min_security_level,
                feature_level: r.min_feature_level,
                state: r.state,
            })
            .collect(),
        supersedes: common.supersedes.clone(),
        automatic: match &body.automatic {
            None => Automatic::Unsaid,
            Some(manifest::Automatic::Applicable { opt_out, .. }) => Automatic::On(text(opt_out)),
            Some(manifest::Automatic::NotApplicable { reason, text: why, .. }) => {
                Automatic::Off(reason.to_string(), text(why))
            }
        },
        words,
    }
}
