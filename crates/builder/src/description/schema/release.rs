//! The product, the release, its files and its keys.

use super::ID;
use pkg_format::Rule::*;
use pkg_format::manifest::EvidenceKind;
use pkg_format::manifest::release::{Channel, Class};
use pkg_reference::Kind::*;
use pkg_reference::{Keys, key, words};

pub(super) const PRODUCT: Keys = &[
    key("vendor", Text, "Who makes the product: an id.").required().eg(r#""acme""#).rules(ID),
    key("name", Text, "The name of the product: an id. Package names begin with it.")
        .required()
        .eg(r#""cam-x1""#)
        .rules(ID),
    key(
        "hardware",
        Set,
        "The hardware that the images run on: ids, as devices state them. A device with any of them may \
        install the release.",
    )
    .required()
    .eg(r#"["rev-b", "rev-c"]"#)
    .rules(&[Man1, Man4, App2]),
    key("languages", List, "The languages that every text for users must have.")
        .or("no language is required")
        .eg(r#"["en", "de"]"#)
        .rules(&[Adv7, Txt4]),
];

pub(super) const RELEASE: Keys = &[
    key("version", Text, "What people call the release. It is never compared.")
        .required().eg(r#""1.4.3""#).rules(&[Man1, Man4]),
    key("line", Text, "The line of development: an id. Security updates stay on their line.")
        .required().eg(r#""1.4""#).rules(&[Man1, Man4, Sep10]),
    key("class", Text, "Why the release exists. It has no default, because it is a statement that you sign.")
        .required().eg(r#""security""#).rules(&[Sep1, G6]).words(|| words(Class::ALL, Class::as_str)),
    key("previous", Path, "The release that the source code was before. Levels, sequence and generation follow from it. \
        Only a first release has none.")
        .eg(r#""out/cam-x1-1.4.2.full.pkg""#).rules(&[Ver1, Ver6, Sep12]),
    key("merged", List, "Further releases whose source code was merged. Their fixes are in this release.")
        .eg(r#"["out/cam-x1-1.4.3.full.pkg"]"#).rules(&[Sep20]),
    key("known", Path, "The folder with all packages of the product. Give it if you have more than one line.")
        .eg(r#""out""#),
    key("scope", Text, "The set of components that the release updates: an id. Scopes are updated independently.")
        .or("`product`").eg(r#""modem""#).rules(&[Man4, Ver11]),
    key("channel", Text, "Whom the release is for. A device asks its user before it installs a release for testing, or refuses it.")
        .or("`stable`").eg(r#""testing""#).rules(&[Pol2]).words(|| words(Channel::ALL, Channel::as_str)),
    key("sequence", Uint, "Counts the releases of the line.").or("derived: one more than the highest known")
        .eg("4").rules(&[Ver1, Ver7]),
    key("feature-level", Uint, "Counts what the product can do. Only a feature release raises it.")
        .or("derived from `previous` and `applies-to`; one more for a feature release").eg("2")
        .rules(&[Sep10, Sep12, Ver7]),
    key("security-level", Uint, "Counts the security releases of the product and scope. Only a security release raises it.")
        .or("derived: the highest known; one more for a security release").eg("5").rules(&[Ver3, Ver6, Ver7]),
    key("generation", Uint, "Counts substantial modifications of the product.")
        .or("derived: that of `previous`; one more if `substantial`").eg("1").rules(&[Ver7, Ver8]),
    key("substantial", Bool, "Whether the release is a substantial modification of the product.")
        .or("`false`").eg("true").rules(&[Ver8]),
    key("applies-to", WordOrStates, "The states whose devices may install the release. `line` means every state of the \
        same line and feature level with a lower security level. An empty list means devices with nothing installed.")
        .or("`line` for a security release that stays on its line, otherwise the state in `previous`; an empty list for a \
        first release")
        .eg(r#""line""#).rules(&[App3, Sep10]),
    key("fresh", Bool, "Whether a device with nothing installed may install the release.").or("`false`").eg("true")
        .rules(&[App4]),
    key("environment-cost", WordOrTexts, "What the release costs users in other hardware or software: `none`, or texts. \
        A device asks its user before it installs a release that costs something.")
        .or("`none`").eg(r#"{ en = "The app needs version 3." }"#).rules(&[Man4, Cst3]),
];

pub(super) const IMAGE: Keys = &[
    key("component", Text, "The part of the device that the image is for: an id.")
        .required()
        .eg(r#""rootfs""#)
        .rules(&[Man1, Man4, Man7]),
    key("file", Path, "The file with the image.").required().eg(r#""rootfs.img""#).rules(&[Man1]),
    key("version", Text, "What people call the image.").eg(r#""6.6.31""#).rules(&[Man4]),
];

pub(super) const BASE: Keys = &[
    key("package", Path, "The full package of the release. Either this or `version` and `images` is needed.")
        .eg(r#""out/cam-x1-1.4.2.full.pkg""#)
        .rules(&[Dlt1]),
    key("version", Text, "What people call the base, if no package of it is left.").eg(r#""0.9""#),
    key("images", Paths, "The images of the base by component, if no package of it is left.")
        .eg(r#"{ rootfs = "old/rootfs-0.9.img" }"#),
];

pub(super) const EVIDENCE: Keys = &[
    key("kind", Text, "What the document is.")
        .required()
        .eg(r#""sbom""#)
        .rules(&[Man1, Man4])
        .words(|| words(EvidenceKind::ALL, EvidenceKind::as_str)),
    key("media-type", Text, "The media type of the document.")
        .required()
        .eg(r#""application/vnd.cyclonedx+json""#)
        .rules(&[Man1, Man4]),
    key("file", Path, "The file with the document. Size and digest are taken from it.")
        .eg(r#""sbom.cdx.json""#)
        .rules(&[Man5]),
    key("sha256", Digest, "The digest of a document that is not embedded.")
        .or("that of `file`")
        .eg(r#""0000000000000000000000000000000000000000000000000000000000000001""#)
        .rules(&[Man1, Man4]),
    key("size", Uint, "The size of a document that is not embedded, in bytes.")
        .or("that of `file`")
        .eg("1000")
        .rules(&[Man1]),
    key("uri", Text, "Where the document can be obtained: an https address. Nothing fetches it by itself.")
        .eg(r#""https://acme.example/sbom/1.4.3.json""#)
        .rules(&[Txt6]),
];

pub(super) const REQUIRE: Keys = &[
    key("scope", Text, "Another scope of the device.").required().eg(r#""modem""#).rules(&[Man1, Man4]),
    key("state", State, "The state that it must be in. Either this or `line` and `from` is needed.")
        .eg(r#""out/modem-2.0.0.full.pkg""#)
        .rules(&[App5]),
    key("line", Text, "The line that it must be on.").eg(r#""2""#).rules(&[Man1, Man6]),
    key("from", Uint, "The lowest sequence of that line that is enough.").eg("7").rules(&[Man1, Man6]),
];

pub(super) const SIGNING: Keys = &[
    key("keys", List, "The keys that sign the statement, by path, `pkcs11:` address, or program (`exec:`).")
        .eg(r#"["keys/security.key"]"#)
        .rules(&[Sig4, Sig15]),
    key("delivery-key", Text, "The key that signs the deliveries.")
        .or("every key in `keys`")
        .eg(r#""keys/delivery.key""#)
        .rules(&[Sig15]),
];
