//! The channel of a release, which keys can be bound to.

use crate::Rule;
use crate::ident::words;

words! {
    /// Who a release is for.
    Channel (Rule::Man4) {
        /// For users.
        Stable = "stable",
        /// For testing only.
        Testing = "testing",
    }
}
