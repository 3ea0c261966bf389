//! Deciding: a row for each rule, and every sequence of events of a small world.

mod bounds;
mod explore;
mod memory;
mod not_free;
mod packages;
mod postponing;
mod recalled;
mod releases;
mod rows;
