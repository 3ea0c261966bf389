//! Files that a description includes: how they are merged, where errors point, and what is refused.

use super::*;

/// What all descriptions of the project share.
const PRODUCT: &str = r#"contact = "security@acme.example"

[product]
vendor = "acme"
name = "cam"
hardware = ["rev-a", "rev-b"]
languages = ["en"]

[support]
from = "2026-01"
until = "2036-12"
"#;

/// What is the release's own, after `include`.
fn own(include: &str) -> String {
    let text = edit(SECURITY, "contact = \"security@acme.example\"\n", &format!("include = {include}\n"));
    let product = PRODUCT.split_once('\n').expect("a contact").1;
    let (product, support) = product.split_once("[support]").expect("a support period");
    edit(&edit(&text, product.trim(), ""), &format!("[support]{support}"), "")
}

/// The error of a build, and the file and text that its place points at.
fn pointed(project: &Project, text: &str) -> (Error, Option<(String, String)>) {
    let error = match build(project, text) {
        Ok(built) => panic!("built {}", built.path.display()),
        Err(error) => error,
    };
    let place = error.place().cloned();
    let written = place.map(|place| match &place.file {
        None => ("release.toml".to_owned(), text[place.range].to_owned()),
        Some(file) => {
            let name = file.path.file_name().expect("a name").to_str().expect("UTF-8");
            (name.to_owned(), file.text[place.range.clone()].to_owned())
        }
    });
    (error, written)
}

/// A description in two files makes the same bytes as in one.
#[test]
fn an_included_file_makes_no_difference_to_the_package() {
    let (whole, parts) = (Project::new(), Project::new());
    let one = build(&whole, SECURITY).unwrap_or_else(|e| panic!("{e}"));
    // With the line ends and the mark of another system's editor.
    parts.write("product.toml", format!("\u{feff}{}", PRODUCT.replace('\n', "\r\n")));
    let two = build(&parts, &own("[\"product.toml\"]")).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(one.manifest, two.manifest);
    assert!(std::fs::read(one.path).expect("a package") == std::fs::read(two.path).expect("a package"));
}

/// The release wins over every included file, and the later of these over the earlier.
#[test]
fn the_later_file_and_the_release_win() {
    let project = Project::new();
    project.write("product.toml", PRODUCT);
    project.write("board.toml", "[product]\nhardware = [\"rev-c\"]\n[support]\nuntil = \"2037-01\"\n");
    let hardware = |text: &str| {
        let built = build(&project, text).unwrap_or_else(|e| panic!("{e}\n{text}"));
        let manifest = manifest(&built.path);
        let hardware: Vec<_> = manifest.common().product.hardware.iter().map(|h| h.to_string()).collect();
        let support = &manifest.release().expect("a release").support;
        (hardware.join(" "), support.until.to_string())
    };
    let said = |hardware: &str, until: &str| (hardware.to_owned(), until.to_owned());
    assert_eq!(hardware(&own("[\"product.toml\", \"board.toml\"]")), said("rev-c", "2037-01"));
    assert_eq!(hardware(&own("[\"board.toml\", \"product.toml\"]")), said("rev-a rev-b", "2036-12"));
    let release =
        format!("{}\n[product]\nhardware = [\"rev-d\"]\n", own("[\"product.toml\", \"board.toml\"]"));
    assert_eq!(hardware(&release), said("rev-d", "2037-01"));
}

/// A list of tables is replaced as a whole: nothing of an included `[[fix]]` remains.
#[test]
fn a_list_of_tables_is_replaced() {
    let project = Project::new();
    let included = "[[fix]]\nid = \"ACME-1\"\nseverity = \"low\"\nimpact.en = \"Bad.\"\n[[fix]]\nid = \"ACME-2\"\nseverity = \"low\"\nimpact.en = \"Bad.\"\n";
    project.write("product.toml", format!("{PRODUCT}\n{included}"));
    let built = build(&project, &own("[\"product.toml\"]")).unwrap_or_else(|e| panic!("{e}"));
    let Update::Security(security) = release(&built.path).update else { panic!("a security release") };
    let ids: Vec<_> = security.fixes.iter().map(|f| f.id.as_str()).collect();
    assert_eq!(ids, ["CVE-2026-12345"]);
}

