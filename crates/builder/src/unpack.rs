//! The images of a full package that was released before, as temporary files.

use crate::error::{Error, Result};
use pkg_codec::{Codec, Fault, FileBase, Recipe, Stored, decode_payload};
use pkg_format::delivery::{self, DeliveryKind};
use pkg_format::{Digest, Id, Refusal, Rule};
use pkg_sha256::Hasher;
use pkg_verify::Verified;
use std::io::{Read, Write};
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

/// Where and how images are unpacked.
pub(crate) struct Unpacking<'a> {
    /// The package, for messages.
    pub(crate) path: &'a Path,
    /// What it is needed as, for messages.
    pub(crate) what: &'static str,
    /// The folder of the temporary files.
    pub(crate) folder: &'a Path,
    pub(crate) jobs: NonZeroUsize,
    pub(crate) interrupted: &'a AtomicBool,
}

impl Unpacking<'_> {
    /// Decodes the images that `wanted` asks for and reads the package to its end, so that no byte
    /// of it is left unchecked. The files have no names, so they vanish when they are closed.
    pub(crate) fn images<R: Read>(
        &self,
        mut verified: Verified<R>,
        wanted: &dyn Fn(&Id) -> bool,
    ) -> Result<Vec<(Id, FileBase)>> {
        let images = verified.manifest().release().map(|r| r.images.clone()).unwrap_or_default();
        let delivery = verified.delivery().cloned();
        let payloads = delivery.filter(|d| d.kind == DeliveryKind::Full).map(|d| d.payloads);
        let Some(payloads) = payloads else {
            return Err(Error::NotFull { what: self.what, path: self.path.into() });
        };
        let mut files = Vec::new();
        while let Some(mut payload) = verified.next_payload().map_err(|e| self.package(e))? {
            let index = payload.index();
            let (Some(image), Some(stored)) = (images.get(index), payloads.get(index)) else { continue };
            if !wanted(&image.component) {
                continue;
            }
            let mut next = || match payload.next_chunk() {
                Err(error) => Err(self.package(error)),
                Ok(_) if self.interrupted.load(Ordering::Relaxed) => Err(Error::Interrupted),
                Ok(None) => Ok(None),
                Ok(Some((chunk, bytes))) => {
                    Ok(Some(Stored { image_bytes: chunk.image_bytes, bytes: bytes.to_vec() }))
                }
            };
            let file = self.file(stored.codec, image.sha256, &mut next)?;
            files.push((image.component.clone(), file));
        }
        verified.finish().map_err(|e| self.package(e))?;
        Ok(files)
    }

    fn file(
        &self,
        codec: delivery::Codec,
        sha256: Digest,
        next: &mut dyn FnMut() -> Result<Option<Stored>>,
    ) -> Result<FileBase> {
        let codec = match codec {
            delivery::Codec::Raw => Codec::Raw,
            delivery::Codec::Zstd => Codec::Zstd,
            delivery::Codec::Delta1 => {
                return Err(Error::NotFull { what: self.what, path: self.path.into() });
            }
        };
        let written = |e| Error::file("write a file in", self.folder, e);
        let mut file = tempfile::tempfile_in(self.folder).map_err(written)?;
        let mut hash = Hasher::new();
        let decoded = decode_payload(Recipe::Plain(codec), self.jobs, next, &mut |bytes| {
            hash.update(bytes);
            file.write_all(bytes).map_err(written)
        });
        match decoded {
            Err(Fault::Caller(error)) => Err(error),
            Err(Fault::Codec(error)) => Err(self.refused(Rule::Pay3, error.to_string())),
            Ok(()) if Digest(hash.finish()) != sha256 => {
                Err(self.refused(Rule::Pay4, format!("expected {}", sha256.short())))
            }
            Ok(()) => FileBase::new(file).map_err(written),
        }
    }

    fn refused(&self, rule: Rule, why: String) -> Error {
        self.package(Refusal::new(rule, why).into())
    }

    /// What the verifier says of the package.
    pub(crate) fn package(&self, error: pkg_verify::Error) -> Error {
        match error {
            pkg_verify::Error::Io(error) => Error::file("read", self.path, error.into()),
            error => Error::Package { what: self.what, path: self.path.into(), error },
        }
    }
}
