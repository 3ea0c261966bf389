//! What the library makes of a delta.

use super::DeltaVector;
use pkg_codec::delta::{Decoder, Map};
use pkg_format::delivery::Chunk;
use pkg_format::patch::{Content, Patch};
use pkg_format::{Digest, Rule};
use pkg_install::{Error, InstallOptions, Patching, apply_patch};
use std::fs;

impl DeltaVector {
    /// The image that comes of it, or the rule that it breaks, by the way of a patch. Panics if a refused patch leaves
    /// something behind.
    pub fn rebuilt(&self) -> Result<Digest, Rule> {
        let digest = |bytes: &[u8]| Digest(pkg_sha256::digest(bytes));
        let stored = [(0, self.preamble.clone())].into_iter().chain(self.chunks.iter().cloned());
        let (mut chunks, mut behind) = (Vec::new(), Vec::new());
        for (image_bytes, bytes) in stored {
            chunks.push(Chunk { image_bytes, stored_bytes: bytes.len() as u64, sha256: digest(&bytes) });
            behind.extend(bytes);
        }
        let content = |size, sha256| Content { size, sha256 };
        let patch = Patch {
            old: content(self.base.len() as u64, digest(&self.base)),
            new: content(self.image(), self.expect.unwrap_or(Digest([0; 32]))),
            decode_memory: self.memory,
            chunks,
        };
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        fs::write(path("old"), &self.base).expect("a file");
        let bytes = [patch.to_bytes(), behind].concat();
        let files = Patching { old: &path("old"), patch: &path("patch"), new: &path("new") };
        let applied = apply_patch(&files, &mut bytes.as_slice(), &InstallOptions::default());
        if applied.is_ok() {
            return Ok(digest(&fs::read(path("new")).expect("an image")));
        }
        assert!(!path("new").exists(), "something is left behind");
        match applied {
            // It decodes to other bytes than were expected.
            Err(Error::Package(pkg_verify::Error::Refused(refusal))) if refusal.rule == Rule::Pay4 => {
                Ok(digest(&self.decoded()))
            }
            Err(Error::Package(pkg_verify::Error::Refused(refusal))) => Err(refusal.rule),
            Err(error) => panic!("{error}"),
            Ok(_) => unreachable!("it is not applied"),
        }
    }

    /// The image, by the codec alone. Panics if it is refused.
    fn decoded(&self) -> Vec<u8> {
        let base = self.base.as_slice();
        let map = Map::decode(&self.preamble, &base, self.image(), u64::MAX).expect("it decoded before");
        let (mut decoder, mut image) = (Decoder::new(u64::MAX), Vec::new());
        for (image_bytes, stored) in &self.chunks {
            let (at, mut out) = (image.len() as u64, Vec::new());
            decoder.decode(&map, &base, at, stored, *image_bytes, &mut out).expect("it decoded before");
            image.extend(out);
        }
        image
    }
}
