//! Every key of a state file, and what it says.

use crate::{Approval, Profile};
use pkg_format::Rule::*;
use pkg_format::keyring::Asked;
use pkg_format::manifest::{Channel, Corrective, Kind as Statement};
use pkg_reference::Kind::*;
use pkg_reference::{File, Keys, key, words};

/// A state file, with all its keys.
pub const REFERENCE: File = File {
    name: "device.toml",
    title: "the state file of a device",
    text: "`pkg verify`, `pkg apply` and `pkg decide` read it with `--state`. `pkg decide` writes it, with `--answer` or \
        `--save` only. Whoever sets up a device writes `[product]` and an `[[installed]]` for each scope. Everything else \
        can be left out.\n\nTimes are unix seconds. A digest is a SHA-256, in 64 hex digits.",
    keys: &[
        key("product", Table(PRODUCT), "What the device is.").required().rules(&[App1, App2]),
        key(
            "installed",
            Tables(INSTALLED),
            "A scope of the device, and what is installed in it. The factory declares all \
            scopes; no other one is ever updated.",
        )
        .rules(&[Ver11, Ver12, App3]),
        key("user", Table(USER), "What the user chose and was told."),
        key("device", Table(DEVICE), "The device at this moment."),
        key(
            "keyring",
            Table(KEYRING),
            "The newest keyring that the device has seen. An older one is refused.",
        )
        .rules(&[Key9, Key10]),
        key(
            "withdrawn",
            Table(WITHDRAWN),
            "What was withdrawn. So a device knows that it was recalled, even if a mirror no \
            longer offers the withdrawal.",
        )
        .rules(&[Pol3, Pol5]),
        key(
            "superseded",
            Tables(SUPERSEDED),
            "A notice or a withdrawal that another one replaced. It is not shown again.",
        ),
    ],
    is_split: false,
    notes: None,
};

/// A digest that shows the form.
const DIGEST: &str = r#""0000000000000000000000000000000000000000000000000000000000000001""#;
/// A list of them.
const DIGESTS: &str = r#"["0000000000000000000000000000000000000000000000000000000000000001"]"#;

