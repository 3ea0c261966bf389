//! What is owed before it is late: the releases and notices that would end every open failure of the rules, with their
//! numbers. It comes from the same rules as the audit, so both say the same.

mod describe;
mod feature;
mod json;
mod make;
mod model;
mod next;
mod numbers;
mod owed;
mod text;
mod toml;
mod writer;

pub use describe::drafts;
pub use json::json;
pub use make::plan;
pub use model::{
    AHEAD, Draft, FeatureSays, Known, LetIn, Line, NextFeature, Owed, OwedId, Places, Plan, PlanOptions,
    ProductPlan, Task,
};
pub use next::{Next, NextKind, Signing, next};
pub use text::text;
