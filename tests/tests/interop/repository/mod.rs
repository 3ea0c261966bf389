//! Clients and a repository on a web server: what a round costs, what it survives, and what a
//! server can do to it.

mod attacks;
mod clients;
mod costs;
mod rounds;

use crate::client::{INSTALLED, Life};
use crate::web::Web;
use std::fs;
use std::path::PathBuf;

/// Signs heads.
const SIGN: [&str; 4] = ["--key", "catalogue.key", "--keyring", "cam.keyring"];
const FULL: &str = "cam-1.0.1.full.pkg";
const DELTA: &str = "cam-1.0.1.from-1.0.0.pkg";
const HEAD: &str = "products/acme/cam/stable/head";
/// Where the client keeps what it knows of the repository.
const RECORD: &str = "device/repository-acme-updates-stable";

/// A device, and a repository that it follows.
struct Followed {
    life: Life,
    web: Web,
}

impl Followed {
    /// 1.0.0 runs, and is published.
    fn begun(rootfs: usize) -> Followed {
        let life = Life::begun(rootfs);
        life.take_away("cam-1.0.0.full.pkg");
        life.0.done(&[&["repository", "new", "repo", "--product", "acme/cam"][..], &SIGN].concat());
        let web = Web::new(&life.0.path("repo"));
        let followed = Followed { life, web };
        followed.publish(&["cam-1.0.0.full.pkg"]);
        followed
    }

    fn publish(&self, packages: &[&str]) {
        self.life.0.done(&[&["publish"][..], packages, &["--to", "repo"], &SIGN].concat());
    }

    fn file(&self, path: &str) -> PathBuf {
        self.life.0.path("repo").join(path)
    }

    /// Serves the full package in so many pieces: after each the connection ends.
    fn serve_in_pieces(&self, pieces: u64) {
        let piece = usize::try_from(self.size(FULL) / pieces + 1).expect("a size");
        self.web.habit(move |asked, mut answer| {
            if asked.path.starts_with("packages/") && answer.body.len() > piece {
                answer.cut = Some(piece);
            }
            answer
        });
    }

    /// The full package came over so many connections or more, which cost at most two per cent.
    fn costs_two_per_cent(&self, least: usize) {
        let (size, traffic) = (self.size(FULL), self.web.traffic());
        let (connections, bytes) = (traffic.count("packages/"), traffic.received + traffic.sent);
        assert!(connections >= least, "{connections}");
        assert!(bytes * 100 <= size * 102, "{bytes} bytes for a package of {size}");
        println!("{connections} connections: {bytes} bytes for a package of {size}");
    }

    /// One round that can be done, at these addresses; what the client printed, the log last.
    fn at(&self, addresses: &[&str], more: &[&str]) -> String {
        self.life.round(&arguments(addresses, more))
    }

    fn round(&self, more: &[&str]) -> String {
        self.at(&[&self.web.address], more)
    }

    /// One round that could do nothing; what the client logged.
    fn fails(&self, more: &[&str]) -> String {
        let run = self.life.run(&arguments(&[&self.web.address], more), "");
        assert_eq!(run.status, Some(2), "{}{}", run.stdout, run.stderr);
        run.stdout + &run.stderr
    }

    /// A round that installs, and the start after it.
    fn installs(&self, how: &str) {
        let said = self.round(&["--yes"]);
        assert!(said.contains(&format!("{how}; {INSTALLED}")), "{said}");
        self.life.round(&["--booted", "ok"]);
        assert_eq!(self.life.boot(), "boot b\nrootfs b\n");
        assert!(self.life.slot("b") == self.life.0.read("fixed.img"), "what was signed is there");
    }

    /// How large a package is.
    fn size(&self, name: &str) -> u64 {
        fs::metadata(self.life.0.path(name)).expect("a package").len()
    }
}

fn arguments<'a>(addresses: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    let follow = [&["--repository"][..], addresses, &["--id", "acme-updates", "--patience", "1"]];
    [&follow.concat()[..], more].concat()
}
