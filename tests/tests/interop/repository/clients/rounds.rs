//! Rounds of these clients with an honest repository, and connections, starts and power that fail.

use super::{TOLD, Unit, c_client, clients, library};
use crate::client::{FACTORY, INSTALLED};
use crate::repository::rounds::{entries, write};
use crate::repository::{DELTA, FULL};
use crate::web::Answer;
use pkg_tests::heads;
use pkg_tests::tool::{self, workspace};
use std::ffi::OsString;
use std::fs;
use std::process::{Command, Stdio};
use std::time::Duration;

#[test]
fn from_an_empty_device_to_a_delta() {
    for program in clients() {
        let unit = Unit::begun(program, 20_000);
        let web = &unit.followed.web;
        assert!(unit.round(&[]).contains("up-to-date"));
        let traffic = web.traffic();
        assert_eq!(traffic.asked.len(), 1, "{:?}", traffic.asked);
        assert!(traffic.received + traffic.sent < 1_000, "{} and {}", traffic.received, traffic.sent);
        let head = &traffic.asked[0].head;
        assert!(head.contains("accept-encoding: identity") && !head.contains("if-range"), "{head}");
        println!("up to date: {} bytes up, {} down", traffic.received, traffic.sent);

        // Told first, and nothing but its statements is transferred; the round after it installs.
        unit.followed.publish(&[FULL, DELTA]);
        let told = unit.round(&[]);
        assert!(told.contains(TOLD) && !told.contains(INSTALLED), "{told}");
        assert_eq!(web.traffic().asked.len(), 2);
        unit.installs("by delta");
        let asked = web.traffic();
        assert_eq!((asked.count("packages/"), asked.count("deltas/") > 0), (0, true), "{:?}", asked.asked);

        // What it remembers of the repository may be lost.
        fs::remove_file(unit.followed.life.0.path("unit/repository")).expect("a record");
        assert!(unit.round(&["-y"]).contains("up-to-date"));
    }
}

#[test]
fn what_does_not_start_is_not_tried_again() {
    for program in clients() {
        let unit = Unit::begun(program, 20_000);
        unit.followed.publish(&[FULL]);
        assert!(unit.round(&["-y"]).contains("installed 1.0.1 in full"));
        assert!(unit.booted("failed").contains("taken back"));
        for _ in 0..2 {
            let said = unit.round(&[]);
            assert!(said.contains("declined") && !said.contains(INSTALLED), "{said}");
        }
        unit.installs("in full");
    }
}

#[test]
fn fifty_broken_connections_cost_two_per_cent() {
    for program in clients() {
        let unit = Unit::begun(program, 6_000_000);
        unit.followed.publish(&[FULL]);
        unit.round(&[]);
        unit.followed.web.traffic();
        unit.followed.serve_in_pieces(51);
        unit.installs("in full");
        unit.followed.costs_two_per_cent(50);
    }
}

#[test]
fn a_kill_costs_a_chunk_and_a_checkpoint() {
    /// Image bytes of a chunk, as `--level fast` makes them; a checkpoint comes with the end of a chunk.
    const CHUNK: u64 = 8 << 20;
    const CHECKPOINT: u64 = 4 << 20;
    for program in clients() {
        let unit = Unit::begun(program, 20_000_000);
        let web = &unit.followed.web;
        unit.followed.publish(&[FULL]);
        unit.round(&[]);
        web.traffic();
        web.habit(|_, mut answer| {
            answer.pace = Some((64 << 10, Duration::from_millis(4)));
            answer
        });
        let (mut midway, mut sent, size) = (0, 0, unit.followed.size(FULL));
        for goal in [2, 11, 1] {
            let more = ["acme-updates", &web.address];
            let mut command = unit.command(&["-y", "-p", "5"], &more);
            let mut child =
                command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the client runs");
            let mut runs = true;
            while runs && web.sent() < goal << 20 {
                std::thread::sleep(Duration::from_millis(2));
                runs = child.try_wait().expect("a status").is_none();
            }
            let _ = child.kill();
            child.wait().expect("it ends");
            midway += u64::from(runs);
            sent += web.traffic().sent;
        }
        web.honest();
        unit.installs("in full");
        sent += web.traffic().sent;
        let lost = sent.saturating_sub(size);
        println!("{midway} kills: {lost} bytes again");
        assert!(midway >= 2, "{midway}");
        assert!(lost <= 3 * (CHUNK + CHECKPOINT), "{lost}");
    }
}

#[test]
fn a_delta_that_is_spoilt_and_a_server_without_ranges_are_no_obstacle() {
    for program in clients() {
        let unit = Unit::begun(program.clone(), 20_000);
        unit.followed.publish(&[FULL, DELTA]);
        unit.followed.web.habit(|asked, mut answer| {
            if asked.path.starts_with("deltas/") {
                let at = answer.body.len() - 3_000;
                answer.body[at] ^= 1;
            }
            answer
        });
        unit.installs("in full");

        let unit = Unit::begun(program, 20_000);
        unit.followed.publish(&[FULL, DELTA]);
        let root = unit.followed.file("");
        unit.followed.web.habit(move |asked, answer| match answer.status {
            206 | 416 => Answer::new(200, fs::read(root.join(&asked.path)).expect("a file")),
            _ => answer,
        });
        unit.installs("by delta");
    }
}

