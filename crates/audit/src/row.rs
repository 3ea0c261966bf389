//! A row of the report.

use crate::finding::Verdict;
use pkg_format::Digest;

/// The status of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowStatus {
    /// The evidence is there.
    Pass,
    /// The evidence is there, with recorded exceptions.
    Exception,
    /// Something contradicts it.
    Fail,
    /// The set has no evidence for it.
    NotProvided,
}

impl RowStatus {
    /// The word in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            RowStatus::Pass => "pass",
            RowStatus::Exception => "exception",
            RowStatus::Fail => "fail",
            RowStatus::NotProvided => "not-provided",
        }
    }

    /// What it means for the verdict of the audit.
    pub(crate) const fn verdict(self) -> Verdict {
        match self {
            RowStatus::Fail => Verdict::Fail,
            RowStatus::Exception => Verdict::Exception,
            RowStatus::Pass | RowStatus::NotProvided => Verdict::Pass,
        }
    }
}

impl From<Verdict> for RowStatus {
    fn from(verdict: Verdict) -> RowStatus {
        match verdict {
            Verdict::Pass => RowStatus::Pass,
            Verdict::Exception => RowStatus::Exception,
            Verdict::Fail => RowStatus::Fail,
        }
    }
}

/// One row of the report.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its id, `A-01` to `A-18`.
    pub id: &'static str,
    /// What it is about.
    pub title: &'static str,
    /// Where the law asks for it.
    pub reference: &'static str,
    /// Its status.
    pub status: RowStatus,
    /// What the set has for it, in plain words.
    pub text: String,
    /// The digests of the documents and statements that it rests on.
    pub digests: Vec<Digest>,
}

impl Row {
    /// Whether it can fail even if every rule passes: by a broken chain of records, a refused package, or a
    /// vulnerability whose status nobody stated.
    pub fn is_checked_itself(&self) -> bool {
        ["A-02", "A-05", "A-12"].contains(&self.id)
    }
}
