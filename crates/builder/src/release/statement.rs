//! The statement that a draft becomes once its images are known.

use super::draft::Draft;
use super::{checks, own_state};
use crate::error::{Error, Result};
use crate::input::Input;
use crate::secrets;
use pkg_format::manifest::Manifest;
use pkg_format::{Digest, Refusal, Rule, Tree};

/// Sorts the images by component, as the manifest lists them, and returns their files.
pub(crate) fn image_order(draft: &mut Draft) -> Result<Vec<Input>> {
    let missing =
        |i: usize, key: &str| Refusal::new(Rule::Man1, "missing").within(key).at_index(i).within("images");
    let mut files = Vec::new();
    for (i, (component, file)) in draft.images.iter().enumerate() {
        let component = component.clone().ok_or_else(|| missing(i, "component"))?;
        files.push((component, file.clone().ok_or_else(|| missing(i, "file"))?));
    }
    files.sort_by(|a, b| a.0.cmp(&b.0));
    if let Tree::Map(map) = &mut draft.tree
        && let Some((_, Tree::List(images))) = map.iter_mut().find(|(k, _)| k == "images")
    {
        let component = |t: &Tree| match t.get("component") {
            Some(Tree::Text(text)) => text.clone(),
            _ => String::new(),
        };
        images.sort_by_key(component);
    }
    Ok(files.into_iter().map(|(_, file)| file).collect())
}

/// The draft with the sizes and digests of its images.
pub(crate) fn completed(draft: &Draft, found: &[(u64, Digest)]) -> Tree {
    let mut tree = draft.tree.clone();
    if let Tree::Map(map) = &mut tree
        && let Some((_, Tree::List(images))) = map.iter_mut().find(|(k, _)| k == "images")
    {
        for (image, (size, sha256)) in images.iter_mut().zip(found) {
            if let Tree::Map(fields) = image {
                fields.push(("size".into(), Tree::Uint(*size)));
                fields.push(("sha256".into(), Tree::Bytes(sha256.0.to_vec())));
            }
        }
    }
    own_state::fill(&mut tree);
    tree
}

/// Completes the draft and checks it as any verifier would, and for what only a builder can see.
pub(crate) fn check(draft: &Draft, found: &[(u64, Digest)]) -> Result<(Manifest, Vec<u8>)> {
    let tree = completed(draft, found);
    own_state::refuse(&tree)?;
    if let Some((at, found)) = secrets::in_texts(&tree, "") {
        return Err(Error::PrivateKey { at, found });
    }
    refuse_first(checks::characters(&tree))?;
    let bytes = tree.to_bytes();
    let manifest = Manifest::decode(&bytes)?;
    refuse_first(checks::languages(&tree, &draft.languages))?;
    Ok((manifest, bytes))
}

fn refuse_first(refusals: Vec<Refusal>) -> Result<(), Refusal> {
    refusals.into_iter().next().map_or(Ok(()), Err)
}
