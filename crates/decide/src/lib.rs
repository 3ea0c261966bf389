//! Decides what a device should do about the packages at hand, and why (SPEC 9.3).
//!
//! ```
//! use pkg_decide::{Choices, Clock, Device, DeviceState, Installed, Reason, Scope, Verdict, decide};
//! use pkg_verify::{Policy, format::{Digest, Id}, open};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # std::env::set_current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))?;
//! # let keyring = pkg_verify::Keyring::open(
//! #     &std::fs::read("keys-example/EXAMPLE.keyring")?, pkg_verify::ExampleKeys::DangerAccept)?;
//! # let download = "testdata/golden/format-1/cam-x1-1.4.3.full.pkg";
//!
//! // What the device is, and what runs on it: line 1.4, sequence 1, feature level 1, security level 1.
//! let images = vec![(Id::new("kernel")?, Digest([1; 32])), (Id::new("rootfs")?, Digest([2; 32]))];
//! let scope = Scope::running(Id::new("product")?, Installed::new(Id::new("1.4")?, 1, 1, 1, images));
//! let state = DeviceState::new(Id::new("acme")?, Id::new("cam-x1")?, vec![Id::new("rev-b")?], vec![scope]);
//! let device = Device::new(state);
//! let mut choices = Choices::default();
//!
//! // Only verified packages can be offered.
//! let file = std::fs::File::open(download)?;
//! let package = open(file)?.verify(&keyring, &Policy::default())?.into_statements();
//!
//! let decision = decide(&device, &choices, &[&package], Clock::None);
//! assert_eq!((decision.verdict, decision.reason), (Verdict::Notify, Reason::NotNotified));
//! println!("{}", decision.notice.expect("there is something to tell").title);
//! choices.notified(&package, Clock::None);
//! # assert_ne!(decide(&device, &choices, &[&package], Clock::None).verdict, Verdict::Notify);
//! # Ok(()) }
//! ```
//!
//! [`decide`] is a pure function of verified packages, the device's state, its user's choices and the time, where
//! there is a clock to trust. It reads nothing, stores nothing and asks nobody. The client acts on the [`Decision`],
//! tells [`Choices`] what happened, stores both, and calls [`decide`] again.
//!
//! * [`DeviceState::fits`] checks one package: product, rollback, applicability.
//! * [`DeviceState::follow`] and [`Choices::follow`] take in a newer keyring.
//! * [`Chain`] and [`Record`] write a log of decisions that shows when it was changed.
//! * `state_file` (feature `state-file`, on by default) reads and writes all of it as text. Without it the crate is
//!   `no_std` and needs `alloc`.
//!
//! # Postponing, opting out, approving
//!
//! ```
//! # use pkg_decide::{Choices, Clock, Device, DeviceState, Installed, Reason, Scope, Verdict, decide};
//! # use pkg_verify::{ExampleKeys, Keyring, Policy, format::{Digest, Id}, open};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # std::env::set_current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))?;
//! # let keyring = Keyring::open(&std::fs::read("keys-example/EXAMPLE.keyring")?, ExampleKeys::DangerAccept)?;
//! # let file = std::fs::File::open("testdata/golden/format-1/cam-x1-1.4.3.full.pkg")?;
//! # let package = open(file)?.verify(&keyring, &Policy::default())?;
//! # let images = vec![(Id::new("kernel")?, Digest([1; 32])), (Id::new("rootfs")?, Digest([2; 32]))];
//! # let installed = Installed::new(Id::new("1.4")?, 1, 1, 1, images);
//! # let scopes = vec![Scope::running(Id::new("product")?, installed)];
//! # let state = DeviceState::new(Id::new("acme")?, Id::new("cam-x1")?, vec![Id::new("rev-b")?], scopes);
//! # let device = Device::new(state);
//! # let mut choices = Choices::default();
//! # let clock = Clock::None;
//! # choices.notified(&package, clock);
//! // The user was told, and puts the update off; monotonic time passes.
//! choices.postpone(&package, clock)?;
//! assert_eq!(decide(&device, &choices, &[&package], clock).verdict, Verdict::Wait);
//! choices.pass(24 * 3_600);
//!
//! // Security updates install themselves unless the user opted out.
//! assert_eq!(decide(&device, &choices, &[&package], clock).verdict, Verdict::Install);
//! choices.opt_out();
//! assert_eq!(decide(&device, &choices, &[&package], clock).reason, Reason::OptedOut);
//!
//! // An approval counts for this one manifest.
//! choices.approve(package.manifest_digest());
//! assert_eq!(decide(&device, &choices, &[&package], clock).verdict, Verdict::Install);
//! # Ok(()) }
//! ```
//!
//! # Misuse does not compile
//!
//! What nobody verified cannot be offered:
//!
//! ```compile_fail,E0308
//! # fn f(package: &[u8], device: &pkg_decide::Device) -> Result<(), pkg_verify::Error> {
//! let unverified = pkg_verify::open(package)?;
//! pkg_decide::decide(device, &Default::default(), &[&unverified], pkg_decide::Clock::None);
//! # Ok(()) }
//! ```

#![deny(
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::arithmetic_side_effects,
    clippy::panic
)]
#![no_std]
#![cfg_attr(
    test,
    allow(
        clippy::as_conversions,
        clippy::indexing_slicing,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::arithmetic_side_effects,
        clippy::panic
    )
)]

extern crate alloc;
#[cfg(any(test, feature = "state-file"))]
extern crate std;

mod candidates;
mod choices;
mod clock;
mod decide;
mod device;
mod disowned;
mod fit;
mod here;
mod notice;
mod postpone;
mod record;
#[cfg(feature = "state-file")]
pub mod state_file;
mod step;
mod support;
mod verdict;
mod withdrawn;

pub use candidates::Refused;
pub use choices::{Choices, Notified, Superseded};
pub use clock::Clock;
pub use decide::{Decision, decide};
pub use device::{Device, DeviceState, Installed, Scope};
pub use fit::{Fit, fit};
pub use notice::NoticeText;
pub use postpone::{LONGEST, NoMore, Postponed, granted};
pub use record::{Chain, Record};
pub use verdict::{Approval, Profile, Reason, UpToDate, Verdict};
pub use withdrawn::{Target, Withdrawals, Withdrawer};
