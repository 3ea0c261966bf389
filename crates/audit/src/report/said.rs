//! What several parts of the report say of vulnerabilities and rows.

use crate::audit::Audit;
use crate::register::Vulnerability;
use crate::row::RowStatus;
use crate::severity::Severity;

/// Rows that fail for a reason of their own.
pub(super) fn failing_rows(audit: &Audit) -> impl Iterator<Item = &crate::row::Row> {
    audit.rows.iter().filter(|r| r.status == RowStatus::Fail && r.is_checked_itself())
}

/// `high`, or that nobody said.
pub(super) fn severity(v: &Vulnerability) -> &'static str {
    v.severity.map_or("severity not stated", Severity::as_str)
}

/// `5 days`.
pub(super) fn days(n: u64) -> String {
    if n == 1 { "1 day".into() } else { format!("{n} days") }
}
