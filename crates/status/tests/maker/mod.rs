//! A maker of releases: what is in its sources, what it believes, and what it says.

use crate::common::Random;
use pkg_status::{AliasSet, AppliesTo, Assumed, Foretold, Known, Open, Releases, Said, State, Step, Word};
use std::collections::{BTreeMap, BTreeSet};

/// A vulnerability.
pub(crate) struct Flaw {
    /// Its ids: one, or two.
    pub(crate) ids: Vec<usize>,
    /// When it becomes known.
    disclosed: u64,
    /// Until when the maker investigates whether it is affected.
    investigated: u64,
    /// When somebody finds that the first fix was incomplete.
    incomplete: Option<u64>,
    /// The security level of its first fix.
    level: Option<u64>,
    /// Whether a signed alias set joins its ids.
    joined: bool,
}

/// A release, its sources, and what the maker believes of them.
#[derive(Clone)]
pub(crate) struct Release {
    line: usize,
    security: bool,
    parents: Vec<usize>,
    feature_level: u64,
    security_level: u64,
    /// The flaws of the code that it has.
    present: BTreeSet<usize>,
    /// Those that were patched.
    patched: BTreeSet<usize>,
    /// Those that the maker believes to be patched.
    believed: BTreeSet<usize>,
    fixes: BTreeSet<usize>,
}

impl Release {
    /// Whether a flaw is truly there.
    pub(crate) fn has(&self, x: usize) -> bool {
        self.present.contains(&x) && !self.patched.contains(&x)
    }

    /// Whether the maker believes that it is there.
    fn is_believed(&self, x: usize) -> bool {
        self.present.contains(&x) && !self.believed.contains(&x)
    }
}

pub(crate) struct Maker {
    random: Random,
    omitted: usize,
    errs: bool,
    now: u64,
    pub(crate) flaws: Vec<Flaw>,
    pub(crate) releases: Vec<Release>,
    /// The newest release of each line.
    tips: BTreeMap<usize, usize>,
    pub(crate) known: Known,
}

/// What a release is for.
struct Plan {
    line: usize,
    parents: Vec<usize>,
    applies_to: Vec<usize>,
    security: bool,
    fixes: Vec<usize>,
}

impl Maker {
    /// A maker that leaves out some per cent of its statements. One that errs ships fixes that are incomplete.
    pub(crate) fn new(seed: u64, omitted: usize, errs: bool) -> Maker {
        let mut maker = Maker {
            random: Random::new(seed),
            omitted,
            errs,
            now: 0,
            flaws: Vec::new(),
            releases: Vec::new(),
            tips: BTreeMap::new(),
            known: Known::default(),
        };
        let plan = Plan { line: 0, parents: vec![], applies_to: vec![], security: false, fixes: vec![] };
        let mut first = maker.start(&plan);
        for _ in 0..1 + maker.random.below(3) {
            let steps = 2 + maker.random_up_to(11);
            first.present.insert(maker.flaw(steps));
        }
        maker.issue(first, &plan);
        maker
    }

    /// Whether what is said can be compared with the truth: the flaw is known, the maker knows its mind, an incomplete fix
    /// was found out, and two ids are known to be of one flaw.
    pub(crate) fn can_be_judged(&self, flaw: &Flaw) -> bool {
        flaw.investigated <= self.now
            && flaw.incomplete.is_none_or(|found| found <= self.now)
            && (flaw.ids.len() == 1 || flaw.joined)
    }

    /// One step in time: notices, then perhaps a release.
    pub(crate) fn next(&mut self) {
        self.now += 10;
        for x in 0..self.flaws.len() {
            self.disclose(x);
            self.find_out(x);
        }
        self.now += 1;
        let line = self.random_of(&self.tips.keys().copied().collect::<Vec<_>>());
        match self.random.below(100) {
            0..22 => self.feature(line),
            22..32 if self.tips.len() > 1 => self.merge(line),
            32..40 => self.revert(line),
            _ => self.security(line),
        }
        self.now -= 1;
    }

