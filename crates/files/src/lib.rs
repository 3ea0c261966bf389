//! Files: one way each to open, replace and lock them.
//!
//! Somebody who puts a FIFO, a link or a device where this toolchain reads or writes gains nothing by it: no endless
//! wait, no write to another file, no file with a mode of their choice.
//!
//! * [`open_regular`] opens a regular file and says what it found where there is none. [`Roots`] does the same for
//!   files that a description names: nothing outside the given folders is opened.
//! * [`AtomicFile`] writes beside the target and gives the file its name at the end. [`create_new`] writes a file
//!   that must not exist yet.
//! * [`NewFolder`] does for a folder what [`AtomicFile`] does for a file.
//! * [`TemporaryFolder`] goes when it is dropped.
//! * [`Lock`] is held on a file of its own, which nobody else can open.
//! * [`open_secret`] opens a file with a key or a passphrase; [`exposed`] says who else could read or replace it.
//! * [`ReadAt`] reads at any place, from a file or from memory.
//! * [`remove_unfinished`] removes what has no name yet, for a process that ends at once.
#![cfg_attr(
    not(test),
    deny(
        clippy::as_conversions,
        clippy::indexing_slicing,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::arithmetic_side_effects,
        clippy::panic
    )
)]

mod atomic;
mod exposure;
#[cfg_attr(not(unix), path = "folder_by_path.rs")]
pub mod folder;
mod lock;
mod new_folder;
mod open;
mod own;
mod pending;
mod place;
mod read_at;
mod roots;
mod temporary_folder;

pub use atomic::{AtomicFile, Durability, Rights, create_new};
pub use exposure::{Exposure, exposed};
pub use folder::{Folder, Found, Identity};
pub use lock::{Lock, LockError};
pub use new_folder::NewFolder;
pub use open::{
    NotRegular, is_block_device, open_append, open_image, open_no_link, open_regular, open_secret,
    open_source, read_bounded, read_small,
};
pub use pending::remove_unfinished;
pub use place::{NO_NAME, beside, name, parent, real_target};
pub use read_at::ReadAt;
pub use roots::{Inside, Outside, Roots};
pub use temporary_folder::TemporaryFolder;
