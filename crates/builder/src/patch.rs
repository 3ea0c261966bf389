//! Making a patch: the delta between two bare files (SPEC, appendix A).

use crate::difference::Difference;
use crate::error::{Error, Result};
use crate::image_file::digest;
use crate::input::Input;
use crate::package;
use pkg_codec::FileBase;
use pkg_codec::delta::{Base as _, EncodeOptions};
use pkg_files::parent;
use pkg_format::patch::{Content, Patch};
use pkg_format::{Refusal, Rule};
use std::io;
use std::path::Path;

/// Writes the patch from the file `old` to the file `new`, after decoding it once to try it.
///
/// # Errors
/// A file cannot be read or written, or is too large for a patch; or applying the patch would take more than
/// `options.decode_memory` (POL-1). What is at `to` stays as it was.
pub fn make_patch(old: &Path, new: &Path, to: &Path, options: &EncodeOptions<'_>) -> Result<Patch> {
    let content = |path: &Path| -> Result<(FileBase, Content)> {
        let file = Input::given(path).open_image()?;
        let sha256 = digest(&file, path, options.interrupted)?;
        let size = file.size();
        Ok((file, Content { size, sha256 }))
    };
    let ((base, old), (image, new)) = (content(old)?, content(new)?);
    let folder = parent(to);
    let spool = tempfile::tempfile_in(folder).map_err(|e| Error::file("create a file in", folder, e))?;
    let made = Difference::make(&base, &image, new.sha256, &spool, options)?;
    if made.decode_memory > options.decode_memory {
        let why = format!("{} bytes to decode, {} allowed", made.decode_memory, options.decode_memory);
        return Err(Refusal::new(Rule::Pol1, why).into());
    }
    let patch = Patch { old, new, decode_memory: made.decode_memory, chunks: made.chunks };
    let header = patch.to_bytes();
    // What is written can be read: a file too large for a patch is refused here.
    readable(&header)?;
    package::write_file(to, |out| {
        out.write_all(&header)?;
        io::copy(&mut { made.stored }, out).map(drop)
    })?;
    Ok(patch)
}

fn readable(header: &[u8]) -> Result<(), Refusal> {
    let (head, header) = header.split_at_checked(pkg_format::patch::HEAD).unwrap_or_default();
    Patch::header_length(head)?;
    Patch::decode(header).map(drop)
}
