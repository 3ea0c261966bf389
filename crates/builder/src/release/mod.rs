//! From a description to a manifest: what is stated, what is derived, what is copied forward.

pub(crate) mod checks;
pub(crate) mod derive;
pub(crate) mod draft;
mod files;
pub(crate) mod known;
pub(crate) mod let_in;
mod map;
pub(crate) mod own_state;
pub(crate) mod planned;
pub(crate) mod prior;
pub(crate) mod statement;
pub(crate) mod statuses;
pub(crate) mod stranded;
