//! What a client should do now, and why (SPEC 9.3).
//!
//! [`decide`] is a pure function of verified packages, what the device is and runs, what its user chose
//! and was told, and the time, where there is a clock to trust. It reads nothing, remembers nothing and
//! asks nobody: the client does what the [`Decision`] says, tells [`Choices`] what came of it, and asks
//! again.
//!
//! ```
//! use pkg_decide::{Choices, Clock, Device, DeviceState, Installed, Reason, Scope, Verdict, decide};
//! use pkg_format::{Digest, Id};
//! use pkg_verify::{ExampleKeys, Keyring, Policy, open};
//!
//! # fn main() -> pkg_verify::Result<()> {
//! # const FILE: &[u8] = include_bytes!("../../../testdata/golden/format-1/cam-x1-1.4.3.full.pkg");
//! # const KEYRING: &[u8] = include_bytes!("../../../keys-example/EXAMPLE.keyring");
//! let keyring = Keyring::open(KEYRING, ExampleKeys::DangerAccept)?;
//! let package = open(FILE)?.verify(&keyring, &Policy::default())?;
//! let runs = Installed {
//!     line: Id::new("1.4")?,
//!     sequence: 1,
//!     feature_level: 1,
//!     security_level: 1,
//!     manifest: None,
//!     images: vec![(Id::new("kernel")?, Digest([1; 32])), (Id::new("rootfs")?, Digest([2; 32]))],
//!     signed: None,
//!     disowned: None,
//! };
//! let scopes = vec![Scope::running(Id::new("product")?, runs)];
//! let (vendor, name, hardware) = (Id::new("acme")?, Id::new("cam-x1")?, vec![Id::new("rev-b")?]);
//! let device = Device::new(DeviceState { vendor, name, hardware, scopes });
//! let mut choices = Choices::default();
//! let clock = Clock::None;
//!
//! // Nothing is installed before the user was told of it.
//! let decision = decide(&device, &choices, &[&package], clock);
//! assert_eq!((decision.verdict, decision.reason), (Verdict::Notify, Reason::NotNotified));
//! println!("{}", decision.notice.unwrap().title);
//! choices.notified(&package, clock);
//!
//! // The user puts it off; monotonic time passes.
//! choices.postpone(&package, clock).unwrap();
//! assert_eq!(decide(&device, &choices, &[&package], clock).verdict, Verdict::Wait);
//! choices.pass(24 * 3_600);
//!
//! // Security updates install themselves, unless the user opted out …
//! assert_eq!(decide(&device, &choices, &[&package], clock).verdict, Verdict::Install);
//! choices.opt_out();
//! assert_eq!(decide(&device, &choices, &[&package], clock).reason, Reason::OptedOut);
//! // … and even then this very one, if the user approves it.
//! choices.approve(package.manifest_digest());
//! assert_eq!(decide(&device, &choices, &[&package], clock).verdict, Verdict::Install);
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
mod decide;
mod device;
mod disowned;
mod notice;
mod postpone;
mod record;
#[cfg(feature = "state-file")]
pub mod state_file;
mod step;
mod support;
mod verdict;
mod withdrawn;

pub use choices::{Choices, Notified, Superseded};
pub use decide::{Clock, Decision, Device, Refused, decide};
pub use device::{DeviceState, Fit, Installed, Scope, fit};
pub use notice::NoticeText;
pub use postpone::{LONGEST, NoMore, Postponed, granted};
pub use record::{Chain, Record};
pub use verdict::{Approval, Profile, Reason, UpToDate, Verdict};
pub use withdrawn::{Target, Withdrawals, Withdrawer};