    fn random_up_to(&mut self, end: usize) -> u64 {
        self.random.below(end) as u64
    }

    fn random_of(&mut self, list: &[usize]) -> usize {
        self.random.one(list)
    }

    fn omits(&mut self) -> bool {
        self.random.percent(self.omitted)
    }

    /// A new flaw, known after some steps.
    fn flaw(&mut self, steps: u64) -> usize {
        let disclosed = self.now / 10 * 10 + steps * 10;
        let wait = if self.random.percent(25) { 10 * (1 + self.random_up_to(3)) } else { 0 };
        let ids = if self.random.percent(25) { 2 } else { 1 };
        let ids = (self.known.ids..self.known.ids + ids).collect::<Vec<_>>();
        self.known.ids += ids.len();
        let investigated = disclosed + wait;
        self.flaws.push(Flaw { ids, disclosed, investigated, incomplete: None, level: None, joined: false });
        self.flaws.len() - 1
    }

    /// Any id of a flaw.
    fn id(&mut self, x: usize) -> usize {
        self.random.one(&self.flaws[x].ids)
    }

    fn say(&mut self, x: usize, state: usize, word: Word) {
        let id = self.id(x);
        self.known.said.push(Said { id, state, word, time: self.now });
    }

    fn say_or_omit(&mut self, x: usize, state: usize, word: Word) {
        if !self.omits() {
            self.say(x, state, word);
        }
    }

    /// What the maker believes of a flaw in a state, as a status.
    fn belief(&self, x: usize, state: usize) -> Word {
        let release = &self.releases[state];
        match (release.is_believed(x), release.present.contains(&x)) {
            (true, _) => Word::Open(Open::Affected),
            (false, true) => Word::Fixed,
            (false, false) => Word::NotAffected,
        }
    }

    /// The notice on the day a flaw becomes known, and the one at the end of the investigation.
    fn disclose(&mut self, x: usize) {
        let (disclosed, investigated) = (self.flaws[x].disclosed, self.flaws[x].investigated);
        let all = 0..self.releases.len();
        if disclosed == self.now && investigated > self.now {
            all.for_each(|s| self.say_or_omit(x, s, Word::Open(Open::UnderInvestigation)));
        } else if investigated == self.now {
            let everywhere = all.clone().all(|s| self.releases[s].is_believed(x));
            if everywhere && self.random.percent(30) {
                return self.foretell(x);
            }
            for state in all {
                self.say_or_omit(x, state, self.belief(x, state));
            }
        }
    }

    /// Everything so far is affected, and so will be what comes: it is said of the scope, or of each line.
    fn foretell(&mut self, x: usize) {
        let lines = self.tips.keys().map(|line| Releases::Line { line: *line, from: Some(1), below: None });
        let lines = lines.collect::<Vec<_>>();
        let each = if self.random.percent(50) { vec![Releases::All] } else { lines };
        for releases in each {
            let id = self.id(x);
            self.known.foretold.push(Foretold { id, releases, word: Open::Affected, time: self.now });
        }
    }

    /// The notice on the day somebody finds that a fix was incomplete.
    fn find_out(&mut self, x: usize) {
        if self.flaws[x].incomplete != Some(self.now) {
            return;
        }
        for state in 0..self.releases.len() {
            let release = &mut self.releases[state];
            if release.has(x) && release.believed.remove(&x) {
                self.say_or_omit(x, state, Word::Open(Open::Affected));
            }
        }
    }

    /// The flaws that are known and not under investigation.
    fn clear(&self) -> Vec<usize> {
        (0..self.flaws.len()).filter(|x| self.flaws[*x].investigated <= self.now).collect()
    }

