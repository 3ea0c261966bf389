//! What a rule of sets comes to.

use crate::cause::Cause;
use crate::finding::{Finding, Verdict};
use pkg_format::Rule;

/// The result of one rule.
#[derive(Debug, Clone)]
pub struct RuleResult {
    /// The rule.
    pub rule: Rule,
    /// The worst of its findings.
    pub verdict: Verdict,
    /// What was found, failures first: one entry for each release and hardware.
    pub findings: Vec<Finding>,
    /// The same by cause: one entry for all releases and vulnerabilities of which the same is true.
    pub causes: Vec<Cause>,
}
