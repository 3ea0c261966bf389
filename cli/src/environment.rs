//! What everybody's tools read from the environment: the authorities of TLS, and where object stores are.

use crate::inputs;
use crate::out::{Failure, Outcome, shown};
use pkg_repository::http::Authorities;
use std::path::Path;

/// A variable that is set and not blank.
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.trim().is_empty())
}

/// The authorities of the file that the first of these variables names; none where none is set.
pub(crate) fn authorities(names: &[&str]) -> Outcome<Option<Authorities>> {
    let Some((name, path)) = names.iter().find_map(|name| Some((*name, variable(name)?))) else {
        return Ok(None);
    };
    let path = Path::new(&path);
    let pem = inputs::small_file(path)?;
    let wrong = |why| {
        Failure::cannot(format!("{name}: {}: {why}", shown(path)))
            .hint("it names a file with the certificates of the authorities that TLS trusts, in PEM")
    };
    Authorities::from_pem(&pem).map(Some).map_err(wrong)
}
