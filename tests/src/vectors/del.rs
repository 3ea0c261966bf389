//! Delivery and payload (threats T44, T46, T66, T86).

use super::Set;
use crate::Fake;
use crate::fake::base;
use crate::fake::path::{digest, list, map, num, text};
use pkg_format::{Rule, Tree};

const CHUNKS: &str = "payloads[0].chunks";

pub(super) fn add(set: &mut Set) {
    binding(set);
    sums_and_bounds(set);
    codecs(set);
    payload(set);
}

fn binding(set: &mut Set) {
    set.refused(
        Rule::Del1,
        "other-manifest",
        "The delivery of another manifest for the same images.",
        Fake::small().set_delivery("manifest", Tree::Bytes(Fake::security().digest().0.to_vec())),
    );
    set.refused(
        Rule::Del1,
        "zero",
        "A delivery of no manifest: its digest is all zero.",
        Fake::small().set_delivery("manifest", Tree::Bytes(vec![0; 32])),
    );
    let reverse = |tree: &mut Tree| match tree {
        Tree::List(list) => list.reverse(),
        _ => unreachable!("a list"),
    };
    set.refused(
        Rule::Del2,
        "order",
        "Payloads in another order than the images.",
        Fake::security().alter_delivery("payloads", reverse),
    );
    set.refused(
        Rule::Del2,
        "missing",
        "An image without a payload.",
        Fake::security().remove_delivery("payloads[1]"),
    );
    set.refused(
        Rule::Del2,
        "component",
        "A payload for a component that has no image.",
        Fake::small().set_delivery("payloads[0].component", text("rootfs")),
    );
    set.refused(
        Rule::Del2,
        "twice",
        "Two payloads for one image.",
        Fake::security().set_delivery("payloads[1].component", text("boot")),
    );
    set.refused(Rule::Del7, "release", "A release without a delivery.", Fake::small().without_delivery());
    set.refused(
        Rule::Del7,
        "notice",
        "A notice that brings a payload.",
        Fake::notice().delivered_as(&Fake::small()),
    );
    set.refused(
        Rule::Del7,
        "withdrawal",
        "A withdrawal that brings a payload.",
        Fake::withdrawal().delivered_as(&Fake::small()),
    );
    set.refused(
        Rule::Del8,
        "full",
        "A delta is said to be a full delivery.",
        Fake::delta().set_delivery("kind", text("full")),
    );
    set.refused(
        Rule::Del8,
        "delta",
        "A full delivery is said to be a delta.",
        Fake::small().set_delivery("kind", text("delta")),
    );
}

fn sums_and_bounds(set: &mut Set) {
    let at = |field: &str| format!("{CHUNKS}[0]{field}");
    set.refused(
        Rule::Man5,
        "empty-base",
        "A base of no bytes.",
        Fake::delta().set_delivery("payloads[1].base.size", num(0)),
    );
    let full = list([num(16 << 20), num(16 << 20), Tree::Bytes(vec![1; 32])]);
    set.refused(
        Rule::Del3,
        "stored-8-gib",
        "512 chunks of 16 MiB: a byte more than a payload may have.",
        Fake::small()
            .set("images[0].size", num(512 * (16 << 20)))
            .set_delivery("payloads[0].decode-memory", num(32 << 20))
            .set_delivery(CHUNKS, Tree::List(vec![full; 512])),
    );
    let referred = |size| {
        map([
            ("kind", text("sbom")),
            ("media-type", text("text/plain")),
            ("size", num(size)),
            ("sha256", digest(b"sbom")),
            ("uri", text("https://acme.example/sbom")),
        ])
    };
    set.refused(
        Rule::Man5,
        "travelling-evidence",
        "The delivery brings more than 64 MiB of evidence, all of it with a uri.",
        Fake::small()
            .set("evidence", list([referred(40 << 20), referred(40 << 20)]))
            .set_delivery("evidence", list([num(0), num(1)])),
    );
    set.refused(
        Rule::Man5,
        "travelling-overflow",
        "The delivery brings evidence whose sizes add up to more than 2^64.",
        Fake::small()
            .set("evidence", list([referred(u64::MAX), referred(2)]))
            .set_delivery("evidence", list([num(0), num(1)])),
    );
    for (name, size) in [("less", 149), ("more", 151)] {
        let what = format!("The chunks add up to {size} bytes, the image has 150.");
        set.refused(Rule::Del3, name, &what, Fake::small().set_delivery(&at("[0]"), num(size)));
    }
    let eight_gib = |chunks: u64| {
        let chunk = list([num(16 << 20), num(16 << 20), Tree::Bytes(vec![1; 32])]);
        Fake::small()
            .set("images[0].size", num(chunks * (16 << 20)))
            .set_delivery("payloads[0].decode-memory", num(32 << 20))
            .set_delivery(CHUNKS, Tree::List(vec![chunk; 1]))
    };
    set.refused(Rule::Del3, "large", "An image of 8 GiB with one chunk.", eight_gib(512));
    for (name, image, stored, what) in [
        ("image-zero", 0, 150, "A chunk of no image bytes."),
        ("stored-zero", 150, 0, "A chunk of no stored bytes."),
        ("image-large", (16 << 20) + 1, 150, "A chunk of more than 16 MiB of image."),
        ("stored-large", 150, 150 + (64 << 10) + 1, "A chunk that is stored in far more bytes than it has."),
        ("image-2-63", 1 << 63, 150, "A chunk of 2^63 bytes of image."),
        ("stored-2-64", 150, u64::MAX, "A chunk of 2^64-1 stored bytes."),
    ] {
        let fake = Fake::small().set_delivery(&at("[0]"), num(image)).set_delivery(&at("[1]"), num(stored));
        set.refused(Rule::Del4, name, what, fake);
    }
    set.refused(
        Rule::Del4,
        "second-preamble",
        "A second chunk of a delta without image bytes.",
        Fake::delta().set_delivery("payloads[1].chunks[1][0]", num(0)),
    );
    set.refused(
        Rule::Del4,
        "preamble-image",
        "A preamble that stands for image bytes.",
        Fake::delta().set_delivery("payloads[1].chunks[0][0]", num(1)),
    );
    set.refused(
        Rule::Del4,
        "preamble-large",
        "A preamble of more than 16 MiB.",
        Fake::delta().set_delivery("payloads[1].chunks[0][1]", num((16 << 20) + 1)),
    );
    set.refused(
        Rule::Del4,
        "delta-chunk-empty",
        "A chunk of a delta without a stored byte.",
        Fake::delta().set_delivery("payloads[1].chunks[1][1]", num(0)),
    );
    set.refused(
        Rule::Del4,
        "before-del-9",
        "A chunk of no image bytes, and no memory declared.",
        Fake::small().set_delivery(&at("[0]"), num(0)).set_delivery("payloads[0].decode-memory", num(0)),
    );
    set.refused(
        Rule::Del6,
        "before-del-4",
        "A raw payload with a base, and a chunk of no image bytes.",
        Fake::small().set_delivery("payloads[0].base", base("boot")).set_delivery(&at("[0]"), num(0)),
    );
    for (name, memory) in [("zero", 0), ("one-less", 299)] {
        let fake = Fake::small().set_delivery("payloads[0].decode-memory", num(memory));
        set.refused(Rule::Del9, name, "Says that it needs less memory than its chunks have.", fake);
    }
}

