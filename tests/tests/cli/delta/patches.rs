//! `pkg patch`: round trips, and patches that nobody would make.

use super::*;
use pkg_format::patch::{HEAD, Patch};
use pkg_install::{InstallOptions, Patching, apply_patch};
use std::num::NonZeroUsize;
use std::path::Path;

fn make(project: &Project, old: &str, new: &str) {
    done(project, &["patch", "make", old, new, "-o", "p"]);
}

/// Images of many shapes.
fn shapes() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("empty", vec![]),
        ("one", vec![7]),
        ("old", old()),
        ("new", new()),
        ("zeros", vec![0; 70_000]),
        ("repeated", b"abc".repeat(30_000)),
        ("unlike", content("unlike", 5_000)),
        ("moved", [&old()[10_000..], &old()[..10_000]].concat()),
    ]
}

#[test]
fn any_file_becomes_any_other() {
    let project = Project::new();
    let shapes = shapes();
    for (name, bytes) in &shapes {
        project.write(name, bytes);
    }
    for (old, _) in &shapes {
        for (new, bytes) in &shapes {
            make(&project, old, new);
            let printed = done(&project, &["patch", "apply", old, "p", "-o", "made"]);
            assert!(printed.starts_with("made: ") && printed.contains(&Digest::of(bytes).to_string()));
            assert!(project.read("made") == *bytes, "{old} to {new}");
        }
    }
    nothing_hidden(&project, "");
}

#[test]
fn a_patch_says_what_it_is() {
    let project = Project::new();
    project.write("new.img", new());
    make(&project, "rootfs.img", "new.img");
    let bytes = project.read("p");
    assert!(bytes.starts_with(b"pkgpatch") && bytes.len() < 1_000, "{} bytes", bytes.len());
    let text = done(&project, &["patch", "info", "p"]);
    let (from, to) = (Digest::of(&old()).to_string(), Digest::of(&new()).to_string());
    assert!(text.contains(&from) && text.contains(&to) && text.contains("delta-1, 1 chunk"), "{text}");
    let object = json(&done(&project, &["patch", "info", "p", "--json"]));
    let keys: Vec<_> = object.as_object().expect("an object").keys().collect();
    assert_eq!(keys, ["format", "old", "new", "decode-memory", "chunks", "size"]);
    assert_eq!(object["old"], serde_json::json!({"size": 20_000, "sha256": from}));
    assert_eq!((&object["new"]["sha256"], &object["size"]), (&to.into(), &bytes.len().into()));
    // Threads make no difference.
    for jobs in ["1", "3"] {
        done(&project, &["patch", "make", "rootfs.img", "new.img", "-o", "again", "--jobs", jobs]);
        assert!(project.read("again") == bytes);
    }
    // The new file may replace the old one.
    done(&project, &["patch", "apply", "rootfs.img", "p", "-o", "rootfs.img"]);
    assert!(project.read("rootfs.img") == new());
}

/// A patch is made for the memory of a device, or not at all.
#[test]
fn a_patch_fits_the_memory_of_a_device() {
    let project = project();
    let make = |memory| ["patch", "make", "rootfs.img", "new.img", "-o", "p", "--max-decode-memory", memory];
    let refused = pkg(&project, &make("50K"));
    assert_eq!((refused.status, project.path("p").exists()), (Some(1), false));
    assert!(refused.stderr.contains("[POL-1]"), "{}", refused.stderr);
    done(&project, &make("200K"));
    done(&project, &["patch", "apply", "rootfs.img", "p", "-o", "again"]);
    assert!(project.read("again") == project.read("new.img"));
}

