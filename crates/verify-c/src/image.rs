//! The images that a package delivers.

use crate::error::c_text;
use pkg_format::delivery::{Codec, Payload};
use pkg_format::manifest;
use pkg_verify::Statements;
use std::ffi::{CString, c_char};

/// How an image is stored in a package.
#[repr(C)]
#[allow(non_camel_case_types, reason = "names of C")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum pkg_codec {
    /// As it is.
    PKG_CODEC_RAW = 1,
    /// Compressed with Zstandard.
    PKG_CODEC_ZSTD = 2,
    /// As the difference to a base image.
    PKG_CODEC_DELTA = 3,
}

/// An image that a package delivers. A newer library may add members at the end.
#[repr(C)]
#[allow(non_camel_case_types, reason = "names of C")]
pub struct pkg_image {
    /// The component of the product that it is for, such as "rootfs"; what `pkg_target` names.
    pub component: *const c_char,
    /// The size of the image in bytes.
    pub size: u64,
    /// The SHA-256 of the image.
    pub sha256: [u8; 32],
    /// The size of its payload in the package, in bytes.
    pub stored_size: u64,
    /// How the payload is stored.
    pub codec: pkg_codec,
    /// The size in bytes of the base that a delta needs; 0 for an image that needs no base.
    pub base_size: u64,
    /// The SHA-256 of that base; zeros for an image that needs no base.
    pub base_sha256: [u8; 32],
}

/// An image and the text that it points to.
pub(crate) struct Image {
    image: pkg_image,
    _component: CString,
}

impl Image {
    /// The images of a package, in the order of its manifest.
    pub(crate) fn list(statements: &Statements) -> Vec<Image> {
        let images = statements.manifest().release().map_or(&[][..], |r| &r.images);
        let payloads = statements.delivery().map_or(&[][..], |d| &d.payloads);
        // One payload for each image, in the same order: the delivery was held to that.
        images.iter().zip(payloads).map(|(image, payload)| Image::new(image, payload)).collect()
    }

    fn new(image: &manifest::Image, payload: &Payload) -> Image {
        let component = c_text(image.component.as_str());
        let base = payload.base.as_ref();
        let image = pkg_image {
            component: component.as_ptr(),
            size: image.size,
            sha256: image.sha256.0,
            stored_size: payload.stored_bytes(),
            codec: match payload.codec {
                Codec::Raw => pkg_codec::PKG_CODEC_RAW,
                Codec::Zstd => pkg_codec::PKG_CODEC_ZSTD,
                Codec::Delta1 => pkg_codec::PKG_CODEC_DELTA,
            },
            base_size: base.map_or(0, |b| b.size),
            base_sha256: base.map_or([0; 32], |b| b.sha256.0),
        };
        Image { image, _component: component }
    }

    pub(crate) fn as_c(&self) -> *const pkg_image {
        &self.image
    }
}
