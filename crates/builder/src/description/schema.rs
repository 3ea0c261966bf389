//! Which tables and keys a release description has.
//!
//! The keys are spelt as the manifest's fields; lists of tables are in the singular, as is usual
//! in TOML.

/// What a value is, and what it becomes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    /// A string.
    Text,
    /// A table from language to string.
    Texts,
    /// A number from 0.
    Uint,
    /// `true` or `false`.
    Bool,
    /// A point in time: unix seconds, a TOML date or date-time, or such a string.
    Time,
    /// A length of time: seconds, or a string such as `90s`, `30m`, `72h`, `14d`, `2w`.
    Duration,
    /// A list of strings that is a set.
    Set,
    /// A list of numbers that is a set.
    Uints,
    /// The digest of a state, or the path of a package that leads into it, or `self`.
    State,
    /// A list of such.
    States,
    /// `line` or `applies-to`, or a list of states.
    WordOrStates,
    /// A list of digests of manifests, or paths of packages.
    Manifests,
    /// A digest: 64 hex digits.
    Digest,
    /// A path, relative to the description.
    Path,
    /// A string, or texts by language (`environment-cost`).
    WordOrTexts,
    /// A string, or a table (`disclosure`).
    WordOr(Schema),
    Table(Schema),
    /// A list of tables.
    Tables(Schema),
    /// A table from name to such a table.
    Named(Schema),
    /// A table from name to path.
    Paths,
    /// A list of strings, in the order they are given.
    Texts1,
}

/// The keys of a table.
pub(crate) type Schema = &'static [(&'static str, Kind)];

use Kind::*;

const PRODUCT: Schema = &[("vendor", Text), ("name", Text), ("hardware", Set), ("languages", Texts1)];

const RELEASE: Schema = &[
    ("version", Text),
    ("line", Text),
    ("class", Text),
    ("previous", Path),
    ("merged", Texts1),
    ("known", Path),
    ("scope", Text),
    ("channel", Text),
    ("sequence", Uint),
    ("feature-level", Uint),
    ("security-level", Uint),
    ("generation", Uint),
    ("substantial", Bool),
    ("applies-to", WordOrStates),
    ("fresh", Bool),
    ("environment-cost", WordOrTexts),
];

const IMAGE: Schema = &[("component", Text), ("file", Path), ("version", Text)];

const BASE: Schema = &[("package", Path), ("version", Text), ("images", Paths)];

const DELAYED: Schema = &[("delayed", Table(&[("reason", Texts), ("until", Time)]))];

const FIX: Schema = &[
    ("id", Text),
    ("aliases", Set),
    ("upstream", Text),
    ("level", Uint),
    ("status", Text),
    ("description", Texts),
    ("impact", Texts),
    ("severity", Text),
    ("cwe", Text),
    ("affected", WordOrStates),
    ("exploited", Bool),
    ("exploited-since", Time),
    ("known-since", Time),
    ("disclosure", WordOr(DELAYED)),
    ("touches", Set),
];

const CHANGE: Schema = &[
    ("id", Text),
    ("level", Uint),
    ("effect", Text),
    ("user-visible", Bool),
    ("text", Texts),
    ("necessary-for", Set),
];

const ALSO_FIX: Schema = &[
    ("id", Text),
    ("separately-in", States),
    (
        "exception",
        Table(&[
            ("reason", Text),
            ("rationale", Texts),
            ("alternatives", Texts),
            ("approver", Text),
            ("evidence", Uints),
        ]),
    ),
];

const RELEASES: Schema = &[("scope", Text), ("all", Bool), ("line", Text), ("from", Uint), ("below", Uint)];

const OPEN: Schema = &[("id", Text), ("status", Text), ("reason", Texts), ("planned", Time)];

const ACKNOWLEDGE: Schema =
    &[("rule", Text), ("ids", Set), ("states", States), ("from", Time), ("until", Time)];

const STATUS: Schema = &[
    ("id", Text),
    ("states", States),
    ("releases", Tables(RELEASES)),
    ("status", Text),
    ("justification", Text),
    ("outcome", Text),
    ("risk", Uint),
];

