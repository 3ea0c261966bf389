//! Two packages compared: what their statements say, what their SBOMs list, what their images hold.

pub mod statements;
