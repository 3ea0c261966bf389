//! The clients in C with libcurl (`examples/client-c`) and in Python (`bindings/python/follow.py`) follow a repository:
//! what a round costs, what it survives, and what is refused. Without the headers of libcurl the one in C is left out.

use super::rounds::{entries, write};
use super::{DELTA, FULL, Followed, HEAD, SIGN};
use crate::client::{FACTORY, INSTALLED, Life};
use crate::web::{Answer, Asked, Web};
use pkg_format::repository::{Head, LogName};
use pkg_tests::heads::{self, FakeHead};
use pkg_tests::keys::key;
use pkg_tests::tool::{self, Run, c_library, workspace};
use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

const FIRST: &str = "cam-1.0.0.full.pkg";
const TOLD: &str = "Video without password";

/// Compiles the client in C, with every warning an error, as C99 and as C++; none where libcurl is missing.
fn c_client() -> Option<PathBuf> {
    static BUILT: OnceLock<Option<PathBuf>> = OnceLock::new();
    BUILT.get_or_init(build).clone()
}

fn build() -> Option<PathBuf> {
    if !Command::new("curl-config").arg("--version").output().is_ok_and(|o| o.status.success()) {
        eprintln!("left out: no headers of libcurl here (Debian: libcurl4-openssl-dev)");
        return None;
    }
    let sources = ["follow.c", "web.c", "files.c"].map(|f| workspace().join("examples/client-c").join(f));
    let [_, out] =
        [("c++", "-std=c++11", "c++"), ("cc", "-std=c99", "c")].map(|(compiler, standard, language)| {
            let out = c_library().join(format!("follow-{compiler}"));
            let run = Command::new(compiler)
                .args(["-Wall", "-Wextra", "-Werror", "-pedantic", "-g", standard, "-x", language])
                .args(&sources)
                .args(["-x", "none", "-I"])
                .arg(workspace().join("crates/verify-c/include"))
                .arg(c_library().join("libpkg_verify_c.a"))
                .args(["-lcurl", "-lpthread", "-ldl", "-lm", "-o"])
                .arg(&out)
                .output()
                .expect("a compiler runs");
            assert!(run.status.success(), "{compiler}: {}", String::from_utf8_lossy(&run.stderr));
            out
        });
    Some(out)
}

/// The clients: how each is started.
fn clients() -> Vec<Vec<OsString>> {
    let python = ["python3", "-X", "dev", "-W", "error", "-B"].map(OsString::from).to_vec();
    let script = workspace().join("bindings/python/follow.py").into_os_string();
    c_client()
        .map(|path| vec![path.into_os_string()])
        .into_iter()
        .chain([[python, vec![script]].concat()])
        .collect()
}

/// A device that runs one of the clients, and the repository that it follows.
struct Unit {
    program: Vec<OsString>,
    followed: Followed,
}

impl Unit {
    /// Nothing runs yet; 1.0.0 is published.
    fn empty(program: Vec<OsString>, rootfs: usize) -> Unit {
        let life = Life::new(rootfs);
        life.0.done(&[&["repository", "new", "repo", "--product", "acme/cam"][..], &SIGN].concat());
        let web = Web::new(&life.0.path("repo"));
        fs::create_dir(life.0.path("unit")).expect("a folder");
        life.0.write("unit/factory.toml", FACTORY);
        let unit = Unit { program, followed: Followed { life, web } };
        unit.followed.publish(&[FIRST]);
        unit
    }

    /// 1.0.0 runs.
    fn begun(program: Vec<OsString>, rootfs: usize) -> Unit {
        let unit = Unit::empty(program, rootfs);
        let said = unit.round(&["-y"]);
        assert!(said.contains(&format!("installed 1.0.0 in full; {INSTALLED}")), "{said}");
        assert!(unit.round(&[]).contains("waits for its start"));
        assert!(unit.booted("ok").contains("confirmed"));
        unit.followed.web.traffic();
        unit
    }

    fn command(&self, options: &[&str], more: &[&str]) -> Command {
        let mut command = Command::new(&self.program[0]);
        command.args(&self.program[1..]).args(options).args(["unit", "cam.keyring"]).args(more);
        command.current_dir(self.followed.life.0.dir()).stdin(Stdio::null());
        command.env("PKG_VERIFY_LIBRARY", c_library().join(format!("{DLL_PREFIX}pkg_verify_c{DLL_SUFFIX}")));
        command
    }

    fn at(&self, addresses: &[&str], options: &[&str]) -> Run {
        let mut command =
            self.command(&[&["-p", "1"], options].concat(), &[&["acme-updates"], addresses].concat());
        tool::of(command.output().expect("the client runs"))
    }

    /// One round that can be done; what the client printed, the log last.
    fn round(&self, options: &[&str]) -> String {
        let run = self.at(&[&self.followed.web.address], options);
        assert_eq!(run.status, Some(0), "{:?}: {}{}", self.program, run.stdout, run.stderr);
        run.stdout + &run.stderr
    }

