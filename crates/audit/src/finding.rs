//! What an audit finds: recorded exceptions, and failures with a counter-example.

use crate::set::{evidence, text};
use pkg_format::manifest::{Common, Justification};
use pkg_format::{Digest, Rule};

/// The result of a rule, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// It holds.
    Pass,
    /// It holds except where a release records why it does not.
    Exception,
    /// It does not hold.
    Fail,
}

impl Verdict {
    /// The word in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Verdict::Pass => "pass",
            Verdict::Exception => "exception",
            Verdict::Fail => "fail",
        }
    }
}

/// One exception or failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule.
    pub rule: Rule,
    /// An exception or a failure.
    pub verdict: Verdict,
    /// The product: vendor and name.
    pub product: String,
    /// The version of the release or state it is about.
    pub release: String,
    /// The state or manifest it is about.
    pub digest: Option<Digest>,
    /// The manifests that make it a failure by what they say: one, or two that contradict each other.
    pub manifests: Vec<Digest>,
    /// The hardware it is about; none where it is about all.
    pub hardware: Option<String>,
    /// The vulnerabilities that stay open.
    pub open: Vec<String>,
    /// The best release that can be reached.
    pub best: Option<String>,
    /// The step that would close them and that nobody may be forced to take.
    pub forbidden_edge: Option<String>,
    /// The finding in plain words. Findings with the same words about other releases are one cause.
    pub text: String,
    /// What findings of one cause share, where that is not their words.
    pub cause: Option<String>,
    /// Why the exception was made.
    pub rationale: Option<String>,
    /// Who approved it.
    pub approver: Option<String>,
    /// The digests of the evidence for it.
    pub evidence: Vec<Digest>,
    /// From when until when it was so, unix seconds, if it has ended.
    pub ended: Option<(u64, u64)>,
}

impl Finding {
    pub(crate) fn fail(rule: Rule, release: impl Into<String>, text: impl Into<String>) -> Finding {
        Finding {
            rule,
            verdict: Verdict::Fail,
            product: String::new(),
            release: release.into(),
            digest: None,
            manifests: Vec::new(),
            hardware: None,
            open: Vec::new(),
            best: None,
            forbidden_edge: None,
            text: text.into(),
            cause: None,
            rationale: None,
            approver: None,
            evidence: Vec::new(),
            ended: None,
        }
    }

    pub(crate) fn exception(rule: Rule, release: impl Into<String>, text: impl Into<String>) -> Finding {
        Finding { verdict: Verdict::Exception, ..Finding::fail(rule, release, text) }
    }

    /// The same, about a state or manifest.
    pub(crate) fn about(mut self, digest: Digest) -> Finding {
        self.digest = Some(digest);
        self
    }

    /// The same, by what these manifests say.
    pub(crate) fn by(mut self, manifests: impl IntoIterator<Item = Digest>) -> Finding {
        self.manifests.extend(manifests);
        self
    }

    /// The same, with a reason, and who approved it where anybody did.
    pub(crate) fn because(mut self, rationale: impl Into<String>, approver: impl Into<String>) -> Finding {
        let approver = approver.into();
        self.rationale = Some(rationale.into());
        self.approver = Some(approver).filter(|a| !a.is_empty());
        self
    }

    /// The same, for the reason that a release records, with the alternatives that were considered.
    pub(crate) fn justified(self, why: &Justification, common: &Common) -> Finding {
        let reason = format!("{} Alternatives considered: {}", text(&why.rationale), text(&why.alternatives));
        let found = self.because(reason, why.approver.as_str());
        Finding { evidence: evidence(common, &why.evidence), ..found }
    }
}
