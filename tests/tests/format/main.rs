//! The format as it is published: vectors, golden packages, and packages with every byte altered.

mod altered;
mod delta_vectors;
mod golden;
mod vectors;
