//! What the auditor chooses.

use crate::severity::Severity;

/// What the auditor chooses.
#[derive(Debug, Clone)]
pub struct AuditOptions {
    /// The time of the audit, unix seconds: statements that were issued later are ignored. None means the time at
    /// which the newest statement was issued.
    pub at: Option<u64>,
    /// How much later a fix may come for some users than for others, seconds. The law gives no number.
    pub lag_limit: u64,
    /// How long after it is known the fix of a vulnerability of a severity may take, seconds. The law gives no number.
    pub fix_limits: Vec<(Severity, u64)>,
    /// Whether to show failures that an acknowledgement covers as failures.
    pub ignore_acknowledgements: bool,
}

impl Default for AuditOptions {
    /// The time of the newest statement, one day, and no limit for fixes; acknowledgements count.
    fn default() -> Self {
        AuditOptions { at: None, lag_limit: 86_400, fix_limits: Vec::new(), ignore_acknowledgements: false }
    }
}