#[test]
fn newer_keyrings_come_from_the_repository() {
    for program in clients() {
        let unit = Unit::begun(program, 20_000);
        let project = &unit.followed.life.0;
        let edit =
            ["keyring", "edit", "cam.keyring", "--add", "security=security-2.pub", "--sign", "root.key"];
        project.done(&[&edit[..], &["-o", "new.keyring"]].concat());
        let sign = ["--key", "catalogue.key", "--keyring", "new.keyring"];
        project.done(&[&["publish", FULL, "--to", "repo"][..], &sign].concat());
        let said = unit.round(&["-y"]);
        assert!(said.contains("keyring version 2 is in force") && said.contains(INSTALLED), "{said}");
        assert!(unit.booted("ok").contains("confirmed"));
        unit.runs();
        let state = project.read("unit/state");
        assert!(String::from_utf8_lossy(&state).contains("[keyring]\nversion = 2"));
        // The pinned one alone is too old by now.
        fs::rename(project.path("unit/keyring"), project.path("elsewhere")).expect("a file");
        assert!(unit.at(&[&unit.followed.web.address], &[]).stderr.contains("KEY-9"));
        fs::rename(project.path("elsewhere"), project.path("unit/keyring")).expect("a file");
        assert!(unit.round(&[]).contains("up-to-date"));
    }
}

/// The file of a newer keyring is stored before the state. After a power cut in between, what its revocations take back
/// is taken back at the next start.
#[test]
fn a_power_cut_between_keyring_and_state_loses_no_revocation() {
    for program in clients() {
        let unit = Unit::begun(program, 20_000);
        let project = &unit.followed.life.0;
        unit.followed.publish(&[FULL]);
        assert!(unit.round(&[]).contains(TOLD));
        let state = || String::from_utf8_lossy(&project.read("unit/state")).into_owned();
        assert!(state().contains("notified = ["), "{}", state());
        let edit = ["keyring", "edit", "cam.keyring", "--revoke", "security.pub", "--sign", "root.key"];
        project.done(&[&edit[..], &["-o", "unit/keyring"]].concat());
        for _ in 0..2 {
            assert!(unit.round(&[]).contains("a package: [SIG-"));
        }
        assert!(!state().contains("notified = ["), "who showed it was a thief: {}", state());
    }
}

/// Under a checker of memory, which is many times slower: no leak, and nothing is read that is not there.
#[test]
fn the_client_in_c_leaks_nothing() {
    let there = Command::new("valgrind").arg("--version").output().is_ok_and(|o| o.status.success());
    let Some(client) = c_client().filter(|_| there) else { return eprintln!("left out: no valgrind here") };
    let checked = ["valgrind", "--quiet", "--error-exitcode=99", "--leak-check=full"];
    let kinds = ["--show-leak-kinds=definite,indirect", "--errors-for-leak-kinds=definite,indirect"];
    let checker = checked.into_iter().chain(kinds).map(OsString::from);
    let unit = Unit::begun(checker.chain([client.into_os_string()]).collect(), 20_000);
    unit.followed.publish(&[FULL, DELTA]);
    unit.round(&[]);
    unit.installs("by delta");
}

/// A state that no current entry leads on from: the log has the way, and it is not read in vain twice.
#[test]
fn an_old_state_finds_its_way_in_the_log() {
    for program in clients() {
        let unit = Unit::begun(program, 20_000);
        let first = entries(&unit.followed);
        unit.followed.publish(&[FULL, DELTA]);
        let known = entries(&unit.followed);
        // The head says that nothing is needed but what another line has.
        let stranger = heads::entry(&pkg_tests::Fake::notice());
        let all = [&known[..], std::slice::from_ref(&stranger)].concat();
        write(&unit.followed, &all, std::slice::from_ref(&stranger));
        unit.followed.web.traffic();
        let said = unit.round(&["-y"]);
        assert!(said.contains("installed 1.0.1 by delta"), "{said}");
        assert!(unit.followed.web.traffic().count("products/acme/cam/stable/log/") > 0);
        unit.booted("failed");
        // With nothing there, the log is read once.
        let more = [&first[..], &[stranger.clone(), heads::entry(&pkg_tests::Fake::withdrawal())]].concat();
        let fresh = Unit::begun(unit.program.clone(), 20_000);
        write(&fresh.followed, &more, std::slice::from_ref(&stranger));
        for pages in [2, 0] {
            fresh.followed.web.traffic();
            fresh.round(&[]);
            assert_eq!(fresh.followed.web.traffic().count("products/acme/cam/stable/log/"), pages);
        }
        // A page of another log is refused.
        let head = fresh.head();
        let page = fresh.followed.file(&pkg_format::repository::paths::page(&head.of, &head.log));
        write(&fresh.followed, &[&more[..], &known[1..]].concat(), std::slice::from_ref(&stranger));
        let now = fresh.head();
        let wrong = fresh.followed.file(&pkg_format::repository::paths::page(&now.of, &now.log));
        fs::copy(page, wrong).expect("a copy");
        assert!(fresh.round(&[]).contains("[REP-5]"));
    }
}

/// The second example of the page of the binding, with the address of the server.
#[test]
fn the_example_of_the_python_binding_prints_what_stands_there() {
    let page = fs::read_to_string(workspace().join("bindings/python/README.md")).expect("a page");
    let part = |kind: &str| {
        let parts = page.split(&format!("```{kind}\n")).nth(2).expect("the second one");
        parts.split("```").next().expect("its end").to_owned()
    };
    let unit = Unit::empty(Vec::new(), 20_000);
    let life = &unit.followed.life.0;
    life.write("factory.toml", FACTORY);
    life.write(
        "example.py",
        part("python").replace("https://updates.acme.example", &unit.followed.web.address),
    );
    let mut python = Command::new("python3");
    python.args(["-B", "example.py"]).current_dir(life.dir());
    python.env("PYTHONPATH", workspace().join("bindings/python"));
    python.env("PKG_VERIFY_LIBRARY", library());
    let run = tool::of(python.output().expect("python3 runs"));
    assert_eq!((run.status, run.stdout), (Some(0), part("text")), "{}", run.stderr);
    assert!(!life.read("rootfs-a").is_empty());
}
