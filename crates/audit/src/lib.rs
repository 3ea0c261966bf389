//! What a set of packages proves: the release graph, its findings, advisories and differences.