fn codecs(set: &mut Set) {
    for codec in ["gzip", "Zstd", "delta-2", ""] {
        let name = if codec.is_empty() { "empty".into() } else { format!("word-{codec}").to_lowercase() };
        let fake = Fake::small().set_delivery("payloads[0].codec", text(codec));
        set.refused(Rule::Del5, &name, &format!("The codec {codec:?}."), fake);
    }
    set.refused(
        Rule::Del6,
        "raw-with-base",
        "A raw payload with a base.",
        Fake::small().set_delivery("payloads[0].base", base("boot")),
    );
    set.refused(
        Rule::Del6,
        "delta-without-base",
        "A delta without a base.",
        Fake::delta().remove_delivery("payloads[1].base"),
    );
    set.refused(
        Rule::Del6,
        "relabelled",
        "A delta is relabelled as zstd.",
        Fake::delta().set_delivery("payloads[1].codec", text("zstd")),
    );
}

fn payload(set: &mut Set) {
    let security = Fake::security();
    let (boot, rootfs) = (security.payload(0).to_vec(), security.payload(1).to_vec());
    let flipped = |at: usize| {
        let mut body = rootfs.clone();
        body[at] ^= 1;
        Fake::security().storing(1, &body)
    };
    for (name, at, released) in
        [("second-payload", 0, 0), ("second-chunk", 200, 200), ("last-byte", 499, 400)]
    {
        let what = format!("Byte {at} of payload/1 is wrong.");
        set.refused(Rule::Pay1, name, &what, flipped(at))
            .releasing(&[&boot[..], &rootfs[..released]].concat());
    }
    let mut other = boot.clone();
    other[149] ^= 0x80;
    set.refused(
        Rule::Pay1,
        "first",
        "The last byte of payload/0 is wrong.",
        Fake::security().storing(0, &other),
    );
    set.refused(
        Rule::Pay1,
        "zero-digest",
        "The digest of a chunk is all zero: no digest is a joker.",
        Fake::small().set_delivery(&format!("{CHUNKS}[0][2]"), Tree::Bytes(vec![0; 32])),
    );
    let mut swapped = rootfs.clone();
    swapped[..400].rotate_left(200);
    set.refused(
        Rule::Pay1,
        "chunks-swapped",
        "Two chunks are swapped.",
        Fake::security().storing(1, &swapped),
    )
    .releasing(&boot);
    let evidence =
        Fake::small().with_evidence("sbom", "text/plain", b"one").with_evidence("vex", "text/plain", b"two");
    let mut swapped = evidence.container();
    let last = swapped.members.len() - 1;
    let (one, two) = (swapped.members[last - 1].body.clone(), swapped.members[last].body.clone());
    (swapped.members[last - 1].body, swapped.members[last].body) = (two, one);
    let small = Fake::small().stored();
    set.refused(Rule::Pay2, "swapped", "Two documents of the same size are swapped.", swapped)
        .releasing(&small);
    set.refused(
        Rule::Pay2,
        "flipped",
        "A byte of a document is wrong.",
        evidence.container().with("evidence/1", |m| m.body[0] ^= 1),
    )
    .releasing(&small);
    set.refused(
        Rule::Pay2,
        "notice",
        "A byte of a notice's document is wrong.",
        Fake::notice().with_evidence("csaf", "application/json", b"{}").container().with("evidence/0", |m| {
            m.body[1] ^= 1;
        }),
    );
}
