//! Audits of histories that are made by hand.

mod hard_cases;
mod history;
mod oracle;
mod rules;
