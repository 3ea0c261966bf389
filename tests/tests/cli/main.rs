//! The binary `pkg`: what scripts rely on, what users read, and which keys can sign.

mod contract;
mod delta;
mod readme;
mod shown;
mod signers;
mod stolen;
mod transcripts;
mod tutorial;
mod vectors;