    /// The sources of a release before anything is changed: those of its parents, merged.
    fn start(&mut self, plan: &Plan) -> Release {
        let parents: Vec<&Release> = plan.parents.iter().map(|p| &self.releases[*p]).collect();
        let all =
            |set: fn(&Release) -> &BTreeSet<usize>| parents.iter().flat_map(|p| set(p).clone()).collect();
        let levels = self.releases.iter().map(|r| r.security_level).max().unwrap_or(0);
        let features = self.releases.iter().map(|r| r.feature_level).max().unwrap_or(0);
        Release {
            line: plan.line,
            security: plan.security,
            parents: plan.parents.clone(),
            feature_level: if plan.security { parents[0].feature_level } else { features + 1 },
            security_level: if plan.security { levels + 1 } else { levels.max(1) },
            present: all(|r| &r.present),
            patched: all(|r| &r.patched),
            believed: all(|r| &r.believed),
            fixes: BTreeSet::new(),
        }
    }

    /// A feature release: on its line or on a new one, from the newest release or from an older one.
    fn feature(&mut self, line: usize) {
        let tip = self.tips[&line];
        let of_line: Vec<usize> =
            (0..self.releases.len()).filter(|r| self.releases[*r].line == line).collect();
        let lines = 1 + self.releases.iter().map(|r| r.line).max().unwrap();
        let new_line = lines < 4 && self.random.percent(60);
        let parent = if new_line && self.random.percent(40) { self.random_of(&of_line) } else { tip };
        let mut applies_to = vec![parent];
        applies_to.extend(of_line.iter().filter(|s| **s != parent && self.random.percent(40)));
        let line = if new_line { lines } else { line };
        let plan = Plan { line, parents: vec![parent], applies_to, security: false, fixes: vec![] };
        let mut release = self.start(&plan);
        if self.random.percent(50) {
            let steps = 1 + self.random_up_to(8);
            release.present.insert(self.flaw(steps));
        }
        for x in self.clear() {
            if release.is_believed(x) && self.random.percent(25) {
                release.patched.insert(x);
                release.believed.insert(x);
            }
        }
        self.issue(release, &plan);
    }

    /// A feature release that merges another line.
    fn merge(&mut self, line: usize) {
        let tip = self.tips[&line];
        let others: Vec<usize> = self.tips.values().copied().filter(|t| *t != tip).collect();
        let other = self.random_of(&others);
        let mut applies_to = vec![tip];
        applies_to.extend(Some(other).filter(|_| self.random.percent(50)));
        let plan = Plan { line, parents: vec![tip, other], applies_to, security: false, fixes: vec![] };
        let mut release = self.start(&plan);
        if self.omits() {
            release.parents.pop();
        }
        self.issue(release, &plan);
    }

    /// The newest release of a line is withdrawn; the next is built from the one before it.
    fn revert(&mut self, line: usize) {
        let tip = self.releases[self.tips[&line]].clone();
        let Some(&base) = tip.parents.first() else { return };
        if !tip.security || self.releases[base].line != line {
            return;
        }
        let open = |x: &usize| self.releases[base].is_believed(*x) && !tip.fixes.contains(x);
        let fixes = self.clear().into_iter().filter(open).take(1).collect();
        self.fix(line, base, fixes);
    }

    /// A security release, sometimes from an older release of the line.
    fn security(&mut self, line: usize) {
        let tip = self.tips[&line];
        let alike = |r: &Release| r.line == line && r.feature_level == self.releases[tip].feature_level;
        let alike: Vec<usize> = (0..self.releases.len()).filter(|r| alike(&self.releases[*r])).collect();
        let parent = if self.random.percent(20) { self.random_of(&alike) } else { tip };
        let clear = self.clear();
        let open: Vec<usize> = clear.into_iter().filter(|x| self.releases[parent].is_believed(*x)).collect();
        if open.is_empty() {
            return;
        }
        let mut fixes = vec![self.random_of(&open), self.random_of(&open)];
        fixes.dedup();
        self.fix(line, parent, fixes);
    }

