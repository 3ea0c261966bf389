//! What the programs for a Cortex-M share: a heap that is counted, the stack's depth, files of the host.
#![no_std]

extern crate alloc;

pub mod host;
pub mod stack;

use bare_judge::Counted;
use embedded_alloc::LlffHeap;

/// What is allocated. Each program gives it its memory.
#[global_allocator]
pub static HEAP: Counted<LlffHeap> = Counted::new(LlffHeap::empty());
