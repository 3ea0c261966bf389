//! From a description to a manifest: what is stated, what is derived, what is copied forward.

pub(crate) mod checks;
pub(crate) mod derive;
pub(crate) mod draft;
pub(crate) mod known;
pub(crate) mod prior;
