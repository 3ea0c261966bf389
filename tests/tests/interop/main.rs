//! Other people's programs: readers of our packages, and users of our libraries from C, Python and the client.

mod boot_loaders;
mod c_interface;
mod client;
mod differential;
mod python;
mod repository;
#[cfg(unix)]
mod updaters;
mod web;
