//! Follows a repository of update packages: what it offers, what is missing, and what to fetch (SPEC, appendix C).
//!
//! ```
//! use pkg_decide::Clock;
//! use pkg_repository::{Follower, Freshness, Record, Transport, choose, fetch, round};
//! use pkg_verify::{ExampleKeys, Keyring, Policy, Statements};
//! use pkg_verify::format::repository::LogName;
//!
//! fn look(
//!     http: &mut dyn Transport,
//!     log: LogName,
//!     stored: &[u8],
//!     keyring: &Keyring,
//!     device: &pkg_decide::Device,
//!     heard: impl Fn(&pkg_verify::format::Digest) -> bool,
//! ) -> (Vec<Statements>, Vec<u8>) {
//!     let record = Record::from_bytes(stored).unwrap_or_default();
//!     let mut follower = Follower::new(log, record, keyring);
//!     if let Err(error) = round(http, &mut follower, keyring, ExampleKeys::Refuse, device.policy.jump) {
//!         println!("nothing new: {error}");
//!     }
//!     if let Some(Freshness::Behind(seconds)) = follower.freshness(Clock::None) {
//!         println!("a newer head should have been there {seconds} seconds ago: updates may be withheld");
//!     }
//!     // Decide on the stored head in every round, also where nothing new came.
//!     let mut offered = Vec::new();
//!     if let Some(head) = follower.head() {
//!         let choice = choose(&head.head().current, &device.state, heard);
//!         for entry in choice.unheard.into_iter().chain(choice.installed).chain(choice.steps) {
//!             offered.extend(fetch::statements(http, entry, keyring, &device.policy));
//!         }
//!     }
//!     (offered, follower.record().to_bytes()) // for pkg_decide::decide, and to be stored
//! }
//! ```
//!
//! The head of a repository chooses and proves completeness; it installs nothing. Whatever a device fetches it verifies
//! as if it came from a memory stick.
//!
//! * [`Follower`] says which head replaces the one in force, and whether a newer one is overdue.
//! * [`round`] asks for the head, and for newer keyrings where they are needed.
//! * [`choose`] says which entries a device should look at, and [`Offers`] in which order; [`fetch`] fetches and checks
//!   them; [`Remote`] reads a package while it is installed.
//! * [`Log`] holds every entry; [`current`] says which of them devices need, for publishers and auditors alike.
//!
//! * [`Several`] asks the next address of a repository where one fails.
//!
//! `no_std` with `alloc`. It opens no connection: a [`Transport`] does that, such as `Web` with the feature `http`. It
//! knows no clock and writes nothing.
#![no_std]
#![deny(
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::arithmetic_side_effects,
    clippy::panic
)]

extern crate alloc;
#[cfg(feature = "http")]
extern crate std;

mod choose;
mod current;
pub mod fetch;
mod follower;
#[cfg(feature = "http")]
pub mod http;
mod log;
mod offers;
mod pages;
mod record;
mod remote;
mod round;
mod several;
mod transport;

pub use choose::{Choice, choose};
pub use current::{Published, check_current, current};
pub use follower::{Follower, Freshness, Received};
#[cfg(feature = "http")]
pub use http::Web;
pub use log::{Log, live};
pub use offers::{Offers, in_vain};
pub use pages::Reading;
pub use record::Record;
pub use remote::Remote;
pub use round::{Round, may_need_newer_keys, newest_keyring, round};
pub use several::Several;
pub use transport::{Error, Range, Request, Response, Transport, content_range};
