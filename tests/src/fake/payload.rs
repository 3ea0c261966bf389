//! Images and how they are stored.

use super::Fake;
use super::path::{self, digest, list, map, num, text};
use crate::content::content;
use crate::device;
use pkg_format::Tree;

/// What every made-up delivery says it needs to decode: enough for any chunk here.
const DECODE_MEMORY: u64 = 1 << 20;

/// A Zstandard frame (RFC 8878) that holds up to 255 bytes as they are: one raw block, single
/// segment, content size present. Written by hand, so it does not change with a compressor.
pub fn stored_zstd(image: &[u8]) -> Vec<u8> {
    let size = u8::try_from(image.len()).expect("at most 255 bytes");
    let block = (u32::from(size) << 3 | 1).to_le_bytes(); // last block, raw
    [&[0x28, 0xb5, 0x2f, 0xfd, 0x20, size][..], &block[..3], image].concat()
}

/// The base that a delta to the new image of a component starts from.
pub fn base(component: &str) -> Tree {
    let image = device::running(component);
    map([("sha256", digest(&image)), ("size", num(image.len() as u64)), ("version", text("1.4.2"))])
}

/// An entry of the chunk table.
pub(super) fn chunk(image_bytes: usize, stored: &[u8]) -> Tree {
    list([num(image_bytes as u64), num(stored.len() as u64), digest(stored)])
}

/// An entry of the manifest's images.
pub(super) fn image(component: &str, bytes: &[u8]) -> Tree {
    map([("component", text(component)), ("size", num(bytes.len() as u64)), ("sha256", digest(bytes))])
}

/// A payload, and its stored bytes.
fn payload(component: &str, codec: &str, chunks: &[(usize, Vec<u8>)]) -> (Tree, Vec<u8>) {
    let table = chunks.iter().map(|(image_bytes, stored)| chunk(*image_bytes, stored)).collect();
    let tree = map([
        ("component", text(component)),
        ("codec", text(codec)),
        ("decode-memory", num(DECODE_MEMORY)),
        ("chunks", Tree::List(table)),
    ]);
    (tree, chunks.iter().flat_map(|(_, stored)| stored.clone()).collect())
}

/// How an image is cut and stored.
fn stored(codec: &str, image: &[u8]) -> Vec<(usize, Vec<u8>)> {
    let pieces = image.chunks(200);
    match codec {
        "raw" => pieces.map(|p| (p.len(), p.to_vec())).collect(),
        "zstd" => pieces.map(|p| (p.len(), stored_zstd(p))).collect(),
        // Verification does not decode: what stands in a delta does not matter here.
        "delta-1" => {
            let preamble = (0, content("preamble", 24));
            let chunks = image.chunks(400).map(|p| (p.len(), content("difference", p.len() / 10 + 1)));
            [preamble].into_iter().chain(chunks).collect()
        }
        other => panic!("no codec {other}"),
    }
}

impl Fake {
    /// Gives a release these images, each stored by the codec beside it, and a delivery of them.
    pub(super) fn carrying(mut self, images: &[(&str, &str, Vec<u8>)]) -> Self {
        let table = images.iter().map(|(component, _, bytes)| image(component, bytes)).collect();
        path::set(&mut self.manifest.tree, "images", Tree::List(table));
        let mut kind = "full";
        let (mut payloads, mut bodies) = (Vec::new(), Vec::new());
        for (component, codec, bytes) in images {
            let (mut tree, body) = payload(component, codec, &stored(codec, bytes));
            if *codec == "delta-1" {
                kind = "delta";
                path::set(&mut tree, "base", base(component));
            }
            payloads.push(tree);
            bodies.push(body);
        }
        let delivery = map([("format", num(1)), ("kind", text(kind)), ("payloads", Tree::List(payloads))]);
        self.delivery =
            Some(super::Statement::new(pkg_format::cose::StatementKind::Delivery, delivery, "delivery"));
        self.payloads = bodies;
        self
    }

    /// Adds a document that travels in the package.
    pub fn with_evidence(mut self, kind: &str, media_type: &str, body: &[u8]) -> Self {
        let entry = map([
            ("kind", text(kind)),
            ("media-type", text(media_type)),
            ("size", num(body.len() as u64)),
            ("sha256", digest(body)),
        ]);
        let add = |tree: &mut Tree, value: Tree| match tree {
            Tree::Map(fields) => match fields.iter_mut().find(|(k, _)| k == "evidence") {
                Some((_, Tree::List(list))) => list.push(value),
                _ => fields.push(("evidence".into(), list([value]))),
            },
            _ => panic!("a statement is a map"),
        };
        add(&mut self.manifest.tree, entry);
        if let Some(delivery) = &mut self.delivery {
            add(&mut delivery.tree, num(self.evidence.len() as u64));
        }
        self.evidence.push(body.to_vec());
        self
    }

    /// Stores a payload as these chunks: image bytes and stored bytes of each.
    pub fn storing_chunks(mut self, index: usize, chunks: &[(usize, Vec<u8>)]) -> Self {
        let table = chunks.iter().map(|(image_bytes, stored)| chunk(*image_bytes, stored)).collect();
        self.payloads[index] = chunks.iter().flat_map(|(_, stored)| stored.clone()).collect();
        self.set_delivery(&format!("payloads[{index}].chunks"), Tree::List(table))
    }

    /// Replaces the stored bytes of a payload and nothing else.
    pub fn storing(mut self, index: usize, body: &[u8]) -> Self {
        self.payloads[index] = body.to_vec();
        self
    }
}