const REMEDIATION: Schema = &[
    ("category", Text),
    ("means", Text),
    ("ids", Set),
    ("states", States),
    ("releases", Tables(RELEASES)),
    ("release", State),
    ("text", Texts),
    ("date", Time),
    ("url", Text),
];

const DEFAULT: Schema = &[("id", Text), ("direction", Text), ("text", Texts), ("necessary-for", Set)];

const EVIDENCE: Schema = &[
    ("kind", Text),
    ("media-type", Text),
    ("file", Path),
    ("sha256", Digest),
    ("size", Uint),
    ("uri", Text),
];

const REQUIRE: Schema = &[("scope", Text), ("state", State), ("line", Text), ("from", Uint)];

const SEPARATION: Schema =
    &[("kind", Text), ("rationale", Texts), ("alternatives", Texts), ("approver", Text), ("evidence", Uints)];

const ADVISORY: Schema =
    &[("title", Text), ("summary", Text), ("details", Text), ("details-file", Path), ("impact", Text)];

const ACTION: Schema = &[("code", Text), ("restart", Text), ("deadline", Time), ("text", Texts)];

const AUTOMATIC: Schema = &[
    ("applicable", Bool),
    ("default", Text),
    ("install-within", Duration),
    ("max-postpone", Duration),
    ("opt-out", Texts),
    ("reason", Text),
    ("text", Texts),
];

const SUPPORT: Schema = &[("until", Text), ("from", Text), ("shorter-use", Texts), ("basis", Text)];

const LATEST_ONLY: Schema = &[("kind", Text), ("free", Bool), ("hardware", Set), ("evidence", Uints)];

const TAILOR_MADE: Schema =
    &[("customer", Text), ("contract-digest", Digest), ("purpose", Texts), ("waives", Set)];

const SIGNING: Schema = &[("keys", Texts1), ("delivery-key", Text)];

/// The whole file. Keys that start with `x-` are texts.
pub(crate) const FILE: Schema = &[
    ("include", Texts1),
    ("kind", Text),
    ("id", Text),
    ("cost", Text),
    ("supersedes", Manifests),
    ("contact", Text),
    ("keyring-min", Uint),
    // of a notice or a withdrawal
    ("sequence", Uint),
    ("previous", Path),
    ("known", Path),
    // of a withdrawal
    ("scope", Text),
    ("withdraws", States),
    ("corrective", Text),
    ("reason", Texts),
    // of an acknowledgement
    ("acknowledge", Tables(ACKNOWLEDGE)),
    ("cause", Texts),
    ("remedy", Texts),
    ("approver", Text),
    ("product", Table(PRODUCT)),
    ("release", Table(RELEASE)),
    ("image", Tables(IMAGE)),
    ("base", Tables(BASE)),
    ("fix", Tables(FIX)),
    ("change", Tables(CHANGE)),
    ("also-fix", Tables(ALSO_FIX)),
    ("status", Tables(STATUS)),
    ("remediation", Tables(REMEDIATION)),
    ("default", Tables(DEFAULT)),
    ("open", Tables(OPEN)),
    ("evidence", Tables(EVIDENCE)),
    ("require", Tables(REQUIRE)),
    ("reopen", Tables(&[("id", Text), ("reason", Texts)])),
    ("separation", Table(SEPARATION)),
    ("advisory", Named(ADVISORY)),
    ("action", Table(ACTION)),
    ("automatic", Table(AUTOMATIC)),
    ("support", Table(SUPPORT)),
    ("latest-only", Table(LATEST_ONLY)),
    ("tailor-made", Table(TAILOR_MADE)),
    ("signing", Table(SIGNING)),
];

/// What is expected in place of an unknown key.
pub(super) fn in_place(schema: Schema) -> String {
    match schema {
        [("delayed", _)] => {
            "write disclosure = { delayed = { reason = { en = \"…\" }, until = 2027-05-01 } }".to_owned()
        }
        _ => {
            let keys = schema.iter().map(|(key, _)| *key).collect::<Vec<_>>();
            format!("expected one of {}", keys.join(", "))
        }
    }
}
