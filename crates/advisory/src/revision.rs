//! A document that was published before: the same again, or its next version.
//!
//! Feeds fetch a document again when its version rises. So other content is another version with a revision that says
//! so (CSAF 2.0, 3.1.11 and 7.1), and the same content is the same bytes.

use super::{json, phrases, when};
use serde_json::{Map, Value, json};

/// Why a document does not continue the one before.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Conflict {
    /// What was published before is no document of this form.
    #[error("it is no {expected} document")]
    Stranger {
        /// The form of the new one.
        expected: &'static str,
    },
    /// It is another document.
    #[error("it is the document {found}, this is {expected}")]
    Other {
        /// Its id.
        found: String,
        /// The id of the new one.
        expected: String,
    },
    /// Its version or its dates are not as this tool writes them.
    #[error("its {0} is not one that can be continued")]
    Unreadable(&'static str),
}

/// How a document continues the one that was published before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edition {
    /// It says the same, and these are its bytes.
    Same(String),
    /// It says something else, as this version.
    Next(String, u64),
}

/// Continues `previous` with the document `new`, CSAF or OpenVEX: with the same content it is the same version;
/// otherwise the next, with the date of `new` where that is later than all before, else `now`.
///
/// # Errors
/// `previous` is not an earlier edition of `new`.
pub fn edition(new: &str, previous: &str, now: u64) -> Result<Edition, Conflict> {
    let form = Form::detect(new);
    let stranger = || Conflict::Stranger { expected: form.name() };
    let read = |text: &str| serde_json::from_str::<Value>(text).map_err(|_| stranger());
    let (mut new, previous) = (read(new)?, read(previous)?);
    if Form::from_value(&previous) != Some(form) {
        return Err(stranger());
    }
    let id = |document: &Value| form.id(document).to_owned();
    if id(&new) != id(&previous) {
        return Err(Conflict::Other { found: id(&previous), expected: id(&new) });
    }
    // A notice that takes the place of another is a revision, whatever it says.
    let says_the_same = form.content(&new) == form.content(&previous) && !form.is_newer(&new, &previous);
    let version = form.version(&previous).ok_or(Conflict::Unreadable("version"))?;
    if says_the_same {
        form.take_over(&mut new, &previous);
        return Ok(Edition::Same(json::sorted(new)));
    }
    let next = version.checked_add(1).ok_or(Conflict::Unreadable("version"))?;
    let now = when::rfc3339(now).map_err(|_| Conflict::Unreadable("date"))?;
    form.next(&mut new, &previous, next, now)?;
    Ok(Edition::Next(json::sorted(new), next))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Csaf,
    OpenVex,
}

/// What of CSAF's tracking tells one edition from another.
const TRACKED: [&str; 4] = ["current_release_date", "generator", "revision_history", "version"];

/// The same of OpenVEX.
const STAMPED: [&str; 4] = ["last_updated", "timestamp", "tooling", "version"];

impl Form {
    fn detect(document: &str) -> Form {
        let value = serde_json::from_str(document).unwrap_or_default();
        Form::from_value(&value).unwrap_or(Form::Csaf)
    }

    fn from_value(document: &Value) -> Option<Form> {
        let csaf = document["document"]["tracking"]["id"].is_string();
        let vex = document["@id"].is_string() && document["statements"].is_array();
        csaf.then_some(Form::Csaf).or(vex.then_some(Form::OpenVex))
    }

    fn name(self) -> &'static str {
        match self {
            Form::Csaf => "CSAF",
            Form::OpenVex => "OpenVEX",
        }
    }

    fn id(self, document: &Value) -> &str {
        let id = match self {
            Form::Csaf => &document["document"]["tracking"]["id"],
            Form::OpenVex => &document["@id"],
        };
        id.as_str().unwrap_or_default()
    }

    /// Where the fields stand that tell one edition from another.
    fn stamps(self, document: &mut Value) -> Option<(&mut Map<String, Value>, [&'static str; 4])> {
        match self {
            Form::Csaf => Some((document.pointer_mut("/document/tracking")?.as_object_mut()?, TRACKED)),
            Form::OpenVex => Some((document.as_object_mut()?, STAMPED)),
        }
    }

    /// All but those.
    fn content(self, document: &Value) -> Value {
        let mut content = document.clone();
        if let Some((fields, stamps)) = self.stamps(&mut content) {
            fields.retain(|key, _| !stamps.contains(&key.as_str()));
        }
        content
    }

    /// Whether the manifest of a document was issued after all that another says.
    fn is_newer(self, document: &Value, than: &Value) -> bool {
        match self {
            Form::Csaf => {
                let date = |d: &Value| d["document"]["tracking"]["current_release_date"].clone();
                later(&date(document), &date(than)).is_some()
            }
            Form::OpenVex => ["timestamp", "last_updated"]
                .iter()
                .all(|key| later(&document["timestamp"], &than[*key]).is_some()),
        }
    }

    fn version(self, document: &Value) -> Option<u64> {
        match self {
            Form::Csaf => document["document"]["tracking"]["version"].as_str()?.parse().ok(),
            Form::OpenVex => document["version"].as_u64(),
        }
    }

    /// Gives a document those fields of another.
    fn take_over(self, document: &mut Value, other: &Value) {
        let mut other = other.clone();
        let (Some((to, stamps)), Some((from, _))) = (self.stamps(document), self.stamps(&mut other)) else {
            return;
        };
        for key in stamps {
            match from.remove(key) {
                Some(value) => to.insert(key.to_owned(), value),
                None => to.remove(key),
            };
        }
    }

    fn next(self, new: &mut Value, previous: &Value, version: u64, now: String) -> Result<(), Conflict> {
        match self {
            Form::Csaf => next_csaf(new, previous, version, now),
            Form::OpenVex => {
                new["version"] = version.into();
                let first = previous["timestamp"].clone();
                let issued = std::mem::replace(&mut new["timestamp"], first);
                new["last_updated"] = later(&issued, &previous["timestamp"]).unwrap_or(now).into();
                Ok(())
            }
        }
    }
}

fn next_csaf(new: &mut Value, previous: &Value, version: u64, now: String) -> Result<(), Conflict> {
    let language = new["document"]["lang"].as_str().unwrap_or("en").to_owned();
    let (tracking, before) = (&mut new["document"]["tracking"], &previous["document"]["tracking"]);
    let Value::Array(mut history) = before["revision_history"].clone() else {
        return Err(Conflict::Unreadable("revision history"));
    };
    let dated = before["current_release_date"].as_str().ok_or(Conflict::Unreadable("date"))?;
    // A notice that replaces another says so; the same manifest was told differently.
    let said =
        tracking["revision_history"].as_array().and_then(|all| all.last()).map(|one| one["summary"].clone());
    let (date, summary) = match later(&tracking["current_release_date"], &before["current_release_date"]) {
        Some(date) => (date, said.unwrap_or_default()),
        None => (now.max(dated.to_owned()), phrases::of(&language).revised.into()),
    };
    history.push(json!({"date": date, "number": version.to_string(), "summary": summary}));
    tracking["revision_history"] = history.into();
    tracking["version"] = version.to_string().into();
    tracking["current_release_date"] = date.into();
    tracking["initial_release_date"] = before["initial_release_date"].clone();
    Ok(())
}

/// A date, where it is later than another. Both are in UTC to the second, so their texts have their order.
fn later(date: &Value, than: &Value) -> Option<String> {
    date.as_str().filter(|date| than.as_str().is_none_or(|than| *date > than)).map(str::to_owned)
}
