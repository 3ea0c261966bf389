//! What docs/keys.md recommends after a theft, played for every role: revoke, replace, sign again, build anew.

use super::*;

/// A shop in which the key of a role was stolen, and the maker has revoked it: `cam-2.keyring`, with `new` in its place.
fn robbed(role: &str) -> Project {
    let project = project();
    project.done(&build("first.toml", "feature.key"));
    project.done(&build("second.toml", "security.key"));
    project.done(&build("notice.toml", "notice.key"));
    project.done(&build("withdrawal.toml", "withdrawal.key"));
    project.key("new");
    let [stolen, add] = [format!("{role}.pub"), format!("{role}=new.pub")];
    let edit =
        ["keyring", "edit", "cam.keyring", "--revoke", &stolen, "--add", &add, "--heads", FIRST, SECOND];
    project.done(&[&edit[..], &["-o", "cam-2.keyring", "--sign", "root.key"]].concat());
    project.done(&["keyring", "update", "cam.keyring", "cam-2.keyring", "-o", "device.keyring"]);
    project
}

/// The rule by which a device with the new keyring refuses a package; none if it accepts it.
fn rule(project: &Project, package: &str) -> Option<String> {
    let run = project.pkg(&["verify", package, "--keyring", "device.keyring", "--json"]);
    json(&run.stdout)["rule"].as_str().map(str::to_owned)
}

#[test]
fn what_a_stolen_key_signed_counts_no_more_and_what_is_signed_again_does() {
    for (role, package) in [
        ("feature", FIRST),
        ("security", SECOND),
        ("notice", A_NOTICE),
        ("withdrawal", A_WITHDRAWAL),
        ("delivery", SECOND),
    ] {
        let project = robbed(role);
        assert_eq!(rule(&project, package).as_deref(), Some("SIG-14"), "{role}");
        let kind: &[&str] = if role == "delivery" { &["--delivery"] } else { &[] };
        let sign = ["sign", package, "--key", "new.key", "--keyring", "cam-2.keyring"];
        project.done(&[&sign[..], kind].concat());
        assert_eq!(rule(&project, package), None, "{role}: signed again");
        // The key that was revoked cannot be used by mistake, nor come back.
        let run =
            project.pkg(&["sign", package, "--key", &format!("{role}.key"), "--keyring", "cam-2.keyring"]);
        assert!(run.status == Some(1) && run.stderr.contains("[SIG-14]"), "{role}: {}", run.stderr);
        let back =
            ["keyring", "edit", "cam-2.keyring", "--add", &format!("{role}={role}.pub"), "-o", "x.keyring"];
        assert_ne!(project.pkg(&back).status, Some(0), "{role}");
    }
}

/// Releases built with the new keyring ask for it where a mirror could otherwise bring a device back.
#[test]
fn what_is_built_after_a_theft_asks_for_the_keyring_that_revoked_the_key() {
    for (role, asks) in
        [("feature", true), ("security", true), ("withdrawal", true), ("notice", false), ("delivery", false)]
    {
        let project = robbed(role);
        let key = |of: &'static str| if of == role { "new.key" } else { of };
        let [feature, delivery] = [("feature", "feature.key"), ("delivery", "delivery.key")]
            .map(|(of, own)| if key(of) == "new.key" { "new.key" } else { own });
        project.write("next.toml", edit(FEATURE, "version = \"1.0.0\"", "version = \"2.0.0\"\nfresh = true"));
        let args = ["build", "next.toml", "-o", "next", "--keyring", "cam-2.keyring", "--key", feature];
        project.done(&[&args[..], &["--delivery-key", delivery]].concat());
        let page =
            project.done(&["inspect", "next/cam-2.0.0.full.pkg", "--keyring", "cam-2.keyring", "--json"]);
        assert_eq!(page.contains("\"keyring-min\": 2"), asks, "{role}: {page}");
    }
}

/// A device that ran what the thief signed finds its way back by the heads, and the next release installs.
#[test]
fn a_device_that_the_thief_took_away_comes_back() {
    let project = robbed("security");
    // What the thief's package left there: counters far ahead, a line of his own.
    let thief = key_id(&project, "security");
    let lost = format!(
        "[product]\nvendor = \"acme\"\nname = \"cam\"\nhardware = \"rev-a\"\n\n[[installed]]\nscope = \"product\"\n\
         line = \"thief\"\nsequence = 9000\nfeature-level = 1\nsecurity-level = 9000\n\
         signed = {{ asked = \"security\", channel = \"stable\", keys = [\"{thief}\"] }}\n\n\
         [[installed.image]]\ncomponent = \"boot\"\nsha256 = \"{0}\"\n\n\
         [[installed.image]]\ncomponent = \"rootfs\"\nsha256 = \"{0}\"\n",
        "7".repeat(64)
    );
    project.write("device.toml", lost);
    let based = edit(
        SECURITY,
        "class = \"security\"",
        &format!("class = \"security\"\nfresh = true\nprevious = \"{SECOND}\""),
    );
    project.write(
        "third.toml",
        edited(&based, &[("\"1.0.1\"", "\"1.0.2\""), ("CVE-2026-12345", "CVE-2026-23456")]),
    );
    project.write("rootfs.img", [project.read("rootfs.img"), b"another fix".to_vec()].concat());
    project.done(&["sign", SECOND, "--key", "new.key", "--keyring", "cam-2.keyring"]);
    let args = ["build", "third.toml", "-o", "next", "--keyring", "cam-2.keyring", "--key", "new.key"];
    project.done(&[&args[..], &["--delivery-key", "delivery.key"]].concat());
    let decide = |keyring: &str| {
        let args =
            ["decide", "next/cam-1.0.2.full.pkg", "--keyring", keyring, "--state", "device.toml", "--json"];
        json(&project.pkg(&args).stdout)["decision"].as_str().expect("a decision").to_owned()
    };
    assert_eq!(decide("cam.keyring"), "refuse", "before the new keyring is there");
    assert_eq!(decide("device.keyring"), "notify");
}

fn key_id(project: &Project, name: &str) -> String {
    let said = project.done(&["key", "show", &format!("{name}.pub")]);
    let id =
        said.split_whitespace().find(|word| word.len() == 64 && word.chars().all(|c| c.is_ascii_hexdigit()));
    id.unwrap_or_else(|| panic!("{said}")).to_owned()
}
