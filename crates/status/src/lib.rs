//! The status of every vulnerability in every state of one product and scope: fixed, not affected, open, or nobody said.

mod aliases;
mod bits;
mod cell;
mod known;
mod lineage;
mod statuses;
mod word;

pub use known::{AliasSet, AppliesTo, Assumed, Foretold, Known, Releases, Said, State, Step};
pub use lineage::Cycle;
pub use statuses::{Column, Statuses};
pub use word::{Decided, EffectiveStatus, Open, Source, Word};