#[test]
fn a_patch_says_what_its_bytes_are_spent_on() {
    let project = Project::new();
    let mut image = new();
    image.extend(content("appended", 2_000));
    project.write("new.img", &image);
    make(&project, "rootfs.img", "new.img");
    let bytes = project.read("p");
    let object = json(&done(&project, &["patch", "info", "p", "--old", "rootfs.img", "--json"]));
    let costs = &object["costs"];
    let number = |value: &Value| value.as_u64().unwrap_or_else(|| panic!("{value} in {object}"));
    let regions = costs["regions"].as_array().expect("a list");
    let sum = |field: &str| regions.iter().map(|region| number(&region["copied"][field])).sum::<u64>();
    let (fresh, plain) = (&costs["fresh"], &costs["no-region"]);
    let new_bytes = number(&fresh["new-bytes"]) + number(&plain["new-bytes"]) + sum("new-bytes");
    assert_eq!(new_bytes, image.len() as u64);
    // What was appended is like nothing in the old file, and hardly gets smaller.
    assert!(number(&fresh["new-bytes"]) >= 2_000 && number(&fresh["stored-bytes"]) > 1_500, "{costs}");
    let parts = ["map", "layout", "ends"].map(|part| number(&costs[part])).iter().sum::<u64>();
    let parts = parts + number(&fresh["stored-bytes"]) + number(&plain["stored-bytes"]) + sum("stored-bytes");
    let chunks = object["chunks"].as_array().expect("a list");
    assert_eq!(parts, chunks.iter().map(|chunk| number(&chunk[1])).sum::<u64>());

    let text = done(&project, &["patch", "info", "p", "--old", "rootfs.img"]);
    assert!(text.starts_with(&done(&project, &["patch", "info", "p"])), "{text}");
    let (_, table) = text.split_once("\n\n").expect("a table");
    assert!(table.lines().all(|line| line.chars().count() <= 80), "{table}");
    let fresh = table.lines().find(|line| line.starts_with("fresh bytes ")).expect("a row");
    assert!(fresh.ends_with('%'), "{fresh}");
    assert!(table.trim_end().ends_with("100.0 %"), "{table}");

    // The old file is compared first, and the patch is checked as when it is applied.
    project.write("other", new());
    refused(&pkg(&project, &["patch", "info", "p", "--old", "new.img"]), Rule::Dlt1, "new.img");
    refused(&pkg(&project, &["patch", "info", "p", "--old", "other"]), Rule::Dlt1, "other");
    let last = bytes.len() - 1;
    project.write("q", [&bytes[..last], &[bytes[last] ^ 1]].concat());
    refused(&pkg(&project, &["patch", "info", "q", "--old", "rootfs.img"]), Rule::Pay1, "chunk 1");
    project.write("q", [&bytes[..], b"x"].concat());
    refused(&pkg(&project, &["patch", "info", "q", "--old", "rootfs.img"]), Rule::Con7, "behind the last");
}

/// Sections of code and tables of addresses, as firmware has them, so that a level makes a difference.
#[test]
fn a_higher_level_makes_no_larger_patch_and_each_gives_the_file_back() {
    let project = Project::new();
    let (old, new) = tables();
    project.write("old.bin", old);
    project.write("new.bin", &new);
    let sizes = ["fast", "default", "small"].map(|level| {
        done(&project, &["patch", "make", "old.bin", "new.bin", "-o", "p", "--level", level]);
        done(&project, &["patch", "apply", "old.bin", "p", "-o", "made"]);
        assert!(project.read("made") == new, "{level}");
        project.read("p")
    });
    make(&project, "old.bin", "new.bin");
    assert!(project.read("p") == sizes[1], "the default is no other level");
    let [fast, default, small] = sizes.map(|patch| patch.len());
    assert!(small <= default && default <= fast, "{fast} {default} {small}");
    failed(
        &pkg(&project, &["patch", "make", "old.bin", "new.bin", "-o", "q", "--level", "best"]),
        "possible values: fast, default, small",
    );
}

