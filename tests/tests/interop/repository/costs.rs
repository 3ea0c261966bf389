//! What a device transfers: counted at the server, with all headers.

use super::rounds::{entries, write};
use super::{DELTA, FULL, Followed, arguments};
use crate::client::INSTALLED;
use pkg_format::Digest;
use pkg_format::repository::Entry;
use pkg_tests::longer;
use std::process::Stdio;
use std::time::Duration;

/// A device that has everything asks once.
#[test]
fn up_to_date_is_one_request_below_a_kilobyte() {
    let followed = Followed::begun(20_000);
    assert!(followed.round(&[]).contains("up-to-date"));
    followed.web.traffic();
    assert!(followed.round(&[]).contains("up-to-date"));
    let traffic = followed.web.traffic();
    assert_eq!(traffic.asked.len(), 1, "{:?}", traffic.asked);
    assert!(traffic.received + traffic.sent < 1_000, "{} and {}", traffic.received, traffic.sent);
    let head = &traffic.asked[0].head;
    assert!(head.contains("accept-encoding: identity") && !head.contains("if-range"), "{head}");
    println!("up to date: {} bytes up, {} down", traffic.received, traffic.sent);
}

/// A log with 1,000 releases, 20 of them current.
#[test]
fn two_requests_come_before_the_payload() {
    let followed = Followed::begun(20_000);
    followed.round(&[]);
    followed.publish(&[FULL, DELTA]);
    let mut all = entries(&followed);
    let fix = all.last().expect("1.0.1").clone();
    let installed = all.first().expect("1.0.0").clone();
    let mut current = vec![fix];
    for n in all.len()..1_000 {
        let name = format!("another release {n}");
        let sequence = 10 + n as u64;
        let entry = Entry { manifest: Digest::of(name.as_bytes()), sequence, ..installed.clone() };
        current.extend((n < 21).then(|| entry.clone()));
        all.push(entry);
    }
    write(&followed, &all, &current);
    followed.web.traffic();
    // Told, and nobody there to answer: the payload is not asked for.
    let said = followed.round(&[]);
    assert!(said.contains("Video without password"), "{said}");
    let traffic = followed.web.traffic();
    assert_eq!((traffic.asked.len(), current.len()), (2, 20), "{:?}", traffic.asked);
    assert!(traffic.received + traffic.sent < 24_000, "{} and {}", traffic.received, traffic.sent);
    println!("before the payload: {} bytes up, {} down", traffic.received, traffic.sent);
}

/// The full package in 51 pieces: 50 times the connection ends.
#[test]
fn fifty_broken_connections_cost_two_per_cent() {
    let followed = Followed::begun(6_000_000);
    followed.publish(&[FULL]);
    followed.round(&[]);
    followed.web.traffic();
    followed.serve_in_pieces(51);
    followed.installs("in full");
    followed.costs_two_per_cent(50);
}

/// Killed while it installs: what the next runs transfer again is at most a chunk and a checkpoint for each kill.
#[test]
fn a_kill_costs_a_chunk_and_a_checkpoint() {
    /// Image bytes of a chunk, as `--level fast` makes them; a checkpoint comes with the end of a chunk.
    const CHUNK: u64 = 8 << 20;
    const CHECKPOINT: u64 = 4 << 20;
    let followed = Followed::begun(20_000_000);
    followed.publish(&[FULL]);
    followed.round(&[]);
    followed.web.traffic();
    followed.web.habit(|_, mut answer| {
        answer.pace = Some((64 << 10, Duration::from_millis(4)));
        answer
    });
    let (mut kills, mut midway, mut sent, size) = (0u64, 0, 0, followed.size(FULL));
    let most = longer::setting("PKG_KILLS", 8) as u64;
    while !followed.life.boot().contains("try") {
        let args = arguments(&[&followed.web.address], &["--yes"]);
        let mut command = followed.life.command(&args);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the client runs");
        if kills < most {
            // In the payload, before and after the end of its first chunk.
            let goal = (1 + 3 * kills % 14) << 20;
            let mut runs = true;
            while runs && followed.web.sent() < goal {
                std::thread::sleep(Duration::from_millis(2));
                runs = child.try_wait().expect("a status").is_none();
            }
            let _ = child.kill();
            (kills, midway) = (kills + 1, midway + u64::from(runs));
        }
        child.wait().expect("it ends");
        sent += followed.web.traffic().sent;
    }
    let lost = sent.saturating_sub(size);
    println!("{midway} kills in the payload, {kills} in all: {lost} bytes again, {} for each", lost / kills);
    assert!(midway > 2, "{midway} of {kills}");
    assert!(lost <= kills * (CHUNK + CHECKPOINT), "{kills} kills cost {lost} bytes");
    followed.life.round(&["--booted", "ok"]);
    assert!(followed.life.slot("b") == followed.life.0.read("fixed.img"));
    assert!(!followed.round(&["--yes"]).contains(INSTALLED));
}
