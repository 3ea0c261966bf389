//! What to do when a catalogue key is stolen: the commands of the page are run as they stand.

use super::shown::{Shell, console, page};
use pkg_builder::repository::head_file;
use pkg_format::repository::{TreeHead, paths};
use pkg_tests::heads;
use pkg_tests::project::{FEATURE, NOTICE, Project, SECURITY, edited, signer};
use pkg_verify::{ExampleKeys, Keyring, verify_head};

const HEAD: &str = "repo/products/acme/cam/stable/head";

/// A maker with a repository that has a first release, a mirror of it, and packages that wait; and a device.
fn prepare(project: &Project, shell: &mut Shell) {
    for name in ["root", "release", "catalogue"] {
        project.key(name);
    }
    project.write("first.toml", FEATURE);
    let mut image = project.read("rootfs.img");
    image[10_000] ^= 1;
    project.write("fixed.img", image);
    let previous = "class = \"security\"\nprevious = \"out/cam-1.0.0.full.pkg\"";
    let base = "[[base]]\npackage = \"out/cam-1.0.0.full.pkg\"\n\n[[fix]]";
    let next = [("rootfs.img", "fixed.img"), ("class = \"security\"", previous), ("[[fix]]", base)];
    project.write("next.toml", edited(SECURITY, &next));
    project.write("notice.toml", NOTICE);
    project.write("device.toml", "[product]\nvendor = \"acme\"\nname = \"cam\"\nhardware = \"rev-a\"\n");
    for line in [
        "pkg keyring new --root root.pub --add security,feature,notice,delivery=release.pub --add catalogue=catalogue.pub --sign root.key -o cam.keyring",
        "pkg build first.toml -o out --key release.key --keyring cam.keyring",
        "pkg build next.toml -o out --key release.key --keyring cam.keyring",
        "pkg build notice.toml -o out --key release.key --keyring cam.keyring",
        "pkg repository new repo --product acme/cam --key catalogue.key --keyring cam.keyring",
        "pkg publish out/cam-1.0.0.full.pkg --to repo --key catalogue.key --keyring cam.keyring",
        "pkg repository mirror repo stick --keyring cam.keyring",
    ] {
        let (status, said) = shell.run(line);
        assert_eq!(status, Some(0), "{line}\n{said}");
    }
}

/// The thief lists nothing, and a device sees it.
fn thief(project: &Project, shell: &mut Shell) {
    let keyring = Keyring::open(&project.read("cam.keyring"), ExampleKeys::DangerAccept).expect("a keyring");
    let head = verify_head(&project.read(HEAD), &keyring, &heads::name()).expect("a head");
    let mut head = head.head().clone();
    (head.version, head.log) = (3, TreeHead::EMPTY);
    head.current.clear();
    let file = head_file(&head, &[&signer("catalogue")]).expect("a head");
    project.write(HEAD, &file);
    project.write(&format!("repo/{}", paths::head_version(&head.of, 3)), &file);
    let fetch = "pkg fetch repo --state device.toml --seen thief.seen --keyring cam.keyring";
    let (status, said) = shell.run(fetch);
    assert_eq!(status, Some(0), "{said}");
}

#[test]
fn a_stolen_catalogue_key_is_replaced_as_the_page_says() {
    let project = Project::new();
    let mut shell = Shell::new(project.dir(), project.dir());
    prepare(&project, &mut shell);
    thief(&project, &mut shell);
    let steps = console(&page("docs/how-to/stolen-catalogue-key.md"));
    assert!(steps.len() >= 10, "{} commands", steps.len());
    let wrong: Vec<_> = steps.into_iter().filter_map(|step| shell.differs(&step)).collect();
    assert!(
        wrong.is_empty(),
        "docs/how-to/stolen-catalogue-key.md shows other than this:\n{}",
        wrong.join("\n")
    );
    let record = pkg_repository::Record::from_bytes(&project.read("thief.seen")).expect("a record");
    let keyring =
        Keyring::open(&project.read("cam-2.keyring"), ExampleKeys::DangerAccept).expect("a keyring");
    let head = verify_head(&record.head.expect("a head"), &keyring, &heads::name()).expect("by the new key");
    assert_eq!(head.head().version, 5, "the device forgot the thief");
}
