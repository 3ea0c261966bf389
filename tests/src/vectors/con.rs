//! Container: headers, order, sizes, padding, end (threats T21 to T29).

use super::Set;
use crate::Fake;
use crate::container::{Container, RawMember, field};
use pkg_format::Rule;

pub(super) fn add(set: &mut Set) {
    not_a_package(set);
    headers(set);
    order(set);
    sizes(set);
    padding_and_end(set);
    cuts(set);
}

fn notice() -> Container {
    Fake::notice().container()
}

fn small() -> Container {
    Fake::small().container()
}

/// A member that no builder writes.
fn odd(name: &str, kind: u8, body: &[u8]) -> RawMember {
    let mut member = RawMember::new("x", body);
    member.put(0, &[0; 100]).put(0, name.as_bytes()).put(field::TYPE, &[kind]);
    member
}

/// A PAX record: its length, a space, key=value, a line feed.
fn pax(key: &str, value: &str) -> Vec<u8> {
    let rest = format!(" {key}={value}\n");
    let length = (1..).find(|n: &usize| n.to_string().len() + rest.len() == *n).expect("a length");
    format!("{length}{rest}").into_bytes()
}

fn not_a_package(set: &mut Set) {
    let rule = Rule::Con1;
    set.refused(rule, "empty", "The file is empty.", Vec::new());
    for (name, member) in [
        ("pax-first", odd("PaxHeaders/manifest.cbor", b'x', &pax("size", "0"))),
        ("pax-global-first", odd("pax_global_header", b'g', &pax("comment", "x"))),
        ("gnu-long-name-first", odd("././@LongLink", b'L', b"manifest.cbor\0")),
        ("directory-first", odd("payload/", b'5', b"")),
        ("extra-first", RawMember::new("README", b"hello")),
        ("delivery-first", RawMember::new("delivery.cbor", &[0xa0])),
    ] {
        set.refused(rule, name, "Another member stands first.", notice().before("manifest.cbor", member));
    }
    set.refused(rule, "zeros", "Zeros: to tar, an empty archive.", vec![0; 10_240]);
    set.refused(rule, "text", "A text file.", b"This is not a package.\n".repeat(40));
    set.refused(rule, "short", "The first 511 bytes of a package.", notice().to_bytes()[..511].to_vec());
    set.refused(
        rule,
        "offset",
        "A zero block stands in front.",
        [vec![0; 512], notice().to_bytes()].concat(),
    );
    for (name, first) in [
        ("dot-slash", "./manifest.cbor"),
        ("absolute", "/manifest.cbor"),
        ("capital", "Manifest.cbor"),
        ("space", "manifest.cbor "),
        ("backslash", ".\\manifest.cbor"),
    ] {
        let container = notice().with("manifest.cbor", |m| {
            m.put(0, &[0; 100]).put(0, first.as_bytes());
        });
        set.refused(rule, &format!("name-{name}"), "Another spelling of the first member's name.", container);
    }
    set.refused(
        rule,
        "name-behind-nul",
        "Bytes behind the NUL that ends the first member's name.",
        notice().with("manifest.cbor", |m| {
            m.put(50, b"x");
        }),
    );
}

/// One vector for each of these types.
fn types(set: &mut Set, kinds: &[u8]) {
    for kind in kinds.iter().copied() {
        let shown = if kind == 0 { "nul".into() } else { (kind as char).to_string() };
        let case = if kind.is_ascii_uppercase() { "upper-" } else { "" };
        let name = format!("type-{case}{}", shown.to_lowercase());
        let what = format!("Type {shown} instead of 0 on manifest.cbor.");
        let container = notice().with("manifest.cbor", |m| {
            m.put(field::TYPE, &[kind]);
        });
        set.refused(Rule::Con2, &name, &what, container);
    }
}

