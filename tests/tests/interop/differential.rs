//! Other people's readers see in our packages what we see, and what we refuse is refused before
//! anything is decoded (threats T20, T21).

use pkg_format::container::Member;
use pkg_format::cose::StatementKind;
use pkg_format::{Digest, Rule};
use pkg_tests::container::RawMember;
use pkg_tests::cose::Cose;
use pkg_tests::fake::path::text;
use pkg_tests::keys::key;
use pkg_tests::tool::installed;
use pkg_tests::vector_file::Vector;
use pkg_tests::{Fake, keyrings, run, tool, vectors};
use pkg_verify::{Keyring, Policy};
use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A member as a reader sees it.
#[derive(Debug, PartialEq, Eq, Clone)]
struct Seen {
    name: String,
    size: u64,
    sha256: Digest,
}

impl Seen {
    fn new(name: impl Into<String>, body: &[u8]) -> Seen {
        Seen { name: name.into(), size: body.len() as u64, sha256: Digest::of(body) }
    }
}

/// A package that is accepted, and what our reader sees in it.
struct Accepted {
    name: String,
    bytes: Vec<u8>,
    seen: Vec<Seen>,
}

/// The members as `pkg-verify` hands them out.
fn ours(package: &[u8], keyring: &Keyring) -> Vec<Seen> {
    let mut seen = Vec::new();
    let unverified = pkg_verify::open(package).expect("a package");
    for (kind, statement, signatures) in [
        (StatementKind::Manifest, Member::Manifest, Member::ManifestSignatures),
        (StatementKind::Delivery, Member::Delivery, Member::DeliverySignatures),
    ] {
        seen.extend(unverified.received(kind).map(|b| Seen::new(statement.name(), b)));
        seen.extend(unverified.received_signatures(kind).map(|b| Seen::new(signatures.name(), b)));
    }
    let mut verified = unverified.verify(keyring, &Policy::default()).expect("accepted");
    while let Some(mut payload) = verified.next_payload().expect("accepted") {
        let (mut body, index) = (Vec::new(), payload.index());
        while let Some((_, chunk)) = payload.next_chunk().expect("accepted") {
            body.extend_from_slice(chunk);
        }
        seen.push(Seen::new(Member::Payload(index).name(), &body));
    }
    for place in 0.. {
        let Some(evidence) = verified.next_evidence().expect("accepted") else { break };
        seen.push(Seen::new(Member::Evidence(place).name(), &evidence.bytes));
    }
    verified.finish().expect("accepted");
    seen
}

/// Every accepted vector, and every golden package.
fn accepted() -> Vec<Accepted> {
    let rings: BTreeMap<_, _> =
        keyrings::files().into_iter().map(|(name, s)| (name, keyrings::vouched(s))).collect();
    let vectors = vectors::all().into_iter().filter(|v| v.expect.is_ok());
    let mut all: Vec<_> =
        vectors.map(|v| (v.name, v.package, &rings[&*v.keyring])).map(|(n, p, k)| accept(n, p, k)).collect();
    for folder in paths(&tool::workspace().join("testdata/golden")).iter().filter(|p| p.is_dir()) {
        let keyring = keyrings::open(&fs::read(folder.join("EXAMPLE.keyring")).expect("a keyring"));
        let packages = paths(folder).into_iter().filter(|p| p.extension().is_some_and(|e| e == "pkg"));
        all.extend(
            packages.map(|p| accept(p.display().to_string(), fs::read(&p).expect("a package"), &keyring)),
        );
    }
    let golden = all.iter().filter(|a| a.name.ends_with(".pkg")).count();
    assert!(golden >= 7 && all.len() - golden >= 20, "{golden} golden packages of {}", all.len());
    all
}

fn accept(name: String, bytes: Vec<u8>, keyring: &Keyring) -> Accepted {
    Accepted { seen: ours(&bytes, keyring), name, bytes }
}

/// What is in a folder.
fn paths(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut paths: Vec<_> = entries.map(|e| e.expect("an entry").path()).collect();
    paths.sort();
    paths
}

#[test]
fn the_tar_crate_sees_what_we_see() {
    for package in accepted() {
        let mut archive = tar::Archive::new(&package.bytes[..]);
        let entries = archive.entries().expect("an archive").map(|entry| {
            let mut entry = entry.expect("an entry");
            let mut body = Vec::new();
            entry.read_to_end(&mut body).expect("a body");
            let header = entry.header();
            assert_eq!(header.entry_type(), tar::EntryType::Regular, "{}", package.name);
            assert_eq!(header.size().ok(), Some(body.len() as u64), "{}", package.name);
            Seen::new(entry.path().expect("a path").to_str().expect("UTF-8"), &body)
        });
        assert_eq!(entries.collect::<Vec<_>>(), package.seen, "{}", package.name);
    }
}

