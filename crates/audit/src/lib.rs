//! A set of packages: release graph, findings, reports, advisories, differences.

pub mod difference;