fn headers(set: &mut Set) {
    let rule = Rule::Con2;
    types(set, b"\x00125xgLS");
    let mut sum = |name: &str, what: &str, form: fn(u32) -> String| {
        let container = notice().with("manifest.cose", |m| {
            let digits = String::from_utf8_lossy(&m.header[148..155]).into_owned();
            let sum = form(u32::from_str_radix(&digits, 8).expect("octal digits"));
            m.header[field::CHECKSUM].copy_from_slice(sum.as_bytes());
        });
        set.refused(rule, name, what, container);
    };
    sum("sum-wrong", "A checksum that is one too high.", |n| format!("{:07o}\0", n + 1));
    sum("sum-posix", "The checksum as other tools write it: six digits, NUL, space.", |n| {
        format!("{n:06o}\0 ")
    });
    sum("sum-spaces", "The checksum with a space in front.", |n| format!(" {n:06o}\0"));
    let mut put = |name: &str, what: &str, at: usize, bytes: &[u8]| {
        let container = notice().with("manifest.cose", |m| {
            m.put(at, bytes);
        });
        set.refused(rule, name, what, container);
    };
    put("mode", "Mode 0755.", field::MODE.start, b"0000755\0");
    put("uid", "An owner.", field::UID.start, b"0001750\0");
    put("mtime", "A time of change.", field::MTIME.start, b"14732136000\0");
    put("uname", "A name of the owner.", field::UNAME.start, b"root");
    put("link", "A link target on a regular file.", field::LINK.start, b"manifest.cbor");
    put("prefix", "A prefix in front of the name.", field::PREFIX.start, b".");
    put("magic-gnu", "The magic of GNU tar.", field::MAGIC.start, b"ustar  \0");
    put("last-byte", "A byte in the unused end of the header.", 511, b"x");
    put(
        "size-base-256",
        "The size in base 256.",
        field::SIZE.start,
        &[0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 200],
    );
    put("size-spaces", "The size with spaces in front.", field::SIZE.start, b"        310\0");
    put("gid", "A group.", field::GID.start, b"0001750\0");
    put("device", "No device number.", field::DEVMAJOR.start, &[0; 8]);
    put("magic-v7", "No magic at all.", field::MAGIC.start, &[0; 8]);
    put("size-without-nul", "The size with 12 digits.", field::SIZE.start, b"000000000310");
    put("size-negative", "A negative size.", field::SIZE.start, b"-0000000001\0");
    put("size-hex", "A size that is no octal number.", field::SIZE.start, b"0000000009f\0");
    set.refused(
        rule,
        "payload-symlink",
        "payload/0 is a symbolic link.",
        small().with("payload/0", |m| {
            m.put(field::TYPE, b"2").put(field::LINK.start, b"/etc/passwd");
        }),
    );
    types(set, b"3467KDVMNA");
}

fn order(set: &mut Set) {
    let rule = Rule::Con3;
    let security = Fake::security();
    let (first, second) = (security.payload(0).to_vec(), security.payload(1).to_vec());
    let mut at = |name: &str, what: &str, container: Container, released: &[u8]| {
        set.refused(rule, name, what, container).releasing(released);
    };
    at(
        "payloads-swapped",
        "payload/1 stands before payload/0.",
        security.container().reorder(|m| m.swap(4, 5)),
        &[],
    );
    at(
        "payload-missing",
        "payload/1 is not there.",
        security.container().reorder(|m| {
            m.pop();
        }),
        &first,
    );
    at(
        "payload-twice",
        "payload/0 stands there twice.",
        security.container().reorder(|m| m.insert(5, m[4].clone())),
        &first,
    );
    at(
        "payload-behind",
        "A payload more than the delivery lists.",
        security.container().reorder(|m| m.push(RawMember::new("payload/2", b"more"))),
        &[first.clone(), second.clone()].concat(),
    );
    let one = Fake::small().stored();
    for (name, member) in [
        ("extra-middle", RawMember::new("README", b"hello")),
        ("pax-middle", odd("PaxHeaders/payload/0", b'x', &pax("size", "1024"))),
        ("gnu-long-name-middle", odd("././@LongLink", b'L', b"payload/0\0")),
        ("directory", odd("payload/", b'5', b"")),
        ("statement-again", small().members[2].clone()),
        ("dot-dot", RawMember::new("payload/00", b"x")),
    ] {
        at(name, "A member stands between delivery and payload.", small().before("payload/0", member), &[]);
    }
    for (name, member) in [
        ("extra-last", RawMember::new("README", b"hello")),
        ("manifest-again", small().members[0].clone()),
        ("evidence-unsigned", RawMember::new("evidence/0", b"nobody signed this")),
    ] {
        at(name, "A member stands behind the last.", small().reorder(|m| m.push(member)), &one);
    }
    at(
        "delivery-before-manifest-cose",
        "The signatures of the delivery stand where there is no delivery.",
        notice().reorder(|m| m.push(small().members[3].clone())),
        &[],
    );
    let evidence = Fake::notice().with_evidence("vex", "application/json", b"{}").container();
    at(
        "evidence-missing",
        "The document that should travel is not there.",
        evidence.reorder(|m| {
            m.pop();
        }),
        &[],
    );
}