#[test]
fn errors_point_into_the_file_that_is_wrong() {
    let text = own("[\"product.toml\"]");
    for (from, to, message, written) in [
        // syntax, an unknown key, a wrong type, a value without its rule, a broken rule
        ("[support]", "[support", "unclosed table", ""),
        ("vendor =", "vendr =", "unknown key 'vendr'; did you mean vendor?", "vendr"),
        ("\"acme\"", "7", "expected a string, found a number", "7"),
        ("contact", "sequence = -1\ncontact", "[MAN-4] sequence: expected a number of 0 or more", "-1"),
        ("\"2036-12\"", "\"2036-13\"", "[SUP-1] support.until", "\"2036-13\""),
        ("vendor = \"acme\"\n", "", "[MAN-1] product.vendor: missing", "product"),
        ("contact", "include = []\ncontact", "an included file cannot include other files", "include"),
    ] {
        let project = Project::new();
        project.write("product.toml", edit(PRODUCT, from, to));
        let (error, at) = pointed(&project, &text);
        assert!(error.to_string().starts_with(message), "{to:?}: {error}");
        assert_eq!(at, Some(("product.toml".into(), written.into())), "{to:?}: {error}");
    }
    // What the release says instead is pointed at in the release.
    let project = Project::new();
    project.write("product.toml", PRODUCT);
    let (error, at) = pointed(&project, &format!("{text}\n[support]\nuntil = \"2036-13\"\n"));
    assert!(error.to_string().starts_with("[SUP-1] support.until"), "{error}");
    assert_eq!(at, Some(("release.toml".into(), "\"2036-13\"".into())));
}

/// `pkg build` shows the line of the included file.
#[test]
fn the_command_shows_the_line() {
    let project = Project::new();
    project.write("product.toml", edit(PRODUCT, "\"2036-12\"", "\"2036-13\""));
    project.write("release.toml", own("[\"product.toml\"]"));
    let run = project.pkg(&["build", "release.toml", "-o", "out"]);
    assert_eq!(run.status, Some(1), "{}", run.stderr);
    for part in ["[SUP-1] support.until", "--> product.toml:11:9", "until = \"2036-13\""] {
        assert!(run.stderr.contains(part), "no {part} in\n{}", run.stderr);
    }
}

#[test]
fn what_cannot_be_included_is_refused() {
    let project = Project::new();
    let outside = tempfile::tempdir().expect("a folder");
    let elsewhere = outside.path().join("product.toml");
    std::fs::write(&elsewhere, PRODUCT).expect("a file");
    let elsewhere = elsewhere.to_str().expect("UTF-8");
    project.write("product.toml", PRODUCT);
    project.write("long.toml", format!("{PRODUCT}\n#{}", "x".repeat(1 << 20)));
    project.write("image.toml", [0xff, 0xfe]);
    let many = vec!["\"product.toml\""; 17].join(", ");
    for (names, message, written) in [
        (format!("[{elsewhere:?}]"), "it is outside the folder of the description", None),
        ("[\"none.toml\"]".into(), "cannot read", None),
        ("[\"\"]".into(), "cannot read", None),
        ("[\"product.toml\", \"long.toml\"]".into(), "long.toml is larger than 1 MiB", Some("\"long.toml\"")),
        ("[\"image.toml\"]".into(), "image.toml is not UTF-8 text", Some("\"image.toml\"")),
        (format!("[{many}]"), "expected at most 16 files, found 17", Some("include")),
        (
            "\"product.toml\"".into(),
            "expected a list of strings, such as include = [\"…\"], found a string",
            Some("\"product.toml\""),
        ),
    ] {
        let (error, at) = pointed(&project, &own(&names));
        assert!(error.to_string().contains(message), "{names}: {error}");
        assert_eq!(at, written.map(|w| ("release.toml".into(), w.into())), "{names}: {error}");
    }
    assert!(build(&project, &own(&format!("[{}]", vec!["\"product.toml\""; 16].join(", ")))).is_ok());
    // The folder is allowed by name, as for every other file.
    let text = own(&format!("[{elsewhere:?}]"));
    assert!(Description::read(&text, project.dir(), &[outside.path().to_owned()]).is_ok());
    assert!(Description::read(&text, project.dir(), &[]).is_err());
}

/// An error could show its text.
#[test]
fn a_private_key_is_not_included() {
    let project = Project::new();
    project.key("all");
    let error = build(&project, &own("[\"all.key\"]")).err();
    assert!(matches!(error, Some(Error::PrivateKey { .. })), "{error:?}");
}