    /// One round whose install failed.
    fn fails(&self) -> String {
        let run = self.at(&[&self.followed.web.address], &["-y"]);
        assert_eq!(run.status, Some(2), "{:?}: {}{}", self.program, run.stdout, run.stderr);
        run.stdout + &run.stderr
    }

    fn booted(&self, how: &str) -> String {
        let run = tool::of(self.command(&["-b", how], &[]).output().expect("the client runs"));
        assert_eq!(run.status, Some(0), "{}{}", run.stdout, run.stderr);
        run.stdout
    }

    /// A round that installs 1.0.1, and the start after it.
    fn installs(&self, how: &str) {
        let said = self.round(&["-y"]);
        assert!(said.contains(&format!("installed 1.0.1 {how}; {INSTALLED}")), "{said}");
        assert!(self.booted("ok").contains("confirmed"));
        self.runs();
    }

    /// 1.0.1 is what runs, and what was signed is there.
    fn runs(&self) {
        assert!(self.followed.life.0.read("unit/b/rootfs") == self.followed.life.0.read("fixed.img"));
        assert!(self.round(&["-y"]).contains("up-to-date"));
    }

    /// The head that is served, as it is verified.
    fn head(&self) -> Head {
        let keyring = self.followed.life.0.read("cam.keyring");
        let keyring =
            pkg_verify::Keyring::open(&keyring, pkg_verify::ExampleKeys::Refuse).expect("a keyring");
        let file = fs::read(self.followed.file(HEAD)).expect("a head");
        pkg_verify::verify_head(&file, &keyring, &heads::name()).expect("ours").head().clone()
    }

    fn serve(&self, head: FakeHead) {
        fs::write(self.followed.file(HEAD), head.file()).expect("written");
    }
}

/// A part of a package behind its front.
fn is_payload(asked: &Asked) -> bool {
    asked.path.starts_with("packages/") && asked.range.is_some_and(|(first, _)| first > 0)
}

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
        let size = unit.followed.size(FULL);
        let piece = usize::try_from(size / 51 + 1).expect("a size");
        unit.followed.web.habit(move |asked, mut answer| {
            if asked.path.starts_with("packages/") && answer.body.len() > piece {
                answer.cut = Some(piece);
            }
            answer
        });
        unit.installs("in full");
        let traffic = unit.followed.web.traffic();
        let (connections, bytes) = (traffic.count("packages/"), traffic.received + traffic.sent);
        assert!(connections >= 50, "{connections}");
        assert!(bytes * 100 <= size * 102, "{bytes} bytes for a package of {size}");
        println!("{connections} connections: {bytes} bytes for a package of {size}");
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

/// A head that is stale, of another history, of somebody else, or that nobody signed who may: each by its rule, and what
/// was seen stays in force.
#[test]
fn heads_are_refused_by_their_rules() {
    for program in clients() {
        let unit = Unit::begun(program, 20_000);
        let stale = fs::read(unit.followed.file(HEAD)).expect("a head");
        // Nothing that installs itself.
        unit.followed.publish(&["cam-1.1.0.full.pkg"]);
        assert!(!unit.round(&[]).contains("nothing new"));
        let honest = fs::read(unit.followed.file(HEAD)).expect("a head");
        let head = unit.head();
        let of = |of: LogName| FakeHead::new(&Head { of, ..head.clone() });
        let id = pkg_tests::device::id;
        let empty = Head { current: Vec::new(), log: heads::log(&[]), ..head.clone() };
        let cases = [
            ("REP-1", of(LogName { repository: id("other-updates"), ..head.of.clone() })),
            ("REP-2", of(LogName { name: id("lamp"), ..head.of.clone() })),
            ("SIG-15", FakeHead::new(&head).signed_by(&[key("security")])),
            ("VER-5", FakeHead::new(&Head { version: head.version + 100_000, ..head.clone() })),
            ("REP-6", FakeHead::new(&Head { version: head.version + 1, ..empty })),
        ];
        for (rule, forged) in cases {
            unit.serve(forged);
            let said = unit.round(&["-e", "1"]);
            assert!(said.contains(&format!("nothing new: [{rule}]")), "{rule}: {said}");
            assert!(!said.contains("alarm"), "{said}");
        }
        // Rolled back: no alarm. The server is asked again, and what was seen is installed.
        fs::write(unit.followed.file(HEAD), &stale).expect("written");
        let said = unit.round(&["-e", "1"]);
        assert!(said.contains("nothing new: [REP-3]") && !said.contains("alarm"), "{said}");
        // Two heads of one version: an alarm, and the other one is kept.
        let other = FakeHead::new(&Head { current: Vec::new(), ..head.clone() });
        unit.serve(other.clone());
        assert!(unit.round(&["-e", "1"]).contains("alarm: [REP-4]"));
        let record = unit.followed.life.0.read("unit/repository");
        for kept in [honest.clone(), other.file()] {
            assert!(record.windows(kept.len()).any(|w| w == kept), "both heads are evidence");
        }
        fs::write(unit.followed.file(HEAD), honest).expect("written");
        unit.followed.publish(&[FULL]);
        assert!(unit.round(&["-y"]).contains("installed 1.0.1 in full"), "the newest head is in force");
    }
}