fn sizes(set: &mut Set) {
    let claim = |m: &mut RawMember, size: u64| {
        m.put(field::SIZE.start, format!("{size:011o}\0").as_bytes());
    };
    for (name, member, size) in [
        ("manifest", "manifest.cbor", (1 << 20) + 1),
        ("manifest-8-gib", "manifest.cbor", 0o77_777_777_777),
        ("cose", "manifest.cose", (64 << 10) + 1),
    ] {
        let container = notice().with(member, |m| claim(m, size));
        let what = format!("{member} claims {size} bytes.");
        set.refused(Rule::Con4, name, &what, container);
    }
    let evidence = Fake::notice().with_evidence("vex", "application/json", b"{}").container();
    set.refused(
        Rule::Con4,
        "evidence",
        "evidence/0 claims more than evidence may have in all.",
        evidence.clone().with("evidence/0", |m| claim(m, (64 << 20) + 1)),
    );
    set.refused(
        Rule::Con8,
        "evidence",
        "evidence/0 is one byte longer than was signed.",
        evidence.with("evidence/0", |m| *m = RawMember::new("evidence/0", b"{} ")),
    );
    let body = Fake::small().payload(0).to_vec();
    for (name, body) in [
        ("payload-longer", [&body[..], &[0]].concat()),
        ("payload-shorter", body[..body.len() - 1].to_vec()),
        ("payload-empty", Vec::new()),
    ] {
        let container = small().with("payload/0", |m| *m = RawMember::new("payload/0", &body));
        set.refused(Rule::Con8, name, "payload/0 has another size than was signed.", container);
    }
    for (name, size) in [("2-gib", 1u64 << 31), ("4-gib", 1 << 32), ("8-gib", 0o77_777_777_777)] {
        let what = format!("payload/0 claims {size} bytes.");
        set.refused(Rule::Con8, name, &what, small().with("payload/0", |m| claim(m, size)));
    }
}

fn padding_and_end(set: &mut Set) {
    for name in ["manifest.cbor", "manifest.cose", "delivery.cbor", "payload/0"] {
        let container = small().with(name, |m| *m.padding.last_mut().expect("padding") = 1);
        let slug = name.replace(['.', '/'], "-");
        // Padding is judged before the last chunk of a payload is handed out.
        set.refused(Rule::Con5, &slug, &format!("The last byte of padding behind {name} is 1."), container);
    }
    set.refused(
        Rule::Con5,
        "evidence",
        "The first byte of padding behind evidence/0 is 1.",
        Fake::notice().with_evidence("vex", "application/json", b"{}").container().with("evidence/0", |m| {
            m.padding[0] = 1;
        }),
    );
    let again = [&[0; 1024][..], &notice().to_bytes()].concat();
    let both = notice().ending(&again);
    set.refused(Rule::Con7, "concatenated", "Another package behind the end.", both);
    let one = Fake::small().stored();
    let mut end = |rule, name: &str, what: &str, end: &[u8], released: &[u8]| {
        set.refused(rule, name, what, small().ending(end)).releasing(released);
    };
    end(Rule::Con6, "no-end", "No zero block at the end.", &[], &one);
    end(Rule::Con6, "half-end-block", "Half a zero block at the end.", &[0; 256], &one);
    end(Rule::Con6, "one-end-block", "One zero block at the end.", &[0; 512], &one);
    end(Rule::Con6, "almost-two-end-blocks", "One byte less than two zero blocks.", &[0; 1023], &one);
    end(Rule::Con7, "three-end-blocks", "Three zero blocks at the end.", &[0; 1536], &one);
    end(Rule::Con7, "byte-behind-end", "A byte behind the end.", &[&[0; 1024][..], b"\n"].concat(), &one);
    end(Rule::Con7, "record", "Filled up to a record of 10,240 bytes, as tar does.", &[0; 4608], &one);
    let mut second = [0; 1024];
    second[1023] = 1;
    end(Rule::Con7, "second-block", "The second block of the end is not zero.", &second, &one);
    second[1023] = 0;
    second[0] = 1;
    end(Rule::Con3, "first-block", "The first block of the end is not zero.", &second, &one);
}

fn cuts(set: &mut Set) {
    let (container, good) = (small(), Fake::small().package());
    let payload = container.offset("payload/0");
    for (name, length) in [
        ("manifest-header", 512),
        ("manifest", 700),
        ("cose-header", container.offset("manifest.cose") + 100),
        ("cose", container.offset("manifest.cose") + 600),
        ("delivery", container.offset("delivery.cbor") + 600),
        ("before-payload", payload),
        ("payload-header", payload + 511),
        ("payload", payload + 512 + 100),
        ("padding", payload + 1023),
    ] {
        let what = format!("Cut after {length} bytes.");
        set.refused(Rule::Con6, &format!("cut-in-{name}"), &what, good[..length].to_vec());
    }
}