/// Two versions of a file with functions, of which some moved, and a table of their addresses.
fn tables() -> (Vec<u8>, Vec<u8>) {
    let make = |grown: bool| {
        let (mut code, mut places) = (Vec::new(), Vec::new());
        for n in 0..400usize {
            places.push(0x0800_0000 + code.len() as u32);
            code.extend(content(&format!("function {n}"), 60 + n % 7 * 8));
            if grown && n % 50 == 7 {
                code.extend(content(&format!("more of {n}"), 12));
            }
        }
        let order = (0..1600usize).map(|n| places[n * 37 % 400]);
        [code, order.flat_map(u32::to_le_bytes).collect()].concat()
    };
    (make(false), make(true))
}

#[test]
fn what_cannot_be_done_is_said() {
    let project = Project::new();
    project.write("new.img", new());
    make(&project, "rootfs.img", "new.img");
    for (args, says) in [
        (&["patch", "make", "none", "new.img", "-o", "q"][..], "none"),
        (&["patch", "make", "rootfs.img", "out", "-o", "q"], "a folder, not a regular file"),
        (&["patch", "make", "rootfs.img", "new.img", "-o", "nowhere/q"], "nowhere"),
        (&["patch", "make", "rootfs.img", "new.img", "-o", "q", "--max-memory", "lots"], "K, M or G"),
        (&["patch", "apply", "none", "p", "-o", "q"], "none"),
        (&["patch", "apply", "rootfs.img", "none", "-o", "q"], "none"),
        (&["patch", "apply", "out", "p", "-o", "q"], "neither a file nor a block device"),
        (&["patch", "apply", "rootfs.img", "p", "-o", "out"], "a folder"),
        (&["patch", "apply", "rootfs.img", "p"], "--out"),
    ] {
        failed(&pkg(&project, args), says);
        assert!(!project.path("q").exists(), "{args:?}");
    }
    nothing_hidden(&project, "");
}

/// The rule that a patch breaks, by one job and by two; nothing is written.
fn rule(patch: &[u8], old: &[u8]) -> Result<(), Rule> {
    let folder = tempfile::tempdir().expect("a folder");
    let (from, to) = (folder.path().join("old"), folder.path().join("new"));
    fs::write(&from, old).expect("a file");
    let [one, two] = [1, 2].map(|jobs| {
        let files = Patching { old: &from, patch: Path::new("p"), new: &to };
        let options =
            InstallOptions { jobs: NonZeroUsize::new(jobs).expect("a job"), ..InstallOptions::default() };
        let result = apply_patch(&files, &mut &patch[..], &options);
        let result = result.map(drop).map_err(|e| e.refusal().unwrap_or_else(|| panic!("{e}")).rule);
        assert_eq!(to.exists(), result.is_ok());
        let _ = fs::remove_file(&to);
        assert_eq!(fs::read_dir(folder.path()).expect("the folder").count(), 1, "left behind");
        result
    });
    assert_eq!(one, two, "by one job and by two");
    one
}

/// A patch: its header, and the stored bytes behind it.
fn patch() -> (Patch, Vec<u8>) {
    let project = Project::new();
    project.write("new.img", new());
    make(&project, "rootfs.img", "new.img");
    let bytes = project.read("p");
    let length = usize::try_from(Patch::header_length(&bytes[..HEAD]).expect("a head")).expect("small");
    let header = Patch::decode(&bytes[HEAD..HEAD + length]).expect("a header");
    (header, bytes[HEAD + length..].to_vec())
}

fn joined(patch: &Patch, stored: &[u8]) -> Vec<u8> {
    [&patch.to_bytes()[..], stored].concat()
}

