//! The report of an audit, for people and programs. The same audit gives the same bytes.
//!
//! It is evidence for an assessment by people. It never says that anything conforms to the law.

mod drawn;
mod escape;
mod figure;
mod html;
mod json;
mod markdown;
mod owed;
mod registers;
mod said;
mod summary;
mod svg;
mod table;
mod text;

pub use html::html;
pub use json::json;
pub use markdown::markdown;
pub use text::text;
