//! The libraries that build packages and install them.

mod build;
mod decoding;
mod install;
mod power_cut;
