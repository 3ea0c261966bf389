//! Whether a scope in one state may take a release into another (SPEC 9.2): components, counters, line,
//! `applies-to` and class.
//!
//! One pure function for everybody who asks: devices hold an offered release against what is installed, audits
//! hold each release against each state that devices may be in. What has to do with a single device (its
//! hardware, its other scopes, disowned releases) is not asked here.

use crate::manifest::release::{AppliesTo, Release};
use crate::manifest::{SeparationKind, Update};
use crate::{Digest, Id, Refusal, Rule};
use alloc::string::ToString;
use core::fmt;

/// The state of a scope, as far as a release is compared with it.
#[derive(Debug, Clone, Copy)]
pub struct Present<'a> {
    /// The line.
    pub line: &'a Id,
    /// The sequence in that line.
    pub sequence: u64,
    /// The feature level.
    pub feature_level: u64,
    /// The security level.
    pub security_level: u64,
    /// The digest of the state.
    pub state: Digest,
    /// The manifests by which this state may have been installed. A release that names manifests in `applies-to`
    /// covers the state only if it names all of these. Empty where nothing is known of them.
    pub manifests: &'a [Digest],
    /// The installed images: component and digest.
    pub images: &'a [(Id, Digest)],
}

/// Checks whether a device in the state `present` may install a release. `None` means that the scope is empty.
/// `sequence` is the release's own, and no counter may rise by more than `jump`.
///
/// A release whose state and sequence are `present` itself is refused by VER-2: a caller that wants to tell this
/// case apart asks for it first.
///
/// # Errors
///
/// The first of VER-12, VER-1 to VER-5, APP-3, VER-6, SEP-16, SEP-10 and SEP-12 that forbids the step; for an
/// empty scope APP-4 or VER-5.
pub fn check<'a>(
    release: &'a Release,
    sequence: u64,
    present: Option<&Present<'a>>,
    jump: u64,
) -> Result<(), Forbidden<'a>> {
    match present {
        None => onto_empty(release, sequence, jump),
        Some(present) => {
            brings_all(release, present)?;
            counters(release, sequence, present, jump)?;
            covered(release, present)?;
            class(release, present)
        }
    }
}

/// Checks that the images which a delta starts from, each given as component and digest, are the installed ones.
///
/// # Errors
///
/// APP-6 with the first that is not.
pub fn has_bases<'a>(
    mut bases: impl Iterator<Item = (&'a Id, Digest)>,
    installed: &[(Id, Digest)],
) -> Result<(), Forbidden<'a>> {
    let found = |component: &Id| installed.iter().find(|(c, _)| c == component).map(|(_, sha256)| *sha256);
    match bases.find(|(component, base)| found(component) != Some(*base)) {
        Some((component, base)) => Err(Forbidden::OtherBase { component, base, installed: found(component) }),
        None => Ok(()),
    }
}

fn onto_empty(release: &Release, sequence: u64, jump: u64) -> Result<(), Forbidden<'_>> {
    let first = matches!(&release.applies_to, AppliesTo::States(states) if states.is_empty());
    if !first && !release.fresh {
        return Err(Forbidden::EmptyScope { scope: &release.identity.scope });
    }
    jumps(release, sequence, [0; 3], jump)
}

/// The release has an image for every component that is installed.
fn brings_all<'a>(release: &'a Release, present: &Present<'a>) -> Result<(), Forbidden<'a>> {
    let brings = |component: &Id| release.images.iter().any(|i| i.component == *component);
    match present.images.iter().find(|(component, _)| !brings(component)) {
        Some((component, _)) => Err(Forbidden::ComponentLeft { component, scope: &release.identity.scope }),
        None => Ok(()),
    }
}

/// Rollback: what may not fall, what must rise, and by how much at most.
fn counters<'a>(
    release: &'a Release,
    sequence: u64,
    present: &Present<'a>,
    jump: u64,
) -> Result<(), Forbidden<'a>> {
    let new = &release.identity;
    let same_line = new.line == *present.line;
    if same_line && sequence < present.sequence {
        return Err(Forbidden::LowerSequence { new: sequence, installed: present.sequence });
    }
    if same_line && sequence == present.sequence {
        return Err(Forbidden::SameSequence { sequence });
    }
    if new.security_level < present.security_level {
        let installed = present.security_level;
        return Err(Forbidden::LowerSecurityLevel { new: new.security_level, installed });
    }
    let gains = new.feature_level > present.feature_level || new.security_level > present.security_level;
    if !same_line && (new.feature_level < present.feature_level || !gains) {
        return Err(Forbidden::NothingGained { from: present.line, to: &new.line });
    }
    let before = if same_line { present.sequence } else { 0 };
    jumps(release, sequence, [before, present.security_level, present.feature_level], jump)
}

