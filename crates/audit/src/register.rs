//! The vulnerability register: what is known of each, what was decided, how long users waited.

use crate::effective_status::EffectiveStatus;
use crate::scope::Scope;
use pkg_format::Digest;
use pkg_format::manifest::Category;
use pkg_format::manifest::Outcome;
use std::collections::{BTreeMap, BTreeSet};

/// So many releases are named; of more, how many there are.
pub(crate) const NAMED: usize = 20;

/// One vulnerability in one scope of a product.
#[derive(Debug, Clone)]
pub struct Vulnerability {
    /// The product: vendor and name.
    pub product: String,
    /// What is updated as one.
    pub scope: String,
    /// Its id.
    pub id: String,
    /// Its other ids.
    pub aliases: Vec<String>,
    /// What was decided: `patched`, `workaround`, `mitigated`, `documented`, `not-affected` or
    /// `undecided`.
    pub decision: &'static str,
    /// The security level at which it was first fixed.
    pub level: Option<u64>,
    /// Since when the maker knows.
    pub known_since: Option<u64>,
    /// Whether attackers use it, and since when.
    pub exploited: Option<Option<u64>>,
    /// The first statement that names it.
    pub advised: Option<u64>,
    /// The first fix.
    pub fixed: Option<u64>,
    /// The first release on each line with the fix.
    pub fixed_in: Vec<String>,
    /// The longest that users of a supported release waited for it, from when others had it.
    pub lag: Option<u64>,
    /// Who waited that long.
    pub waited: Option<String>,
    /// Supported releases where it is open; the first of them.
    pub open_in: Vec<String>,
    /// How many those are.
    pub open_count: usize,
    /// Supported releases of which nobody said whether they have it; the first of them.
    pub undecided_in: Vec<String>,
    /// How many those are.
    pub undecided_count: usize,
    /// Releases of which it is only declared, and not signed, how it stands; the first of them.
    pub declared_in: Vec<String>,
    /// How many those are.
    pub declared_count: usize,
    /// Risk assessments and statements behind what was decided.
    pub digests: Vec<Digest>,
}

/// The register of a product.
pub(crate) fn of(
    scopes: &[Scope<'_>],
    lags: &[(usize, usize, u64, String)],
    product: &str,
) -> Vec<Vulnerability> {
    let mut all = Vec::new();
    let lags: BTreeMap<(usize, usize), (u64, &String)> =
        lags.iter().map(|(place, x, lag, who)| ((*place, *x), (*lag, who))).collect();
    for (i, scope) in scopes.iter().enumerate() {
        let said = Said::of(scope);
        for x in 0..scope.standings.list.len() {
            let lag = lags.get(&(i, x));
            let mut row = one(scope, x, &said);
            row.product = product.to_owned();
            row.lag = lag.map(|(lag, _)| *lag).or(row.fixed.map(|_| 0));
            row.waited = lag.map(|(_, who)| (*who).clone());
            all.push(row);
        }
    }
    all.sort_by(|a, b| (&a.id, &a.scope).cmp(&(&b.id, &b.scope)));
    all
}

/// What notices and statuses say, by vulnerability.
#[derive(Default)]
struct Said {
    advised: BTreeMap<usize, u64>,
    remedies: BTreeMap<usize, BTreeSet<Category>>,
    digests: BTreeMap<usize, BTreeSet<Digest>>,
}

impl Said {
    fn of(scope: &Scope<'_>) -> Said {
        let mut said = Said::default();
        let find = |id: &str| scope.standings.find(id);
        let steps = scope.graph.steps.iter().map(|s| s.release);
        let notices = scope.product.notices.iter().filter(|n| n.issued <= scope.at);
        let each = steps
            .clone()
            .map(|r| (r.issued, r.manifest, &r.statuses, &r.remediations))
            .chain(notices.map(|n| (n.issued, n.manifest, &n.statuses, &n.remediations)));
        for (issued, manifest, statuses, remediations) in each {
            for status in statuses {
                let Some(x) = find(&status.id) else { continue };
                said.advise(x, issued);
                said.digests.entry(x).or_default().extend([manifest].into_iter().chain(status.risk));
            }
            for remedy in remediations {
                for x in remedy.ids.iter().filter_map(|id| find(id)) {
                    said.advise(x, issued);
                    said.remedies.entry(x).or_default().insert(remedy.category);
                }
            }
        }
        for release in steps {
            for x in release.fixes.iter().filter_map(|f| find(&f.id)) {
                said.advise(x, release.issued);
            }
        }
        said
    }

    fn advise(&mut self, x: usize, issued: u64) {
        let first = self.advised.entry(x).or_insert(issued);
        *first = (*first).min(issued);
    }
}

fn one(scope: &Scope<'_>, x: usize, said: &Said) -> Vulnerability {
    let (graph, it) = (&scope.graph, &scope.standings.list[x]);
    let (mut open_in, mut undecided_in) = (Vec::new(), Vec::new());
    let (mut open_count, mut undecided_count) = (0, 0);
    for &s in &scope.supported {
        if !scope.is_open(s, x) {
            continue;
        }
        open_count += 1;
        if open_in.len() < NAMED {
            open_in.push(scope.label(s).to_owned());
        }
        if scope.standings.stand(graph, s, x) == EffectiveStatus::Undecided {
            undecided_count += 1;
            if undecided_in.len() < NAMED {
                undecided_in.push(scope.label(s).to_owned());
            }
        }
    }
    let mut lines: BTreeMap<&str, (u64, usize)> = BTreeMap::new();
    let fixes = it.claims.iter().filter(|c| c.outcome == Outcome::Fixed).map(|c| c.step);
    for step in fixes.chain(it.also.iter().copied()).map(|s| &graph.steps[s]) {
        let first = lines.entry(&step.release.identity.line).or_insert((step.release.issued, step.to));
        *first = (*first).min((step.release.issued, step.to));
    }
    let none = BTreeSet::new();
    let remedies = said.remedies.get(&x).unwrap_or(&none);
    let has = |categories: &[Category]| categories.iter().any(|c| remedies.contains(c));
    let decision = match () {
        () if !lines.is_empty() => "patched",
        () if has(&[Category::Workaround]) => "workaround",
        () if has(&[Category::Mitigation]) || it.claims.iter().any(|c| c.outcome == Outcome::Mitigated) => {
            "mitigated"
        }
        () if !remedies.is_empty() => "documented",
        () if open_count == 0 => "not-affected",
        () => "undecided",
    };
    Vulnerability {
        product: String::new(),
        scope: graph.scope.clone(),
        id: it.id.clone(),
        aliases: it.aliases.clone(),
        decision,
        level: it.level,
        known_since: it.known_since,
        exploited: it.exploited,
        advised: said.advised.get(&x).copied(),
        fixed: lines.values().map(|(issued, _)| *issued).min(),
        fixed_in: lines.values().map(|(_, s)| scope.label(*s).to_owned()).collect(),
        lag: None,
        waited: None,
        open_in,
        open_count,
        undecided_in,
        undecided_count,
        declared_in: it.declared.iter().take(NAMED).map(|s| scope.label(*s).to_owned()).collect(),
        declared_count: it.declared.len(),
        digests: said.digests.get(&x).into_iter().flatten().copied().collect(),
    }
}
