//! `pkg build` with bases, and `pkg delta`.

use super::*;

/// The rows of the table, each its cells.
fn rows(table: &str) -> Vec<Vec<String>> {
    let cells =
        |line: &str| line.split("  ").map(str::trim).filter(|c| !c.is_empty()).map(String::from).collect();
    table.lines().map(cells).collect()
}

fn delivery(project: &Project, package: &str) -> Value {
    json(&done(project, &["inspect", package, "--keyring", "cam.keyring", "--json"]))["delivery"].clone()
}

#[test]
fn a_base_gives_a_delta_beside_the_full_package() {
    let project = project();
    let table = rows(&done(&project, &build("second.toml", "security.key")));
    assert_eq!(table[0], ["package", "kind", "base", "size", "of full", "time", "signed"]);
    assert_eq!(table.len(), 3, "{table:?}");
    assert_eq!((&*table[1][0], &*table[1][1], &*table[1][2]), ("cam-1.0.1.full.pkg", "full", "-"));
    assert_eq!((&*table[1][4], &*table[1][6]), ("100 %", "yes"));
    let [name, kind, base, _, share, _, signed] = &table[2][..] else { panic!("{table:?}") };
    assert_eq!(
        [name, kind, base, signed].map(String::as_str),
        ["cam-1.0.1.from-1.0.0.pkg", "delta", "1.0.0", "yes"]
    );
    let percent: f64 = share.trim_end_matches(" %").parse().expect("a share");
    assert!((1.0..40.0).contains(&percent), "{share}");
    assert_eq!(project.list("out"), ["cam-1.0.0.full.pkg", "cam-1.0.1.from-1.0.0.pkg", "cam-1.0.1.full.pkg"]);
    done(&project, &["verify", FULL, DELTA, "--keyring", "cam.keyring"]);
    // Every component starts from its own image; the one that did not change costs a few bytes.
    let delivery = delivery(&project, DELTA);
    assert_eq!(delivery["kind"], "delta");
    let payloads = delivery["payloads"].as_array().expect("payloads");
    let stored = |p: &Value| -> u64 {
        let chunks = p["chunks"].as_array().expect("chunks");
        chunks.iter().map(|c| c[1].as_u64().expect("bytes")).sum()
    };
    for (payload, image) in payloads.iter().zip([project.read("boot.img"), old()]) {
        assert_eq!(payload["codec"], "delta-1");
        assert_eq!(payload["base"]["sha256"], Digest::of(&image).to_string());
        assert_eq!(payload["base"]["size"], image.len() as u64);
        assert_eq!(payload["base"]["version"], "1.0.0");
        assert_eq!(payload["chunks"][0][0], 0, "the preamble");
    }
    assert!(stored(&payloads[0]) < 32, "unchanged: {} bytes", stored(&payloads[0]));
    assert!(stored(&payloads[1]) < 500, "changed: {} bytes", stored(&payloads[1]));
    // One step, whichever way it travels.
    let digest = |package| json(&done(&project, &["inspect", package, "--json"]))["manifest-digest"].clone();
    assert_eq!(digest(FULL), digest(DELTA));
}

/// A component that the base does not have travels as in the full package; evidence stays at home.
#[test]
fn a_new_component_and_evidence() {
    let project = project();
    project.write("web.img", content("web", 4_000));
    project.write("sbom.json", "{}");
    let more = "[[image]]\ncomponent = \"web\"\nfile = \"web.img\"\n\n[[evidence]]\nkind = \"sbom\"\nmedia-type = \"application/json\"\nfile = \"sbom.json\"\n";
    project.write("second.toml", second(&format!("{FROM_PACKAGE}\n{more}")));
    done(&project, &build("second.toml", "security.key"));
    let (full, delta) = (delivery(&project, FULL), delivery(&project, DELTA));
    let payload = |d: &Value, i: usize| d["payloads"][i].clone();
    assert_eq!([0, 1, 2].map(|i| payload(&delta, i)["codec"].clone()), ["delta-1", "delta-1", "zstd"]);
    assert_eq!(payload(&full, 2), payload(&delta, 2));
    assert_eq!((full["evidence"].clone(), delta["evidence"].clone()), (json("[0]"), Value::Null));
    done(
        &project,
        &[
            "apply",
            DELTA,
            "--keyring",
            "cam.keyring",
            "--image",
            "web=w",
            "--image",
            "rootfs=r",
            "--base",
            "rootfs=rootfs.img",
        ],
    );
    assert!(project.read("w") == project.read("web.img") && project.read("r") == new());
}

