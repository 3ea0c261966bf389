//! What a build does not refuse, and a person should know.

use crate::place::Place;
use pkg_format::{Version, VulnId};
use std::fmt;
use std::path::PathBuf;

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
        /// The packages of all releases that `applies-to` would list then, as a description names them.
        applies_to: Vec<String>,
    },
    /// A package of the same release is at hand, with other images.
    OtherImages(Before),
    /// Support of the line ends earlier than an earlier release of it promised.
    SupportEndsEarlier {
        /// The last month of support, like `2036-12`.
        until: String,
        /// The month that was promised.
        promised: String,
        /// The release that promised it.
        by: Version,
    },
    /// A fix was planned for a time that is past.
    PlanPassed {
        /// The vulnerability.
        id: VulnId,
        /// For when, in unix seconds.
        planned: u64,
    },
}

/// A package of the release that is described: it was built before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Before {
    /// The name of its file.
    pub package: PathBuf,
    /// Where the version is written.
    pub place: Option<Place>,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Warning::Stranded { versions, .. } => {
                let versions: Vec<_> = versions.iter().map(Version::as_str).collect();
                write!(f, "devices on {} have no way to a later release", versions.join(", "))
            }
            Warning::SupportEndsEarlier { until, promised, by } => {
                write!(f, "support ends in {until}, but {by} promised {promised}")
            }
            Warning::PlanPassed { id, planned } => {
                let day = i64::try_from(*planned).ok().and_then(|at| jiff::Timestamp::from_second(at).ok());
                let day = day.map(|day| day.strftime("%Y-%m-%d").to_string()).unwrap_or_default();
                write!(f, "the fix of {id} was planned for {day}, which is past")
            }
            Warning::OtherImages(before) => {
                write!(f, "{} has this version already, with other images", before.package.display())
            }
        }
    }
}