/// Payloads that are not what was signed, by the rule that finds it out; then an honest round.
#[test]
fn a_payload_that_lies_is_refused_by_its_rule() {
    type Lie = fn(&mut Answer);
    let lies: [(&str, &str, Lie); 6] = [
        ("bytes that change between two ranges", "[PAY-1]", |answer| answer.body[700] ^= 1),
        ("another size of the whole", "[REP-9]", |answer| {
            answer.headers = vec![("Content-Range", "bytes 9-10/11".into())];
        }),
        ("no place", "[REP-9]", |answer| answer.headers.clear()),
        ("the file ends before this byte", "[REP-9]", |answer| *answer = Answer::new(416, Vec::new())),
        ("withheld", "[MISSING]", |answer| *answer = Answer::new(404, Vec::new())),
        ("always empty", "ends too early", |answer| answer.body.clear()),
    ];
    for program in clients() {
        let is_c = program.len() == 1;
        let unit = Unit::begun(program, 20_000);
        unit.followed.publish(&[FULL]);
        assert!(unit.round(&[]).contains(TOLD));
        for (what, expected, lie) in lies {
            unit.followed.web.habit(move |asked, mut answer| {
                if is_payload(asked) {
                    lie(&mut answer);
                }
                answer
            });
            let said = unit.fails();
            assert!(said.contains(expected), "{what}, C {is_c}: {said}");
            assert!(unit.booted("ok").contains("nothing waits"), "{what}");
        }
        // One good address is enough.
        let honest = Web::new(&unit.followed.file(""));
        unit.followed.web.habit(|asked, mut answer| {
            if is_payload(asked) {
                answer.body[700] ^= 1;
            }
            answer
        });
        let run = unit.at(&["http://127.0.0.1:9", &unit.followed.web.address, &honest.address], &["-y"]);
        assert!(
            run.stdout.contains(INSTALLED) && run.stderr.contains("[PAY-1]"),
            "{}{}",
            run.stdout,
            run.stderr
        );
        assert!(unit.booted("ok").contains("confirmed"));
        unit.followed.web.honest();
        unit.runs();
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

/// "Unchanged" for ever: it is told once the head is older than it may be, and a whole head is asked for.
#[test]
fn an_etag_that_lies_is_found_out_by_age() {
    for program in clients() {
        let unit = Unit::begun(program, 20_000);
        unit.followed.publish(&[FULL]);
        unit.followed.web.habit(|asked, answer| match asked.etag {
            Some(_) => Answer::new(304, Vec::new()),
            None => answer,
        });
        assert!(unit.round(&["-e", "200000"]).contains("up-to-date"));
        let said = unit.round(&["-e", "100000"]);
        assert!(said.contains(TOLD) && !said.contains("may be behind"), "{said}");
        // The old head for ever.
        unit.followed.web.habit(|asked, answer| match asked.path.as_str() {
            HEAD => Answer::new(503, Vec::new()),
            _ => answer,
        });
        let said = unit.round(&["-e", "300000"]);
        assert!(said.contains("may be behind: a newer head is overdue by 40800 seconds"), "{said}");
        assert!(said.contains("installed 1.0.1"), "what was seen is decided on: {said}");
    }
}

/// Answers that never end, that stop coming, or that come byte by byte: the round ends, and what was known is decided
/// on. Redirects are not followed.
#[test]
fn endless_and_slow_answers_are_given_up_on() {
    type Habit = fn(&mut Answer);
    let habits: [(&str, &str, Habit); 4] = [
        ("endless", "has more than 591872 bytes", |answer| {
            answer.endless = true;
            answer.pace = Some((64 << 10, Duration::ZERO));
        }),
        ("it stops", "[IO]|timed out", |answer| answer.pace = Some((100, Duration::from_secs(3)))),
        ("byte by byte", "[IO]|too slowly", |answer| answer.pace = Some((1, Duration::from_millis(300)))),
        ("elsewhere", "has the status 302", |answer| {
            *answer = Answer::new(302, Vec::new());
            answer.headers.push(("Location", "http://127.0.0.1:9/".into()));
        }),
    ];
    for program in clients() {
        let unit = Unit::begun(program, 20_000);
        for (what, expected, habit) in habits {
            unit.followed.web.habit(move |_, mut answer| {
                habit(&mut answer);
                answer
            });
            fs::remove_file(unit.followed.life.0.path("unit/repository")).expect("a record");
            let begun = Instant::now();
            let said = unit.round(&["-e", "1"]);
            assert!(expected.split('|').any(|one| said.contains(one)), "{what}: {said}");
            assert!(begun.elapsed() < Duration::from_secs(20), "{what}: {:?}", begun.elapsed());
        }
        unit.followed.web.honest();
        assert!(unit.round(&[]).contains("up-to-date"));
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
    python.env("PKG_VERIFY_LIBRARY", c_library().join(format!("{DLL_PREFIX}pkg_verify_c{DLL_SUFFIX}")));
    let run = tool::of(python.output().expect("python3 runs"));
    assert_eq!((run.status, run.stdout), (Some(0), part("text")), "{}", run.stderr);
    assert!(!life.read("rootfs-a").is_empty());
}
