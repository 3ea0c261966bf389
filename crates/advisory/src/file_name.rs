//! The file names of documents (CSAF 2.0, 5.1).

/// The name of the file that a CSAF document with this tracking id is published as (CSAF 2.0, 5.1).
///
/// ```
/// assert_eq!(pkg_advisory::file_name("cam-x1-1.4.3"), "cam-x1-1_4_3.json");
/// ```
pub fn file_name(tracking_id: &str) -> String {
    format!("{}.json", stem(tracking_id))
}

/// The same without its extension.
pub(super) fn stem(tracking_id: &str) -> String {
    let mut name = String::new();
    for c in tracking_id.to_lowercase().chars() {
        match c {
            'a'..='z' | '0'..='9' | '+' | '-' => name.push(c),
            // A run of other characters is one underscore.
            _ if name.ends_with('_') => {}
            _ => name.push('_'),
        }
    }
    name
}