/// No counter comes near its end in one step: it could never rise again. A counter that begins
/// is counted from zero.
fn jumps(release: &Release, sequence: u64, before: [u64; 3], jump: u64) -> Result<(), Forbidden<'_>> {
    let new = [sequence, release.identity.security_level, release.identity.feature_level];
    let names = ["sequence", "security level", "feature level"];
    let counters = names.into_iter().zip(before.into_iter().zip(new));
    match counters.into_iter().find(|(_, (old, new))| new.saturating_sub(*old) > jump) {
        Some((counter, (old, new))) => Err(Forbidden::Jump { counter, old, new, most: jump }),
        None => Ok(()),
    }
}

/// The present state is one that the release leads from.
fn covered<'a>(release: &Release, present: &Present<'a>) -> Result<(), Forbidden<'a>> {
    let new = &release.identity;
    let covered = match &release.applies_to {
        AppliesTo::Line => {
            new.line == *present.line
                && new.feature_level == present.feature_level
                && new.security_level > present.security_level
        }
        AppliesTo::States(states) => {
            let named = |manifest| states.contains(manifest);
            states.contains(&present.state)
                || !present.manifests.is_empty() && present.manifests.iter().all(named)
        }
    };
    match covered {
        true => Ok(()),
        false => Err(Forbidden::NotCovered { state: present.state, line: present.line }),
    }
}

/// What the class of a step promises about levels.
fn class<'a>(release: &'a Release, present: &Present<'a>) -> Result<(), Forbidden<'a>> {
    let new = &release.identity;
    match &release.update {
        Update::Security(security) => {
            let level = present.security_level;
            if new.security_level <= level {
                return Err(Forbidden::NoHigherSecurityLevel { level });
            }
            if !security.fixes.iter().any(|f| f.level > level) {
                return Err(Forbidden::NoFixAbove { level });
            }
            let kind = security.effective_kind(new.security_level, level);
            let keeps = new.line == *present.line && new.feature_level == present.feature_level;
            let raises = kind == SeparationKind::Inseparable && new.feature_level >= present.feature_level;
            match keeps || raises {
                true => Ok(()),
                false => Err(Forbidden::NotSeparated {
                    kind,
                    from: (present.line, present.feature_level),
                    to: (&new.line, new.feature_level),
                }),
            }
        }
        Update::Feature(_) if new.feature_level <= present.feature_level => {
            Err(Forbidden::NoHigherFeatureLevel { level: present.feature_level })
        }
        Update::Feature(_) => Ok(()),
    }
}

