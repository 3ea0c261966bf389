//! The status of every vulnerability in every state of a product: fixed, not affected, open, or nobody said.
//!
//! The builder uses it for the few releases it knows, the audit for thousands. Both give it the same statements, so they
//! cannot differ.
//!
//! ```
//! use pkg_status::{Known, Open, Said, State, Statuses, Step, Word};
//!
//! // 1.0 is affected. 1.1 was built from it and fixes the vulnerability; 2.0 was built from 1.1 and says nothing.
//! let step = |sequence, from| Step {
//!     line: 0,
//!     sequence,
//!     feature_level: 1,
//!     security_level: 1,
//!     from,
//!     keeps_features: true,
//! };
//! let state = |issued, from| State { issued, steps: vec![step(issued, from)] };
//! let mut known = Known { ids: 1, ..Known::default() };
//! known.states = vec![state(1, vec![]), state(2, vec![0]), state(3, vec![1])];
//! known.said.push(Said { id: 0, state: 0, word: Word::Open(Open::Affected), time: 1 });
//! known.said.push(Said { id: 0, state: 1, word: Word::Fixed, time: 2 });
//!
//! let statuses = Statuses::new(known.clone());
//! assert_eq!(statuses.open(0).collect::<Vec<_>>(), [0]);
//! assert!(statuses.is_fixed(2, 0));
//! // Status, time and source of each state, and where it is inherited from.
//! let column = statuses.of(0);
//! assert_eq!(column.origin(2), 1);
//! assert_eq!(column.status(2).decided().map(|d| d.time), Some(2));
//!
//! // Somebody finds that the fix is incomplete: then 2.0 lacks it too.
//! known.said.push(Said { id: 0, state: 1, word: Word::Open(Open::Affected), time: 9 });
//! assert!(Statuses::new(known).is_open(2, 0));
//! ```
//!
//! # The rule
//!
//! These decide, in this order:
//!
//! 1. What statements say of that very state. The newest counts; of equal time the worst.
//! 2. What the states say that it was built from: it is fixed if any of them is fixed. It is open if any of the others is
//!    open. It is not affected if none of them is and the step is a security update that keeps the feature level: a
//!    feature may bring the vulnerability in. An inherited status keeps its word and its time.
//! 3. What statements say of releases by line and sequence, if it is newer than all that. They only open.
//! 4. A fix that is for every state it applies to: they are affected.
//! 5. What was declared and nobody signed.
//!
//! What nobody decided counts as open. A security level closes nothing, and neither does a fix that is repeated from an
//! earlier level.
//!
//! [`Statuses`] is the rule over numbers. [`History`] reads the manifests of a product for one scope, and [`Decisions`] tells
//! the result by digests and ids.

mod aliases;
mod bits;
mod cell;
mod decide;
mod decisions;
mod hardware;
mod history;
mod known;
mod lineage;
mod statuses;
mod word;

pub use bits::Set;
pub use decisions::{Decisions, Field, Statement};
pub use history::{History, Shipped};
pub use known::{AliasSet, AppliesTo, Assumed, Foretold, Known, Releases, Said, State, Step};
pub use lineage::Cycle;
pub use statuses::{Column, Statuses};
pub use word::{Decided, EffectiveStatus, Open, Source, Word};
