//! What files an image holds, where its format is known.
