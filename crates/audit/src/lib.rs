//! Audits a set of packages: do all releases of a product together keep security updates apart from features?
//!
//! ```text
//! folders ─ load (keyring) ─► Set ─ audit (options) ─► Audit ─► report: text, JSON, Markdown, HTML
//! ```
//!
//! * [`load`] reads folders of packages, verifies each with a keyring, and sorts the statements by product into a
//!   [`set::Set`]; [`history`] adds what was shipped before the product used packages.
//! * [`audit()`] checks the rules of sets as of a time. It reads no file and no clock.
//! * [`candidate`] says what a statement that is not signed yet would change.
//! * [`plan`] says what is owed before it is late, from the same rules.
//! * [`report`] writes the result for people and programs. The same set and options give the same bytes.
//!
//! The result is evidence for an assessment by people. It never claims conformity with the law.

mod audit;
pub mod candidate;
mod cause;
pub mod declared;
mod effective_status;
mod excuses;
mod finding;
mod graph;
pub mod history;
pub mod identity;
pub mod load;
mod options;
mod phrase;
mod picture;
mod places;
pub mod plan;
mod population;
pub mod records;
mod register;
mod releases;
pub mod report;
mod result;
mod row;
mod rows;
mod rules;
mod scope;
mod search;
mod sentence;
pub mod set;
mod severity;
mod spans;
mod step;
pub mod time;
mod views;
mod vulnerability;

pub use audit::{Audit, audit};
pub use cause::Cause;
pub use finding::{Finding, Verdict};
pub use options::AuditOptions;
pub use register::Vulnerability;
pub use releases::{Releases, Run};
pub use result::RuleResult;
pub use row::{Row, RowStatus};
pub use rules::all as rules_of_sets;
pub use severity::Severity;
