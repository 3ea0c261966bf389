//! The records that `pkg decide --record` appends to and `pkg records` checks.

use super::decide::{decide, device_folder};
use super::*;

#[test]
fn records_are_appended_to_while_they_are_whole() {
    let project = device_folder();
    for _ in 0..3 {
        project.done(&decide(&["security.pkg", "notice.pkg"], &["--record", "records", "--now", "7"]));
    }
    let whole = project.read("records");
    let checked = json(&project.done(&["records", "records", "--json"]));
    assert_eq!(keys(&checked), ["file", "records", "last"]);
    assert_eq!(checked["records"], 3);
    for line in String::from_utf8(whole.clone()).expect("UTF-8").lines() {
        let line = json(line);
        assert_eq!(line["offered"].as_array().map(Vec::len), Some(2));
        assert_eq!((&line["decision"], &line["time"]), (&"advise".into(), &7.into()));
    }
    let middle = whole.len() / 2;
    let mut changed = whole.clone();
    changed[middle] ^= 1;
    // A line that was cut off at the end excuses nothing before it.
    let mut changed_and_torn = whole[..whole.len() - 1].to_vec();
    changed_and_torn[10] ^= 1;
    for broken in [&changed[..], &changed_and_torn, &whole[1..]] {
        project.write("records", broken);
        for args in [decide(&["security.pkg"], &["--record", "records"]), vec!["records", "records"]] {
            let run = project.pkg(&args);
            assert_eq!((run.status, run.stdout.as_str()), (Some(1), ""), "{args:?}");
            assert!(run.stderr.contains("[POL-4]"), "{}", run.stderr);
        }
        assert_eq!(project.read("records"), broken, "it stays as it is");
    }
}

/// The power goes while a line is written: the decision was not handed out, and the next one is recorded.
#[test]
fn a_line_that_was_cut_off_stops_no_decision() {
    let project = device_folder();
    let record = decide(&["security.pkg"], &["--record", "records", "--now", "7"]);
    project.done(&record);
    let one = project.read("records");
    project.done(&record);
    let two = project.read("records");
    for cut in [1, 2, 30, two.len() - one.len() - 1] {
        project.write("records", &two[..two.len() - cut]);
        let run = project.pkg(&["records", "records"]);
        assert_eq!(run.status, Some(1), "looked at, it is said to be broken");
        assert!(run.stderr.contains("[POL-4]") && run.stderr.contains("line 2 is cut off"), "{}", run.stderr);
        let run = project.pkg(&record);
        assert_eq!(run.status, Some(0), "{}", run.stderr);
        assert!(run.stderr.contains("line 2 was truncated"), "{}", run.stderr);
        assert_eq!(project.read("records"), two, "{cut}");
    }
    // The very first line, too.
    project.write("records", &one[..9]);
    assert_eq!(project.pkg(&record).status, Some(0));
    assert_eq!(project.read("records"), one);
}

/// Clients that append at once make one chain.
#[test]
fn records_of_several_clients_follow_each_other() {
    let project = device_folder();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..5 {
                    project.done(&decide(&["security.pkg"], &["--record", "records"]));
                }
            });
        }
    });
    assert_eq!(json(&project.done(&["records", "records", "--json"]))["records"], 20);
}

/// A line that had no room leaves the records as they were: the next one follows.
#[cfg(unix)]
#[test]
fn a_full_disk_breaks_no_records() {
    let project = device_folder();
    let args = decide(&["security.pkg"], &["--record", "records"]);
    project.done(&args);
    // A limit of one block of 512 or 1,024 bytes stands in for the disk.
    let tool = tool::path();
    let script = "trap '' XFSZ; ulimit -f 1; for i in 1 2 3; do \"$0\" \"$@\" || echo failed; done";
    let run = std::process::Command::new("sh")
        .args(["-c", script])
        .arg(tool)
        .args(&args)
        .current_dir(project.dir())
        .output()
        .expect("sh");
    assert!(String::from_utf8_lossy(&run.stdout).contains("failed"), "{run:?}");
    project.done(&args);
    assert!(json(&project.done(&["records", "records", "--json"]))["records"].as_u64() >= Some(2));
}
