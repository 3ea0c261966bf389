//! Deciding: a row for each rule, and every sequence of events of a small world.

mod bounds;
mod explore;
mod memory;
mod packages;
mod postponing;
mod rows;
