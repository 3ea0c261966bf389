//! What a set of packages proves: the release graph, its findings, advisories and differences.

pub mod advisory;
pub mod difference;
