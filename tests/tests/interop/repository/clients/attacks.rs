//! What a hostile or broken server can do to these clients: every refusal has its rule, and no round waits for ever.

use super::{TOLD, Unit, clients};
use crate::client::INSTALLED;
use crate::repository::attacks::{a_better_fix_lies, is_payload, lies};
use crate::repository::{FULL, HEAD};
use crate::web::{Answer, Web};
use pkg_format::repository::{Head, LogName};
use pkg_tests::heads::{self, FakeHead};
use pkg_tests::keys::key;
use std::fs;
use std::time::{Duration, Instant};

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

/// Each lie is found out; then an honest round.
#[test]
fn a_payload_that_lies_is_refused_by_its_rule() {
    for program in clients() {
        let is_c = program.len() == 1;
        let unit = Unit::begun(program, 20_000);
        unit.followed.publish(&[FULL]);
        assert!(unit.round(&[]).contains(TOLD));
        for (what, expected, lie) in lies("[MISSING]") {
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

/// Another fix is better than none, and no feature is installed instead of it.
#[test]
fn the_next_fix_is_installed_where_the_best_one_lies() {
    for program in clients() {
        let unit = Unit::begun(program, 20_000);
        a_better_fix_lies(&unit.followed);
        let said = unit.round(&["-y"]);
        assert!(said.contains("[PAY-1]") && said.contains("installed 1.0.1 in full"), "{said}");
        assert!(unit.booted("ok").contains("confirmed"));
        // Where no other fix fits, it is tried again, and nothing else is installed.
        let said = unit.fails();
        assert!(said.contains("[PAY-1]") && !said.contains(INSTALLED), "{said}");
        unit.followed.web.honest();
        assert!(unit.round(&["-y"]).contains("installed 1.0.2 in full"));
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
    let habits: [(&str, &str, Habit); 7] = [
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
        ("nowhere", "has the status 302", |answer| {
            *answer = Answer::new(302, Vec::new());
            answer.headers.push(("Location", "http://[".into()));
        }),
        ("a header that is no text", "nothing-offered|nothing new", |answer| {
            answer.headers = vec![("ETag", "\0\u{7f}".into()), ("Content-Range", "\0".into())];
        }),
        ("encoded", "nothing new", |answer| answer.headers.push(("Content-Encoding", "gzip".into()))),
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
