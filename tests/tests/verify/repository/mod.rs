//! Clients of a repository: what they follow, what they fetch, and what a server can do to them.

mod choosing;
mod current;
mod fetching;
mod following;
mod keys;
mod logs;
mod vectors;

use pkg_decide::{Device, DeviceState};
use pkg_format::limits;
use pkg_repository::{Error, Follower, Record, Round, round};
use pkg_tests::heads;
use pkg_tests::keyrings::standard;
use pkg_tests::mirror::Server;
use pkg_verify::{ExampleKeys, Keyring};

/// A client with its keyring.
struct Client {
    follower: Follower,
    keyring: Keyring,
}

impl Client {
    fn new() -> Client {
        let keyring = standard();
        Client { follower: Follower::new(heads::name(), Record::default(), &keyring), keyring }
    }

    /// One round; a newer keyring is kept.
    fn round(&mut self, server: &Server) -> Result<Round, Error> {
        let mut server = server.clone();
        let accept = ExampleKeys::DangerAccept;
        let round = round(&mut server, &mut self.follower, &self.keyring, accept, limits::JUMP)?;
        if let Some(newer) = &round.keyring {
            self.keyring = newer.clone();
        }
        Ok(round)
    }

    /// The client after a restart: all it has is what it stored.
    fn restarted(&self) -> Client {
        let record = Record::from_bytes(&self.follower.record().to_bytes()).expect("a record");
        assert_eq!(&record, self.follower.record());
        let keyring = self.keyring.clone();
        Client { follower: Follower::new(heads::name(), record, &keyring), keyring }
    }

    /// The version of the head in force.
    fn version(&self) -> Option<u64> {
        self.follower.head().map(|h| h.head().version)
    }
}

fn device() -> Device {
    Device::new(state())
}

fn state() -> DeviceState {
    pkg_tests::device::standard()
}
