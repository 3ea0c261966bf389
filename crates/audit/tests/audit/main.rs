//! Audits of histories that are made by hand.

mod forms;
mod hard_cases;
mod history;
mod near_misses;
mod oracle;
mod rules;
mod ways;
