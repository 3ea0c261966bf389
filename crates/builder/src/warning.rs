//! What a build does not refuse, and a person should know.

use pkg_format::Version;
use std::fmt;

/// Something that is allowed and probably not meant.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// Devices on supported releases have no way to a later release.
    Stranded {
        /// Their releases.
        versions: Vec<Version>,
        /// The new release, if it is a feature release, which could let them in.
        by_feature_release: Option<Version>,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Warning::Stranded { versions, .. } => {
                let versions: Vec<_> = versions.iter().map(Version::as_str).collect();
                write!(f, "devices on {} have no way to a later release", versions.join(", "))
            }
        }
    }
}
