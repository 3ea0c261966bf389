//! What a device trusts: keyrings, signatures, rollback, and what the verifier decides.
//!
//! This binary has the allocator of `memory.rs`, which counts what each thread holds. It counts per thread, so
//! the other tests neither disturb it nor notice it.

mod decide;
mod device;
mod disowned;
mod head;
mod keyring;
mod memory;
mod post_quantum;
mod repository;
mod rotation;
mod stolen_key;