const PRODUCT: Keys = &[
    key("vendor", Text, "Who makes the product.").required().eg(r#""acme""#).rules(&[App1]),
    key("name", Text, "The name of the product.").required().eg(r#""cam-x1""#).rules(&[App1]),
    key("hardware", OneOrMore, "The hardware ids that the device answers to.")
        .required()
        .eg(r#""rev-b""#)
        .rules(&[App2]),
];

const INSTALLED: Keys = &[
    key("scope", Text, "The name of the scope.").required().eg(r#""product""#).rules(&[Ver11]),
    key("components", List, "The components of the scope. An empty scope must name them.")
        .or("the components of its images")
        .eg(r#"["rootfs"]"#)
        .rules(&[Ver12]),
    key(
        "empty",
        Bool,
        "`true` if nothing is installed yet. Never set it because the state was lost: an empty scope accepts \
        old releases.",
    )
    .or("`false`")
    .eg("true")
    .rules(&[App4]),
    key("line", Text, "The line of the installed release. It is needed unless the scope is empty.")
        .eg(r#""1.4""#)
        .rules(&[App3, Ver4]),
    key("version", Text, "What people call the installed release.").eg(r#""1.4.2""#),
    key("sequence", Uint, "Its sequence. It is needed unless the scope is empty.")
        .eg("1")
        .rules(&[Ver1, Ver2, Ver5]),
    key("feature-level", Uint, "Its feature level. It is needed unless the scope is empty.")
        .eg("1")
        .rules(&[App3]),
    key("security-level", Uint, "Its security level. It is needed unless the scope is empty.")
        .eg("1")
        .rules(&[Ver3]),
    key("manifest", Digest, "The digest of its manifest.").eg(DIGEST),
    key("signed", Table(SIGNED), "By whom it was signed. It matters when a key is revoked.").rules(&[Sig14]),
    key("image", Tables(IMAGE), "An installed image. A state is identified by its images.")
        .rules(&[App3, App6]),
    key(
        "disowned",
        Tables(HEAD),
        "Written when the keys that signed the installed release were revoked: the newest \
        release of each line that the maker still vouches for. The device accepts a way back to them.",
    ),
];

const SIGNED: Keys = &[
    key("asked", Text, "For what the signatures counted.")
        .required()
        .eg(r#""security""#)
        .words(|| words(Asked::ALL, Asked::as_str)),
    key("channel", Text, "The channel of the release.")
        .required()
        .eg(r#""stable""#)
        .words(|| words(Channel::ALL, Channel::as_str)),
    key("keys", Digests, "The ids of the keys.").required().eg(DIGESTS),
];

const IMAGE: Keys = &[
    key("component", Text, "The component.").required().eg(r#""rootfs""#),
    key("sha256", Digest, "The digest of the image.").required().eg(DIGEST),
];

const HEAD: Keys = &[
    key("line", Text, "The line.").required().eg(r#""1.4""#),
    key("sequence", Uint, "The sequence of its newest release.").required().eg("3"),
    key("feature-level", Uint, "The feature level of that release.").required().eg("1"),
    key("security-level", Uint, "The security level of that release.").required().eg("3"),
];

const USER: Keys = &[
    key(
        "automatic-security",
        Bool,
        "Whether security updates install automatically. `false` means that the user opted out.",
    )
    .or("as the profile says")
    .eg("true"),
    key("automatic-feature", Bool, "Whether feature updates install automatically.")
        .or("`false`")
        .eg("false"),
    key("approval", Text, "What the user wants to be asked about.")
        .or("`none`")
        .eg(r#""install""#)
        .words(|| words(Approval::ALL, Approval::as_str)),
    key("approved", Digest, "The manifest whose installation the user approved.").eg(DIGEST),
    key("approved-download", Digest, "The manifest whose download the user approved.").eg(DIGEST),
    key("declined", Digests, "The manifests that the user declined.").eg(DIGESTS),
    key("postponed-until", Uint, "Until when a security update is postponed.").eg("1796083200"),
    key("postponed-left", Uint, "How many seconds of it are left by the monotonic clock.")
        .or("a day with `postponed-until`, otherwise 0")
        .eg("3600"),
    key(
        "postponed-count",
        Uint,
        "How often security updates were postponed since the last one was installed.",
    )
    .or("0")
    .eg("1"),
    key("postponed-feature", Table(POSTPONED), "The same for feature updates."),
    key("notified", Tables(NOTIFIED), "A manifest whose notice was shown."),
    key("language", Text, "The language of the user, as in BCP 47.").eg(r#""de-AT""#),
    key("answered", List, "The values of `--answer-id` that were counted already.").eg(r#"["evening-1"]"#),
];

const POSTPONED: Keys = &[
    key("count", Uint, "How often.").or("0").eg("1"),
    key("left", Uint, "How many seconds are left.").or("0").eg("60"),
    key("until", Uint, "Until when.").eg("1796083200"),
];

const NOTIFIED: Keys = &[
    key("manifest", Digest, "The digest of the manifest.").required().eg(DIGEST),
    key("at", Uint, "When, if the device had a trusted clock.").eg("1796000000"),
    key("elapsed", Uint, "How many seconds have passed since, by the monotonic clock.").or("0").eg("60"),
    key("signer", Digest, "The id of the key that signed it.").eg(DIGEST),
];

const DEVICE: Keys = &[
    key(
        "profile",
        Text,
        "Where the device is used. It decides whether security updates install automatically.",
    )
    .or("`consumer`")
    .eg(r#""consumer""#)
    .words(|| words(Profile::ALL, Profile::as_str)),
    key("busy", Bool, "Whether it does something that must not be interrupted.").or("`false`").eg("false"),
    key("now", Uint, "The time, if the device has a clock that it trusts. `--now` replaces it.")
        .or("the time is unknown")
        .eg("1796000000"),
];

const KEYRING: Keys = &[
    key("version", Uint, "Its version.").required().eg("2").rules(&[Key9]),
    key("digest", Digest, "Its digest.").required().eg(DIGEST).rules(&[Key10]),
];

const WITHDRAWN: Keys = &[
    key("mark", Uint, "The highest number of a withdrawal that was forgotten for lack of room. A release whose maker did not \
        know it is not installed.").or("0").eg("2").rules(&[Pol5]),
    key("by", Tables(WITHDRAWER), "What one signer withdrew."),
];

const WITHDRAWER: Keys = &[
    key("signer", Digest, "The id of the key.").required().eg(DIGEST),
    key("revoked-in", Uint, "The version of the keyring that revoked the key.").eg("3"),
    key(
        "mark",
        Uint,
        "The highest number of a withdrawal of this signer that was forgotten for lack of room.",
    )
    .or("0")
    .eg("2")
    .rules(&[Pol5]),
    key("targets", Tables(TARGET), "What was withdrawn.").rules(&[Pol3]),
];

const TARGET: Keys = &[
    key("digest", Digest, "The digest of a state or of a manifest.").required().eg(DIGEST),
    key("number", Uint, "The number of the withdrawal.").required().eg("3"),
    key("corrective", Text, "What the maker does.")
        .or("`withdraw`")
        .eg(r#""recall""#)
        .words(|| words(Corrective::ALL, Corrective::as_str)),
];

const SUPERSEDED: Keys = &[
    key("kind", Text, "What was replaced.")
        .required()
        .eg(r#""notice""#)
        .words(|| words(&[Statement::Notice, Statement::Withdrawal], Statement::as_str)),
    key("manifest", Digest, "Its manifest.").required().eg(DIGEST),
    key("signer", Digest, "The id of the key that signed the new one.").eg(DIGEST),
    key("number", Uint, "The number of the new one.").required().eg("4"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reader_knows_these_keys_and_no_others() {
        assert!(pkg_reference::samples(&REFERENCE).len() > 60);
        let read = |text: &str| match toml::from_str::<super::super::read::File>(text) {
            Ok(_) => Ok(()),
            Err(error) => Err(error.message().into()),
        };
        assert_eq!(pkg_reference::disagreement(&REFERENCE, read), None);
    }
}