/// Images from before there were packages; two states under one version.
#[test]
fn files_are_bases_too() {
    let project = project();
    let mut other = old();
    other[3] ^= 1;
    project.write("other.img", &other);
    let from = |rootfs: &str| {
        format!("[[base]]\nversion = \"0.9\"\n[base.images]\nboot = \"boot.img\"\nrootfs = \"{rootfs}\"\n")
    };
    project.write("second.toml", second(&from("other.img")));
    done(&project, &build("second.toml", "security.key"));
    assert_eq!(project.list("out"), ["cam-1.0.0.full.pkg", "cam-1.0.1.from-0.9.pkg", "cam-1.0.1.full.pkg"]);
    fs::remove_file(project.path("out/cam-1.0.1.from-0.9.pkg")).expect("a package");
    project.write("second.toml", second(&[from("other.img"), from("rootfs.img")].concat()));
    done(&project, &build("second.toml", "security.key"));
    let names: Vec<_> = project.list("out").into_iter().filter(|n| n.contains("from-0.9-")).collect();
    assert_eq!(names.len(), 2, "{:?}", project.list("out"));
    for name in &names {
        let state = name.strip_prefix("cam-1.0.1.from-0.9-").and_then(|n| n.strip_suffix(".pkg"));
        assert!(state.is_some_and(|s| s.len() == 8 && s.chars().all(|c| c.is_ascii_hexdigit())), "{name}");
    }
    // Only one of the two is from the state that the first release led into.
    let state = json(&done(&project, &["inspect", FIRST, "--json"]))["manifest"]["images"].clone();
    assert_eq!(state[1]["sha256"], Digest::of(&old()).to_string());
}

#[test]
fn a_delta_that_is_not_smaller_is_not_kept() {
    let project = project();
    project.write("unlike.img", content("unlike", 20_000));
    project.write("boot-2.img", content("boot 2", 3_000));
    let text = second("[[base]]\npackage = \"out/cam-1.0.0.full.pkg\"");
    project.write("second.toml", &text);
    done(&project, &build("second.toml", "security.key"));
    assert!(project.path(DELTA).exists());
    // Other images, of the same step: no delta helps any more, and the one from before is gone too.
    let text = edit(&edit(&text, "new.img", "unlike.img"), "\"boot.img\"", "\"boot-2.img\"");
    project.write("second.toml", text);
    let table = rows(&done(&project, &build("second.toml", "security.key")));
    let row = &table[2];
    assert_eq!(&row[..3], ["cam-1.0.1.from-1.0.0.pkg", "delta", "1.0.0"], "{table:?}");
    assert_eq!(row.last().map(String::as_str), Some("not kept: not smaller than full"), "{table:?}");
    assert_eq!(project.list("out"), ["cam-1.0.0.full.pkg", "cam-1.0.1.full.pkg"]);
}

/// A delta is made so that devices of little memory can decode it.
#[test]
fn a_delta_fits_the_memory_that_devices_have() {
    let project = project();
    let with =
        |memory| [&build("second.toml", "security.key")[..], &["--max-decode-memory", memory]].concat();
    let verify = ["verify", DELTA, "--keyring", "cam.keyring", "--max-decode-memory", "200K"];
    done(&project, &with("64M"));
    let refused = pkg(&project, &verify);
    assert!(refused.status == Some(1) && refused.stderr.contains("[POL-1]"), "{}", refused.stderr);
    let table = rows(&done(&project, &with("200K")));
    assert_eq!(table[2].last().map(String::as_str), Some("yes"), "{table:?}");
    done(&project, &verify);
    // The full package is what there is at least: what no device could take is refused.
    let refused = pkg(&project, &with("10K"));
    assert_eq!(refused.status, Some(1), "{}", refused.stderr);
    assert!(refused.stderr.contains("[POL-1] the package that was built,"), "{}", refused.stderr);
}