#[test]
fn gnu_tar_sees_what_we_see() {
    tar_program("tar", &["--numeric-owner"], |line| {
        // -rw-r--r-- 0/0  1234 1970-01-01 00:00 NAME
        let [mode, owner, size, date, time, name] = fields(line);
        assert_eq!((mode, owner, date, time), ("-rw-r--r--", "0/0", "1970-01-01", "00:00"), "{line}");
        (name.to_owned(), size.parse().expect("a size"))
    });
}

#[test]
fn bsdtar_sees_what_we_see() {
    tar_program("bsdtar", &["--numeric-owner"], |line| {
        // -rw-r--r--  0 0      0  1234 Jan  1  1970 NAME
        let [mode, links, owner, group, size, month, day, year, name] = fields(line);
        let rest = (links, owner, group, month, day, year);
        assert_eq!((mode, rest), ("-rw-r--r--", ("0", "0", "0", "Jan", "1", "1970")), "{line}");
        (name.to_owned(), size.parse().expect("a size"))
    });
}

fn fields<const N: usize>(line: &str) -> [&str; N] {
    let fields: Vec<_> = line.split_ascii_whitespace().collect();
    fields.try_into().unwrap_or_else(|_| panic!("{N} fields in {line:?}"))
}

/// Lists and extracts every package with a tar program. It must say nothing else.
fn tar_program(tar: &str, args: &[&str], entry: fn(&str) -> (String, u64)) {
    if !installed(tar) {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    for package in accepted() {
        let file = folder.path().join("package");
        fs::write(&file, &package.bytes).expect("a file");
        let run = |args: &[&str], more: &[&str]| {
            let mut command = Command::new(tar);
            command.args(args).arg(&file).args(more).current_dir(folder.path());
            command.envs([("TZ", "UTC"), ("LC_ALL", "C")]);
            let run = tool::of(command.output().expect("tar runs"));
            assert_eq!((run.status, &*run.stderr), (Some(0), ""), "{tar} {args:?}: {}", package.name);
            run.stdout
        };
        let listed: Vec<_> = run(&["-tvf"], args).lines().map(entry).collect();
        let expected: Vec<_> = package.seen.iter().map(|s| (s.name.clone(), s.size)).collect();
        assert_eq!(listed, expected, "{tar}: {}", package.name);
        fs::create_dir(folder.path().join("x")).expect("a folder");
        run(&["-xf"], &["-C", "x"]);
        let mut extracted = extracted(&folder.path().join("x"), "");
        // A folder has an order of its own.
        let place = |seen: &Seen| package.seen.iter().position(|s| s.name == seen.name);
        extracted.sort_by_key(place);
        assert_eq!(extracted, package.seen, "{tar}: {}", package.name);
        fs::remove_dir_all(folder.path().join("x")).expect("a folder");
    }
}

/// The files below a folder, by their names in it.
fn extracted(folder: &Path, prefix: &str) -> Vec<Seen> {
    let mut seen = Vec::new();
    for path in paths(folder) {
        let name = format!("{prefix}{}", path.file_name().and_then(|n| n.to_str()).expect("a name"));
        match path.is_dir() {
            true => seen.extend(extracted(&path, &format!("{name}/"))),
            false => seen.push(Seen::new(name, &fs::read(&path).expect("a file"))),
        }
    }
    seen
}

/// Prints a line `# FILE` for each file, then a line for each member.
const PYTHON: &str = "
import hashlib, sys, tarfile
for path in sys.argv[1:]:
    print('#', path)
    with tarfile.open(path, 'r:', errorlevel=2) as archive:
        for m in archive:
            assert m.isreg() and m.mode == 0o644 and m.mtime == m.uid == m.gid == 0, m.get_info()
            assert m.uname == m.gname == m.linkname == '' and not m.pax_headers, m.get_info()
            print(m.name, m.size, hashlib.sha256(archive.extractfile(m).read()).hexdigest())
";

#[test]
fn pythons_tarfile_sees_what_we_see() {
    if !installed("python3") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let packages = accepted();
    let files: Vec<_> = (0..packages.len()).map(|i| folder.path().join(i.to_string())).collect();
    for (file, package) in files.iter().zip(&packages) {
        fs::write(file, &package.bytes).expect("a file");
    }
    let mut python = Command::new("python3");
    let run = tool::of(python.args(["-I", "-c", PYTHON]).args(&files).output().expect("python3 runs"));
    assert_eq!((run.status, &*run.stderr), (Some(0), ""));
    let listings: Vec<_> = run.stdout.split("# ").skip(1).collect();
    assert_eq!(listings.len(), packages.len());
    for (listing, package) in listings.iter().zip(&packages) {
        let seen = listing.lines().skip(1).map(|line| {
            let [name, size, sha256] = fields(line);
            let sha256 = Digest::from_hex(sha256).expect("a digest");
            Seen { name: name.into(), size: size.parse().expect("a size"), sha256 }
        });
        assert_eq!(seen.collect::<Vec<_>>(), package.seen, "{}", package.name);
    }
}

/// Where a package was refused.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
enum Stage {
    /// Reading the container: nothing was decoded, no key was asked.
    Open,
    /// Signatures and statements.
    Verify,
    /// Behind the statements, which are true.
    Behind,
}

fn stage(vector: &Vector, keyring: &Keyring) -> Stage {
    let Ok(unverified) = pkg_verify::open(&vector.package[..]) else { return Stage::Open };
    match unverified.verify(keyring, &run::policy(&vector.policy)) {
        Err(_) => Stage::Verify,
        Ok(_) => Stage::Behind,
    }
}

/// No payload byte comes out of a package whose container or signatures are wrong; where the fault of
/// the container lies behind the statements, what comes out before it was signed.
#[test]
fn what_is_refused_is_refused_before_anything_is_released() {
    let rings: BTreeMap<_, _> =
        keyrings::files().into_iter().map(|(name, s)| (name, keyrings::vouched(s))).collect();
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for vector in vectors::all() {
        let Err(rule) = vector.expect else { continue };
        let family = &rule.id()[..3];
        if !["CON", "SIG"].contains(&family) {
            continue;
        }
        let keyring = &rings[&*vector.keyring];
        let outcome = run::judge(&vector.package, keyring, &run::policy(&vector.policy), None);
        assert_eq!(outcome.verdict, Err(rule), "{}", vector.name);
        let stage = stage(&vector, keyring);
        match (family, stage) {
            ("SIG", Stage::Verify) | ("CON", Stage::Open) => {
                assert_eq!((outcome.released, vector.released), (0, 0), "{}", vector.name);
            }
            ("CON", Stage::Behind) => {}
            _ => panic!("{}: {stage:?}", vector.name),
        }
        let stage = if stage == Stage::Behind { "behind" } else { "before" };
        *counts.entry((family, stage)).or_default() += 1;
    }
    let count = |family, stage| counts.get(&(family, stage)).copied().unwrap_or_default();
    assert!(count("CON", "before") >= 40 && count("SIG", "before") >= 40, "{counts:?}");
    assert!(count("CON", "behind") >= 5, "{counts:?}");
}

/// Statements that no decoder should ever see: name, bytes, and what a decoder says to them.
fn garbage() -> Vec<(&'static str, Vec<u8>, Rule)> {
    let head = |major: u8, length: u64| [vec![major << 5 | 27], length.to_be_bytes().to_vec()].concat();
    vec![
        ("nothing", vec![], Rule::Cbr1),
        ("break", vec![0xff], Rule::Cbr6),
        ("reserved length", vec![0x1c], Rule::Cbr6),
        ("bytes of 2^64 - 1", head(2, u64::MAX), Rule::Cbr1),
        ("text of 2^63", head(3, 1 << 63), Rule::Cbr1),
        ("list of 2^64 - 1", head(4, u64::MAX), Rule::Cbr1),
        ("map of 2^63", head(5, 1 << 63), Rule::Cbr1),
        ("lists in lists", [vec![0x81; 100_000], vec![0]].concat(), Rule::Cbr9),
        ("maps in maps", [b"\xa1\x61a".repeat(50_000), vec![0]].concat(), Rule::Cbr9),
        ("tags in tags", vec![0xc0; 100_000], Rule::Cbr6),
        ("endless list", vec![0x9f; 10], Rule::Cbr3),
        ("many items", [vec![0x9a, 0, 2, 0, 0], vec![0; 0x20000]].concat(), Rule::Cbr12),
        ("not UTF-8", vec![0x62, 0xc3, 0x28], Rule::Cbr8),
        ("float", vec![0xf9, 0x7e, 0], Rule::Cbr6),
        ("behind the end", vec![0xa0, 0], Rule::Cbr10),
        ("text, not CBOR", b"Hello, world".to_vec(), Rule::Cbr10),
        ("all bytes", (0..=255).collect(), Rule::Cbr10),
        ("number", vec![0], Rule::Man3),
        ("empty map", vec![0xa0], Rule::Man1),
    ]
}

/// How signatures are wrong: name, rule, and the structure for a statement.
type Wrong = (&'static str, Rule, fn(StatementKind, &[u8]) -> Option<Vec<u8>>);

fn signer(kind: StatementKind) -> pkg_tests::keys::Key {
    key(if kind == StatementKind::Manifest { "security" } else { "delivery" })
}

fn truly(kind: StatementKind, statement: &[u8]) -> Cose {
    Cose::signed(kind, statement, &[signer(kind)])
}

const WRONG: [Wrong; 8] = [
    ("nobody signed", Rule::Sig1, |_, _| None),
    ("a stranger signed", Rule::Sig2, |kind, s| Some(Cose::signed(kind, s, &[key("stranger")]).to_bytes())),
    ("one bit of a signature differs", Rule::Sig3, |kind, s| {
        let mut cose = truly(kind, s);
        cose.signatures[0].signature[0] ^= 1;
        Some(cose.to_bytes())
    }),
    ("its beginning for a signature structure", Rule::Sig5, |_, s| {
        Some(s.iter().take(99).copied().collect())
    }),
    ("signed as a keyring", Rule::Sig6, |_, s| Some(truly(StatementKind::Keyring, s).to_bytes())),
    ("signed was something else", Rule::Sig7, |kind, s| Some(truly(kind, &[s, b"x"].concat()).to_bytes())),
    ("no signature", Rule::Sig12, |kind, s| Some(Cose::unsigned(kind, s).to_bytes())),
    ("signed by a revoked key", Rule::Sig14, |kind, s| {
        Some(Cose::signed(kind, s, &[key("revoked")]).to_bytes())
    }),
];

/// A good package with one statement and its signatures replaced.
fn with(kind: StatementKind, statement: &[u8], cose: Option<Vec<u8>>) -> Vec<u8> {
    let name = |ending: &str| format!("{}.{ending}", kind.as_str());
    let container =
        Fake::small().container().with(&name("cbor"), |m| *m = RawMember::new(&name("cbor"), statement));
    let place = container.place(&name("cose"));
    let container = container.reorder(|members| {
        members.splice(place..=place, cose.map(|c| RawMember::new(&name("cose"), &c)));
    });
    container.to_bytes()
}

/// A statement that nobody trusted signed is not decoded: whatever is in it, the refusal is about the
/// signature. The same statements truly signed are refused for what is in them, so they would show.
#[test]
fn no_statement_is_decoded_before_its_signature_holds() {
    let keyring = keyrings::standard();
    for kind in [StatementKind::Manifest, StatementKind::Delivery] {
        for (what, statement, decoder_says) in garbage() {
            let verdict = |cose| {
                let package = with(kind, &statement, cose);
                let forward = run::judge(&package, &keyring, &Policy::default(), None);
                let whole = run::judge_whole(&package, &keyring, &Policy::default(), None);
                assert_eq!((forward.released, forward.verdict), (0, whole), "{what}");
                whole
            };
            let control = verdict(Some(truly(kind, &statement).to_bytes()));
            let rule = control.expect_err("garbage").id();
            assert!(rule.starts_with("CBR") || rule.starts_with("MAN"), "{what}: {rule}");
            if kind == StatementKind::Manifest {
                assert_eq!(control, Err(decoder_says), "{what}");
            }
            for (how, rule, cose) in WRONG {
                assert_eq!(verdict(cose(kind, &statement)), Err(rule), "{what}, {how}");
            }
        }
    }
}

/// A delivery is not decoded either while the manifest is not true.
#[test]
fn no_delivery_is_decoded_before_the_manifest_holds() {
    let keyring = keyrings::standard();
    for (what, statement, _) in garbage() {
        let delivery = RawMember::new("delivery.cbor", &statement);
        let cose = RawMember::new("delivery.cose", &truly(StatementKind::Delivery, &statement).to_bytes());
        let replaced = |fake: Fake| {
            let container = fake.container().with("delivery.cbor", |m| *m = delivery.clone());
            container.with("delivery.cose", |m| *m = cose.clone()).to_bytes()
        };
        let refused = |fake| run::judge(&replaced(fake), &keyring, &Policy::default(), None).verdict;
        let stranger = Fake::small().signed_by(&[key("stranger")]);
        assert_eq!(refused(stranger), Err(Rule::Sig2), "{what}");
        let broken = Fake::small().set("class", text("bugfix"));
        assert_eq!(refused(broken), Err(Rule::Sep1), "{what}");
        assert!(!matches!(refused(Fake::small()), Err(Rule::Sig2 | Rule::Sep1)), "{what}");
    }
}
