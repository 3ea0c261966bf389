//! CycloneDX 1.x in XML, event by event: no tree is built, and of entities only those that XML itself has are known.

use super::cyclone_json::{address, described, full_name, refer};
use super::{Sbom, Variant};
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

/// The namespace, before the version.
const NAMESPACE: &str = "http://cyclonedx.org/schema/bom/";

/// Elements in elements: CycloneDX has components in components, and twelve levels of its own.
const DEPTH: usize = 128;

/// A component on its way: what was read of it so far.
#[derive(Default)]
struct Open {
    group: Option<String>,
    name: String,
    purl: Option<String>,
    variant: Variant,
    /// The patch that is read.
    kind: String,
    issues: Vec<String>,
    diff: String,
    /// The type of the reference that is read.
    reference: String,
}

pub(super) fn read(text: &str) -> Result<Sbom, String> {
    let mut reader = Reader::from_str(text);
    let mut sbom = None;
    let mut path: Vec<String> = Vec::new();
    let mut open: Vec<Open> = Vec::new();
    let mut said = String::new();
    let mut algorithm = String::new();
    loop {
        let event = reader.read_event().map_err(|e| format!("byte {}: {e}", reader.error_position()))?;
        let empty = matches!(event, Event::Empty(_));
        match event {
            Event::Start(start) | Event::Empty(start) => {
                let name = start.local_name().as_ref().to_owned();
                if path.is_empty() {
                    let mut new = Sbom::new(root(&start, &name)?);
                    let [serial, version] =
                        [attribute(&start, "serialNumber")?, attribute(&start, "version")?];
                    let version = if version.is_empty() { "1" } else { &version };
                    new.address = (!serial.is_empty()).then(|| address(&serial, version));
                    sbom = Some(new);
                }
                path.push(name);
                if path.len() > DEPTH {
                    return Err(format!("elements nested more than {DEPTH} deep"));
                }
                said.clear();
                if is_component(&path) {
                    open.push(Open::default());
                }
                if let Some(component) = open.last_mut() {
                    match inside(&path).as_slice() {
                        ["hashes", "hash"] => algorithm = attribute(&start, "alg")?,
                        ["pedigree", "patches", "patch"] => {
                            component.kind = attribute(&start, "type")?;
                            component.issues.clear();
                            component.diff.clear();
                        }
                        ["externalReferences", "reference"] => {
                            component.reference = attribute(&start, "type")?;
                        }
                        _ => {}
                    }
                }
                if empty {
                    close(&mut path, &mut open, &mut sbom, &said, &algorithm);
                }
            }
            Event::End(_) => {
                close(&mut path, &mut open, &mut sbom, &said, &algorithm);
                said.clear();
            }
            Event::Text(text) => said.push_str(&text.xml_content(XmlVersion::Implicit1_0)),
            Event::CData(text) => said.push_str(&text.xml_content(XmlVersion::Implicit1_0)),
            Event::GeneralRef(entity) => match entity.resolve_char_ref() {
                Ok(Some(c)) => said.push(c),
                _ => match &*entity.xml_content(XmlVersion::Implicit1_0) {
                    "lt" => said.push('<'),
                    "gt" => said.push('>'),
                    "amp" => said.push('&'),
                    "apos" => said.push('\''),
                    "quot" => said.push('"'),
                    other => return Err(format!("the entity &{other}; is not known")),
                },
            },
            Event::Eof if !path.is_empty() => return Err("it ends inside an element".to_owned()),
            Event::Eof => return sbom.ok_or_else(|| "it has no element".to_owned()),
            Event::DocType(_) => {
                return Err("it has a document type, which no bill of materials needs".to_owned());
            }
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
        }
    }
}

/// The form, by the outermost element.
fn root(start: &BytesStart<'_>, name: &str) -> Result<String, String> {
    let no = || "it is XML, but no CycloneDX: SPDX is read in JSON and tag-value".to_owned();
    let namespaces = start.attributes().filter_map(Result::ok).filter(|a| {
        let key: &str = a.key.as_ref();
        key == "xmlns" || key.starts_with("xmlns:")
    });
    let values = namespaces.filter_map(|a| a.normalized_value(XmlVersion::Implicit1_0).ok());
    let version = values.filter_map(|v| v.strip_prefix(NAMESPACE).map(str::to_owned)).next();
    let version = version.filter(|v| name == "bom" && v.starts_with("1.")).ok_or_else(no)?;
    Ok(format!("CycloneDX {version}"))
}

/// Whether a path leads to a component that is built in: not one of the maker's tools, nor what it was derived from.
fn is_component(path: &[String]) -> bool {
    let mut pairs = path.get(1..).unwrap_or_default().chunks(2);
    path.len() > 1
        && pairs.all(|pair| matches!(pair, [list, one] if list == "components" && one == "component"))
}

/// The path below the innermost component.
fn inside(path: &[String]) -> Vec<&str> {
    let within = (1..=path.len()).rev().find(|end| is_component(path.get(..*end).unwrap_or_default()));
    path.get(within.unwrap_or(path.len())..).unwrap_or_default().iter().map(String::as_str).collect()
}

fn attribute(start: &BytesStart<'_>, name: &str) -> Result<String, String> {
    let found = start.try_get_attribute(name).map_err(|e| e.to_string())?;
    let value = found.map(|a| a.normalized_value(XmlVersion::Implicit1_0).map(|v| v.into_owned()));
    Ok(value.transpose().map_err(|e| e.to_string())?.unwrap_or_default())
}

/// The end of the innermost element, whose text is `said`.
fn close(path: &mut Vec<String>, open: &mut Vec<Open>, sbom: &mut Option<Sbom>, said: &str, algorithm: &str) {
    let text = said.trim();
    if let Some(component) = open.last_mut() {
        match inside(path).as_slice() {
            ["group"] => component.group = Some(text.to_owned()),
            ["name"] => component.name = text.to_owned(),
            ["version"] => component.variant.version = text.to_owned(),
            ["purl"] => component.purl = Some(text.to_owned()),
            ["hashes", "hash"] => component.variant.hash(algorithm, text),
            ["externalReferences", "reference", "url"] => {
                if let Some(sbom) = sbom {
                    refer(sbom, &component.reference, text);
                }
            }
            ["pedigree", "patches", "patch", "resolves", "issue", "id"] => {
                component.issues.push(text.to_owned())
            }
            ["pedigree", "patches", "patch", "diff", "text" | "url"] => component.diff.push_str(text),
            ["pedigree", "patches", "patch"] => {
                let diff = Some(component.diff.as_str()).filter(|d| !d.is_empty());
                let issues = component.issues.iter().map(String::as_str);
                component.variant.patches.insert(described(&component.kind, issues, diff));
            }
            _ => {}
        }
    }
    if is_component(path)
        && let (Some(component), Some(sbom)) = (open.pop(), sbom.as_mut())
    {
        let name = full_name(component.group.as_deref(), &component.name);
        sbom.add(component.purl.as_deref(), &name, component.variant);
    }
    path.pop();
}