/// Why a release may not be installed over what is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Forbidden<'a> {
    /// VER-12: an installed component has no image in the release.
    ComponentLeft {
        /// The component.
        component: &'a Id,
        /// The scope.
        scope: &'a Id,
    },
    /// VER-1: the sequence falls within a line.
    LowerSequence {
        /// The sequence of the release.
        new: u64,
        /// The installed one.
        installed: u64,
    },
    /// VER-2: the sequence is the installed one.
    SameSequence {
        /// That sequence.
        sequence: u64,
    },
    /// VER-3: the security level falls.
    LowerSecurityLevel {
        /// The level of the release.
        new: u64,
        /// The installed one.
        installed: u64,
    },
    /// VER-4: the line changes and no level rises, or the feature level falls.
    NothingGained {
        /// The installed line.
        from: &'a Id,
        /// The line of the release.
        to: &'a Id,
    },
    /// VER-5: a counter rises by too much.
    Jump {
        /// The counter, in words.
        counter: &'static str,
        /// The installed value.
        old: u64,
        /// The value of the release.
        new: u64,
        /// By how much it may rise at most.
        most: u64,
    },
    /// APP-3: `applies-to` does not cover the state.
    NotCovered {
        /// The digest of the state.
        state: Digest,
        /// The installed line.
        line: &'a Id,
    },
    /// APP-4: the scope is empty, and the release needs something installed.
    EmptyScope {
        /// The scope.
        scope: &'a Id,
    },
    /// VER-6: a security release that does not raise the security level.
    NoHigherSecurityLevel {
        /// The installed level.
        level: u64,
    },
    /// SEP-16: a security release whose fixes are all installed.
    NoFixAbove {
        /// The installed level.
        level: u64,
    },
    /// SEP-10: a security release that changes line or feature level without being inseparable.
    NotSeparated {
        /// The kind of separation that counts from the installed security level.
        kind: SeparationKind,
        /// The installed line and feature level.
        from: (&'a Id, u64),
        /// Line and feature level of the release.
        to: (&'a Id, u64),
    },
    /// SEP-12: a feature release that does not raise the feature level.
    NoHigherFeatureLevel {
        /// The installed level.
        level: u64,
    },
    /// APP-6: a delta starts from an image that is not installed.
    OtherBase {
        /// The component.
        component: &'a Id,
        /// The digest of the image that the delta starts from.
        base: Digest,
        /// The digest of the installed image, if there is one.
        installed: Option<Digest>,
    },
}

impl Forbidden<'_> {
    /// The rule that forbids the step.
    pub const fn rule(&self) -> Rule {
        match self {
            Forbidden::ComponentLeft { .. } => Rule::Ver12,
            Forbidden::LowerSequence { .. } => Rule::Ver1,
            Forbidden::SameSequence { .. } => Rule::Ver2,
            Forbidden::LowerSecurityLevel { .. } => Rule::Ver3,
            Forbidden::NothingGained { .. } => Rule::Ver4,
            Forbidden::Jump { .. } => Rule::Ver5,
            Forbidden::NotCovered { .. } => Rule::App3,
            Forbidden::EmptyScope { .. } => Rule::App4,
            Forbidden::NoHigherSecurityLevel { .. } => Rule::Ver6,
            Forbidden::NoFixAbove { .. } => Rule::Sep16,
            Forbidden::NotSeparated { .. } => Rule::Sep10,
            Forbidden::NoHigherFeatureLevel { .. } => Rule::Sep12,
            Forbidden::OtherBase { .. } => Rule::App6,
        }
    }
}

impl fmt::Display for Forbidden<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Forbidden::ComponentLeft { component, scope } => {
                write!(f, "{component} is installed in scope {scope}, and the release has no image for it")
            }
            Forbidden::LowerSequence { new, installed } => {
                write!(f, "sequence {new} is below the installed {installed}")
            }
            Forbidden::SameSequence { sequence } => {
                write!(f, "sequence {sequence} is installed with other images")
            }
            Forbidden::LowerSecurityLevel { new, installed } => {
                write!(f, "security level {new} is below the installed {installed}")
            }
            Forbidden::NothingGained { from, to } => {
                write!(f, "from line {from} to {to} without a higher level")
            }
            Forbidden::Jump { counter, old, new, most } => {
                write!(f, "{counter} rises from {old} to {new}, by more than {most}")
            }
            Forbidden::NotCovered { state, line } => {
                write!(f, "state {} of line {line} is installed", state.short())
            }
            Forbidden::EmptyScope { scope } => write!(f, "nothing is installed in scope {scope}"),
            Forbidden::NoHigherSecurityLevel { level } => {
                write!(f, "security level {level} is already installed")
            }
            Forbidden::NoFixAbove { level } => {
                write!(f, "no fix is above the installed security level {level}")
            }
            Forbidden::NotSeparated { kind, from, to } => write!(
                f,
                "{kind}, but line {} and feature level {} become {} and {}",
                from.0, from.1, to.0, to.1
            ),
            Forbidden::NoHigherFeatureLevel { level } => {
                write!(f, "feature level {level} is already installed")
            }
            Forbidden::OtherBase { component, base, installed } => {
                write!(f, "{component} starts from {}, but ", base.short())?;
                match installed {
                    Some(sha256) => write!(f, "{} is installed", sha256.short()),
                    None => f.write_str("nothing is installed"),
                }
            }
        }
    }
}

impl core::error::Error for Forbidden<'_> {}

impl From<Forbidden<'_>> for Refusal {
    fn from(forbidden: Forbidden<'_>) -> Refusal {
        Refusal::new(forbidden.rule(), forbidden.to_string())
    }
}
