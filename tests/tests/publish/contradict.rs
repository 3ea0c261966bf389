//! Two releases that contradict each other: whichever comes second is refused, since nothing could end it.

use super::{KEY, maker};
use pkg_format::Rule;
use pkg_tests::Fake;
use pkg_tests::fake::path::{num, text};
use pkg_tests::keyrings::{archive_bytes, statement};

/// Publishes two releases, in one order and in the other. The second is refused by the rule of that order, with these
/// words.
fn refused(by: [(Rule, &str); 2], releases: [&Fake; 2]) {
    for (order, (rule, words)) in [[0, 1], [1, 0]].into_iter().zip(by) {
        let project = maker();
        project.write("cam.keyring", archive_bytes(&statement()));
        let new = ["repository", "new", "updates", "--product", "acme/cam"];
        project.done(&[&new[..], &KEY].concat());
        let [first, second] = order.map(|n| {
            let package = format!("{n}.pkg");
            project.write(&package, releases[n].package());
            project.pkg(&[&["publish", &package, "--to", "updates"][..], &KEY].concat())
        });
        assert_eq!(first.status, Some(0), "{order:?}: {}", first.stderr);
        assert_eq!(second.status, Some(1), "{order:?}: {}", second.stderr);
        let error = format!("error: [{}] {}.pkg: ", rule.id(), order[1]);
        let said = second.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains(&error) && said.contains(words), "{order:?}: {error} {words}\n{said}");
    }
}

#[test]
fn the_same_images_are_not_two_releases() {
    let [one, other] = [3, 9].map(|n| Fake::one_image().as_of_line(n));
    refused([(Rule::G21, "contradict each other: 1.3.1 of line 1.3"); 2], [&one, &other]);
}

#[test]
fn a_version_is_not_two_releases() {
    let [one, other] = [3, 9]
        .map(|n| Fake::of_line(n).set("release.line", text("1.5")).set("release.version", text("1.5.1")));
    refused([(Rule::G21, "1.5.1 was published with other images"); 2], [&one, &other]);
}

#[test]
fn the_security_level_does_not_fall_along_a_line() {
    let [one, other] = [(3, 8), (9, 7)].map(|(n, level)| {
        Fake::of_line(n).set("release.line", text("1.5")).set("release.security-level", num(level))
    });
    let falls = (Rule::G6, "security level falls from 8 in 1.3.1 to 7 in 1.9.1");
    refused([falls, (Rule::G5, "brings back CVE-2026-12345, fixed in 1.9.1")], [&one, &other]);
}

#[test]
fn a_component_is_not_of_two_scopes() {
    let radio = Fake::of_line(9).set("release.scope", text("radio"));
    refused([(Rule::G21, "a device declares it in one of them"); 2], [&Fake::of_line(3), &radio]);
}