/// A delta that no device could decode is not kept, and the table says what it would need.
#[test]
fn a_delta_for_more_memory_than_devices_have_is_not_kept() {
    let project = project();
    done(&project, &build("second.toml", "security.key"));
    fs::create_dir(project.path("later")).expect("a folder");
    let later =
        ["delta", FULL, "--base", FIRST, "--key", "delivery.key", "-o", "later", "--keyring", "cam.keyring"];
    let with = |memory| [&later[..], &["--max-decode-memory", memory]].concat();
    let table = rows(&done(&project, &with("40K")));
    let said = table[1].last().cloned().unwrap_or_default();
    assert!(said.starts_with("not kept: needs ") && said.ends_with(" kB to decode"), "{table:?}");
    assert!(project.list("later").is_empty());
    done(&project, &with("200K"));
    assert_eq!(project.list("later"), ["cam-1.0.1.from-1.0.0.pkg"]);
}

/// Threads, another time, another folder: the same bytes.
#[test]
fn building_again_makes_the_same_bytes() {
    let (shop, project) = (shop(), project());
    for jobs in ["1", "2", "5"] {
        done(&project, &[&build("second.toml", "security.key")[..], &["--jobs", jobs]].concat());
        for package in [FULL, DELTA] {
            assert!(project.read(package) == shop.read(package), "{package} with {jobs} jobs");
        }
    }
}

/// Later, and with a delivery key alone: what comes out is what the build would have made.
#[test]
fn deltas_are_made_later_with_a_delivery_key_alone() {
    let project = project();
    let later = ["delta", FULL, "--base", FIRST, "--key", "delivery.key", "-o", "later"];
    done(&project, &build("second.toml", "security.key"));
    for key in ["security.key", "feature.key"] {
        fs::remove_file(project.path(key)).expect("a key");
    }
    fs::create_dir(project.path("later")).expect("a folder");
    let table = rows(&done(&project, &[&later[..], &["--keyring", "cam.keyring"]].concat()));
    assert_eq!(&table[1][..3], ["cam-1.0.1.from-1.0.0.pkg", "delta", "1.0.0"]);
    assert!(project.read("later/cam-1.0.1.from-1.0.0.pkg") == project.read(DELTA));
    // Without a keyring only what this key has signed is trusted: it signed no manifest.
    let run = pkg(&project, &later);
    refused(&run, Rule::Sig2, "--keyring");
    // A key that the keyring does not know makes nothing that is kept.
    let by = |key| {
        let args = ["delta", FULL, "--base", FIRST, "--key", key, "-o", "void", "--keyring", "cam.keyring"];
        pkg(&project, &args)
    };
    fs::create_dir(project.path("void")).expect("a folder");
    refused(&by("stranger.key"), Rule::Sig2, "that was built");
    assert!(project.list("void").is_empty());
    // Nor is a delta made for a delta.
    let args = ["--key", "delivery.key", "-o", "void", "--keyring", "cam.keyring"];
    failed(&pkg(&project, &[&["delta", DELTA, "--base", FIRST][..], &args].concat()), "not a full package");
    // Nor its own base, nor twice.
    let own = pkg(&project, &[&["delta", FULL, "--base", FULL][..], &args].concat());
    refused(&own, Rule::App3, "this same release");
    let twice = pkg(&project, &[&["delta", FULL, "--base", FIRST, "--base", FIRST][..], &args].concat());
    refused(&twice, Rule::Man7, "twice");
    let back = pkg(&project, &[&["delta", FIRST, "--base", FULL][..], &args].concat());
    refused(&back, Rule::Ver1, "sequence");
    assert!(project.list("void").is_empty());
}

/// A shop with one key for everything needs no keyring, as with `pkg build`.
#[test]
fn one_key_for_everything_needs_no_keyring() {
    let project = project();
    for (text, name) in [("first.toml", "all.key"), ("second.toml", "all.key")] {
        project.write("all.key", project.read("security.key"));
        fs::set_permissions(project.path("all.key"), std::os::unix::fs::PermissionsExt::from_mode(0o600))
            .expect("a mode");
        done(&project, &["build", text, "-o", "out", "--replace", "--level", "fast", "--key", name]);
    }
    let built = project.read(DELTA);
    done(&project, &["delta", FULL, "--base", FIRST, "--key", "all.key", "-o", "out"]);
    assert!(project.read(DELTA) == built);
}

