//! The commands of repositories with an object store, as pipelines run them.

use super::stand_in::{Fault, KEY, SECRET, StandIn, TOKEN};
use crate::commands::project;
use crate::{KEY as SIGN, RING};
use pkg_tests::project::Project;
use pkg_tests::tool::Run;
use serde_json::Value;

/// Runs `pkg` with the credentials of the stand-in.
fn pkg(project: &Project, stand_in: &StandIn, args: &[&str]) -> Run {
    let mut command = project.command(args);
    command
        .env("AWS_ACCESS_KEY_ID", KEY)
        .env("AWS_SECRET_ACCESS_KEY", SECRET)
        .env("AWS_SESSION_TOKEN", TOKEN);
    command.env("AWS_ENDPOINT_URL", stand_in.endpoint()).env_remove("AWS_REGION");
    pkg_tests::tool::of(command.output().expect("pkg runs"))
}

fn done(project: &Project, stand_in: &StandIn, args: &[&str]) -> String {
    let run = pkg(project, stand_in, args);
    assert_eq!(run.status, Some(0), "{args:?}\n{}", run.stderr);
    run.stdout
}

fn json(project: &Project, stand_in: &StandIn, args: &[&str]) -> Value {
    serde_json::from_str(&done(project, stand_in, args)).expect("JSON")
}

const TO: &str = "s3://acme-updates/a/b";
const CAM: [&str; 2] = ["--product", "acme/cam"];

#[test]
fn a_repository_lives_in_an_object_store() {
    let (project, stand_in) = (project(), StandIn::new());
    done(&project, &stand_in, &[&["repository", "new", TO][..], &CAM, &SIGN].concat());
    let dry = json(
        &project,
        &stand_in,
        &[&["publish", "out", "--to", TO, "--dry-run", "--json"][..], &SIGN].concat(),
    );
    assert_eq!((dry["added"].as_array().unwrap().len(), &dry["version"]), (3, &1.into()));
    assert!(!stand_in.objects().keys().any(|path| path.contains("packages/")), "a dry run writes nothing");
    let published =
        json(&project, &stand_in, &[&["publish", "out", "--to", TO, "--json"][..], &SIGN].concat());
    assert_eq!((published["written"].as_array().unwrap().len(), &published["version"]), (4, &2.into()));
    done(&project, &stand_in, &[&["repository", "refresh", TO][..], &CAM, &SIGN].concat());
    let checked =
        json(&project, &stand_in, &[&["repository", "check", TO, "--json"][..], &CAM, &RING].concat());
    assert_eq!(
        (&checked["verdict"], &checked["version"], &checked["deltas"]),
        (&"whole".into(), &3.into(), &1.into())
    );
    let shown = json(&project, &stand_in, &[&["repository", "show", TO, "--json"][..], &CAM, &RING].concat());
    assert_eq!(shown["entries"].as_array().unwrap().len(), 3);
    let fetched =
        json(&project, &stand_in, &[&["fetch", TO, "-o", "got", "--json"][..], &CAM, &RING].concat());
    assert_eq!(fetched["packages"].as_array().unwrap().len(), 3, "{fetched}");
    // From the store to a folder, and from there to another place in it.
    done(&project, &stand_in, &[&["repository", "mirror", TO, "copy"][..], &CAM, &RING].concat());
    done(&project, &stand_in, &[&["repository", "mirror", "copy", "s3://acme-updates"][..], &RING].concat());
    let objects = stand_in.objects();
    let of = |prefix: &str| -> Vec<_> {
        let under = |path: &String| path.strip_prefix(prefix).map(str::to_owned);
        objects.iter().filter_map(|(path, object)| Some((under(path)?, object.bytes.clone()))).collect()
    };
    let first = of("a/b/");
    assert!(first.len() > 8 && first.iter().all(|file| of("").contains(file)));
}

#[test]
fn a_task_of_the_farm_uploads_to_an_object_store() {
    let (project, stand_in) = (crate::farm::project(), StandIn::new());
    done(&project, &stand_in, &[&["repository", "mirror", "repo", TO][..], &RING].concat());
    let plan = ["farm", "plan", "--repository", TO, "--release", "1.0.2", "-o", "plan.json"];
    done(&project, &stand_in, &[&plan[..], &CAM, &RING].concat());
    let run = ["farm", "run", "plan.json", "--task", "0", "--to", TO, "--key", "delivery.key"];
    done(&project, &stand_in, &[&run[..], &RING].concat());
    let again = pkg(&project, &stand_in, &[&run[..], &RING].concat());
    assert!(again.status == Some(0) && again.stderr.contains("already"), "{}", again.stderr);
    let checked =
        json(&project, &stand_in, &[&["repository", "check", TO, "--json"][..], &CAM, &RING].concat());
    assert_eq!((&checked["verdict"], &checked["deltas"]), (&"whole".into(), &1.into()));
}

#[test]
fn mistakes_are_explained_and_secrets_are_not() {
    let (project, stand_in) = (project(), StandIn::new());
    let new = [&["repository", "new", TO][..], &CAM, &SIGN].concat();
    let bare = |set: &[(&str, &str)]| {
        let mut command = project.command(&new);
        for name in [
            "AWS_ACCESS_KEY_ID",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_REGION",
            "AWS_DEFAULT_REGION",
            "AWS_ENDPOINT_URL",
        ] {
            command.env_remove(name);
        }
        let run = pkg_tests::tool::of(command.envs(set.iter().copied()).output().expect("pkg runs"));
        assert_eq!(run.status, Some(2), "{}", run.stderr);
        run.stderr
    };
    let key = [("AWS_ACCESS_KEY_ID", KEY), ("AWS_SECRET_ACCESS_KEY", SECRET)];
    assert!(bare(&[]).contains("set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"), "{}", bare(&[]));
    assert!(bare(&key).contains("set AWS_REGION"));
    assert!(bare(&[key[0], key[1], ("AWS_ENDPOINT_URL", "minio:9000")]).contains("check AWS_ENDPOINT_URL"));
    for (fault, hint) in [
        (Fault::Answer(403, "AccessDenied"), "s3:ListBucket"),
        (Fault::Answer(403, "RequestTimeTooSkewed"), "set the clock"),
        (Fault::Answer(404, "NoSuchBucket"), "make the bucket"),
        (Fault::Answer(301, "PermanentRedirect"), "check AWS_REGION"),
        (Fault::Answer(501, "NotImplemented"), "a store that knows If-None-Match"),
    ] {
        stand_in.fault("PUT", fault);
        let run = pkg(&project, &stand_in, &new);
        assert!(run.status == Some(2) && run.stderr.contains(hint), "{fault:?} {}", run.stderr);
        for secret in [SECRET, TOKEN, KEY, "X-Amz"] {
            assert!(!run.stderr.contains(secret), "{}", run.stderr);
        }
    }
    stand_in.fault("GET", Fault::Answer(403, "AccessDenied"));
    let run = pkg(&project, &stand_in, &new);
    assert!(run.status == Some(2) && run.stderr.contains("s3:ListBucket"), "{}", run.stderr);
    let wrong = project.pkg(&[&["repository", "new", "s3://A"][..], &CAM, &SIGN].concat());
    assert!(wrong.status == Some(2) && wrong.stderr.contains("no name of a bucket"), "{}", wrong.stderr);
}
