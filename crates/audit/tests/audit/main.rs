//! Audits of histories that are made by hand.

mod causes;
mod contradictions;
mod excused_late;
mod forms;
mod hard_cases;
mod history;
mod near_misses;
mod on_hardware;
mod oracle;
mod overdue;
mod past;
mod planned;
mod rules;
mod statements;
mod ways;
mod withdrawn;