    fn fix(&mut self, line: usize, parent: usize, fixes: Vec<usize>) {
        let of = &self.releases[parent];
        let covers = |r: &Release| r.line == line && r.feature_level == of.feature_level;
        let applies_to = (0..self.releases.len()).filter(|r| covers(&self.releases[*r])).collect();
        let plan = Plan { line, parents: vec![parent], applies_to, security: true, fixes };
        let mut release = self.start(&plan);
        for &x in &plan.fixes {
            let first = self.flaws[x].level.is_none() && self.flaws[x].incomplete.is_none();
            if self.errs && first && self.random.percent(12) {
                self.flaws[x].incomplete = Some((self.now / 10 + 1 + self.random_up_to(5)) * 10);
            } else {
                release.patched.insert(x);
            }
            release.believed.insert(x);
            release.fixes.insert(x);
        }
        self.issue(release, &plan);
    }

    /// Issues a release, with what an honest maker says in it.
    fn issue(&mut self, release: Release, plan: &Plan) {
        let state = self.releases.len();
        let sequence = 1 + self.releases.iter().filter(|r| r.line == plan.line).count() as u64;
        self.known.states.push(State {
            issued: self.now,
            steps: vec![Step {
                line: plan.line,
                sequence,
                feature_level: release.feature_level,
                security_level: release.security_level,
                from: release.parents.clone(),
                keeps_features: release.security,
            }],
        });
        self.tips.insert(plan.line, state);
        self.releases.push(release.clone());
        for &x in &plan.fixes {
            self.say_fix(x, state, plan);
        }
        for x in 0..self.flaws.len() {
            if self.flaws[x].disclosed > self.now || plan.fixes.contains(&x) {
                continue;
            }
            if self.flaws[x].investigated > self.now {
                self.say_or_omit(x, state, Word::Open(Open::UnderInvestigation));
            } else if !self.is_inherited(x, &release, plan) || self.random.percent(20) {
                self.say_or_omit(x, state, self.belief(x, state));
            }
        }
    }

    /// A fix is never left out: it is what the release is for. Its aliases are found at some time, and then stay.
    fn say_fix(&mut self, x: usize, state: usize, plan: &Plan) {
        self.flaws[x].joined |= self.random.percent(70);
        let id = self.id(x);
        let others = self.flaws[x].ids.iter().copied().filter(|other| *other != id);
        let aliases = if self.flaws[x].joined { others.collect() } else { vec![] };
        let time = self.now;
        self.known.said.push(Said { id, state, word: Word::Fixed, time });
        // Another release may have named the other id; each id that is used carries the set.
        self.known.aliases.push(AliasSet { id, aliases, time });
        let affected: Vec<usize> =
            plan.applies_to.iter().copied().filter(|s| self.releases[*s].is_believed(x)).collect();
        if affected.len() == plan.applies_to.len() {
            let release = &self.releases[state];
            let (line, feature_level) = (release.line, release.feature_level);
            let line = AppliesTo::Line { line, feature_level, below: release.security_level };
            let states = AppliesTo::States(plan.applies_to.clone());
            let applies_to = if self.random.percent(50) { line } else { states };
            self.known.assumed.push(Assumed { id, applies_to, time });
        } else {
            affected.iter().for_each(|s| {
                let word = Word::Open(Open::Affected);
                self.known.said.push(Said { id, state: *s, word, time });
            });
        }
        let level = self.releases[state].security_level;
        self.flaws[x].level.get_or_insert(level);
    }

    /// Whether the parents say all there is to say of a flaw.
    fn is_inherited(&self, x: usize, release: &Release, plan: &Plan) -> bool {
        let parents: Vec<&Release> = release.parents.iter().map(|p| &self.releases[*p]).collect();
        let is_fixed = |r: &&Release| r.present.contains(&x) && !r.is_believed(x);
        match (release.is_believed(x), release.present.contains(&x)) {
            _ if parents.is_empty() => false,
            (true, _) => parents.iter().any(|p| p.is_believed(x)) && !parents.iter().any(is_fixed),
            (false, true) => parents.iter().any(is_fixed),
            (false, false) => plan.security && parents.iter().all(|p| !p.present.contains(&x)),
        }
    }
}