/// What a `[[base]]` may say, minus one thing.
#[test]
fn bases_that_are_refused() {
    let project = project();
    let by = |tables: &str| {
        project.write("wrong.toml", second(tables));
        let run = pkg(&project, &build("wrong.toml", "security.key"));
        assert_eq!(project.list("out"), ["cam-1.0.0.full.pkg"], "{tables}");
        run
    };
    let files = "version = \"0.9\"\n[base.images]\nrootfs = \"rootfs.img\"\n";
    for (tables, rule, says) in [
        ("[[base]]\n", Rule::Man1, "base[0].package"),
        ("[[base]]\nversion = \"0.9\"", Rule::Man1, "base[0].images"),
        (
            "[[base]]\nversion = \"0 9\"\n[base.images]\nrootfs = \"rootfs.img\"",
            Rule::Man4,
            "base[0].version",
        ),
        (&format!("{FROM_PACKAGE}version = \"1\""), Rule::Man6, "base[0].version"),
        (&format!("{FROM_PACKAGE}[base.images]\nrootfs = \"rootfs.img\""), Rule::Man6, "base[0].images"),
        (
            "[[base]]\nversion = \"0.9\"\n[base.images]\nrootfz = \"rootfs.img\"",
            Rule::Man6,
            "it has boot, rootfs",
        ),
        (&FROM_PACKAGE.repeat(2), Rule::Man7, "base[1]: the state of version 1.0.0 is given twice"),
        (&format!("[[base]]\n{files}[[base]]\n{files}"), Rule::Man7, "base[1]"),
    ] {
        refused(&by(tables), rule, says);
    }
    failed(&by("[[base]]\npackage = \"none.pkg\""), "none.pkg");
    failed(&by("[[base]]\nversion = \"0.9\"\n[base.images]\nrootfs = \"none.img\""), "none.img");
    failed(&by("[[base]]\npackages = \"none.pkg\""), "did you mean package");
}

/// A delta from a state that the release does not lead from would fit no device.
#[test]
fn a_base_is_a_state_that_the_release_leads_from() {
    let project = project();
    done(&project, &build("second.toml", "security.key"));
    let third = |tables: &str| {
        let edits = [
            ("version = \"1.0.0\"", "version = \"1.1.0\""),
            ("class = \"feature\"", "class = \"feature\"\nprevious = \"out/cam-1.0.1.full.pkg\""),
            ("night-mode", "onvif"),
            ("", tables),
        ];
        project.write("third.toml", edited(FEATURE, &edits));
        pkg(&project, &build("third.toml", "feature.key"))
    };
    let run = third(FROM_PACKAGE);
    refused(&run, Rule::App3, "base[0].package");
    assert!(run.stderr.contains("third.toml:"), "{}", run.stderr);
    let unknown = "[[base]]\nversion = \"0.9\"\n[base.images]\nboot = \"boot.img\"\nrootfs = \"boot.img\"\n";
    refused(&third(unknown), Rule::App3, "applies-to does not list");
    let known = unknown.replace("rootfs = \"boot.img\"", "rootfs = \"new.img\"");
    assert_eq!(third(&known).status, Some(0));
    // A delta does not have its images all by itself.
    failed(&third("[[base]]\npackage = \"out/cam-1.0.1.from-1.0.0.pkg\""), "not a full package");
    // Words lead nowhere.
    let notice = format!("{}\n{FROM_PACKAGE}", pkg_tests::project::NOTICE);
    project.write("notice.toml", notice);
    let run = pkg(&project, &build("notice.toml", "security.key"));
    assert_eq!(run.status, Some(1), "{}", run.stderr);
}

/// An altered base package is refused to its last byte before a delta is made from it.
#[test]
fn an_altered_base_is_refused() {
    let project = project();
    let mut bytes = project.read(FIRST);
    let at = bytes.len() - 5_000;
    bytes[at] ^= 1;
    project.write("altered.pkg", bytes);
    project.write("second.toml", second("[[base]]\npackage = \"altered.pkg\""));
    refused(&pkg(&project, &build("second.toml", "security.key")), Rule::Pay1, "altered.pkg: chunk 0");
    assert_eq!(project.list("out"), ["cam-1.0.0.full.pkg"]);
}