#[test]
fn one_thing_changed_in_a_patch() {
    let (sound, stored) = patch();
    let bytes = joined(&sound, &stored);
    assert_eq!(rule(&bytes, &old()), Ok(()));
    // The file it is for.
    let mut other = old();
    other[19_999] ^= 1;
    assert_eq!(rule(&bytes, &other), Err(Rule::Dlt1));
    assert_eq!(rule(&bytes, &old()[1..]), Err(Rule::Dlt1));
    assert_eq!(rule(&bytes, &[&old()[..], &[0]].concat()), Err(Rule::Dlt1));
    assert_eq!(rule(&bytes, &new()), Err(Rule::Dlt1));
    // The file as a whole.
    assert_eq!(rule(b"", &old()), Err(Rule::Con1));
    assert_eq!(rule(&bytes[..HEAD - 1], &old()), Err(Rule::Con1));
    assert_eq!(rule(&bytes[1..], &old()), Err(Rule::Con1));
    assert_eq!(rule(&bytes[..HEAD + 5], &old()), Err(Rule::Con6));
    assert_eq!(rule(&bytes[..bytes.len() - 1], &old()), Err(Rule::Con6));
    assert_eq!(rule(&[&bytes[..], &[0]].concat(), &old()), Err(Rule::Con7));
    // Stored bytes.
    for at in [0, stored.len() / 2, stored.len() - 1] {
        let mut stored = stored.clone();
        stored[at] ^= 1;
        assert_eq!(rule(&joined(&sound, &stored), &old()), Err(Rule::Pay1), "byte {at}");
    }
    // The header.
    let header = |edit: &dyn Fn(&mut Patch)| {
        let mut patch = sound.clone();
        edit(&mut patch);
        rule(&joined(&patch, &stored), &old())
    };
    assert_eq!(header(&|p| p.new.sha256 = Digest([0; 32])), Err(Rule::Pay4));
    assert_eq!(header(&|p| p.old.sha256 = Digest([0; 32])), Err(Rule::Dlt1));
    assert_eq!(header(&|p| p.new.size += 1), Err(Rule::Del3));
    assert_eq!(header(&|p| p.decode_memory = 100), Err(Rule::Del9));
    assert_eq!(header(&|p| p.decode_memory = u64::MAX), Err(Rule::Pol1));
    assert_eq!(header(&|p| p.chunks.swap(0, 1)), Err(Rule::Del4));
    assert_eq!(header(&|p| p.chunks[1].sha256 = Digest([0; 32])), Err(Rule::Pay1));
}

/// Threat T65: whatever stands in preamble and chunks, under digests that match, the answer is a rule
/// or an image of the right length, and no panic.
#[test]
fn mutated_deltas_are_refused_or_decoded() {
    let (sound, stored) = patch();
    let first = usize::try_from(sound.chunks[0].stored_bytes).expect("small");
    let mut state = 1u64;
    let mut random = move |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).expect("31 bits") % below
    };
    let mut seen = std::collections::BTreeMap::<&str, usize>::new();
    for round in 0..300 {
        let mut parts = [stored[..first].to_vec(), stored[first..].to_vec()];
        let part = &mut parts[round % 2];
        match random(5) {
            0 => part.truncate(random(part.len() + 1)),
            1 => part.extend(content(&format!("more {round}"), random(40) + 1)),
            2 => *part = content(&format!("random {round}"), random(200) + 1),
            _ => {
                for _ in 0..=random(4) {
                    let at = random(part.len());
                    part[at] ^= u8::try_from(1 + random(255)).expect("a byte");
                }
            }
        }
        if parts[1].is_empty() {
            continue;
        }
        let mut patch = sound.clone();
        for (chunk, part) in patch.chunks.iter_mut().zip(&parts) {
            (chunk.stored_bytes, chunk.sha256) = (part.len() as u64, Digest::of(part));
        }
        // A bit at the end of what an entropy coder wrote may mean nothing.
        let Err(found) = rule(&joined(&patch, &parts.concat()), &old()) else { continue };
        let expected = [Rule::Pay4, Rule::Dlt2, Rule::Dlt3, Rule::Dlt4, Rule::Dlt5, Rule::Dlt6];
        assert!(expected.contains(&found), "round {round}: {}", found.id());
        *seen.entry(found.id()).or_default() += 1;
    }
    assert!(seen.len() >= 3, "{seen:?}");
}
