//! What a set of packages proves: the release graph, its findings, advisories and differences.
//!
//! ```text
//! folders ─ load(keyring) ─► Set ─ audit(options) ─► Audit ─► report: text, JSON, Markdown, HTML
//! ```
//!
//! * [`load`] reads folders of packages, verifies each with a keyring, and keeps what they say as a
//!   [`model::Set`]; [`history`] reads what shipped before packages did.
//! * [`audit`] is pure: from a set and a time to findings. It reads no file and no clock.
//! * [`report`] writes what was found for people and programs; the same findings give the same bytes.
//!
//! What it says is evidence for or against a statement of the law, never a claim of conformity.

mod audit;
mod effective_status;
mod finding;
mod graph;
pub mod history;
pub mod load;
pub mod model;
mod picture;
mod population;
pub mod records;
mod register;
pub mod report;
mod rules;
mod scope;
pub mod time;

pub use audit::{Audit, Options, RuleResult, audit};
pub use finding::{Finding, Verdict};
pub use register::Vulnerability;
pub use report::rows::{Row, RowStatus};
pub use rules::all as rules_of_sets;
