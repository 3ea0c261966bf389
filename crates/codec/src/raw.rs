//! The codec `raw`: stored bytes are image bytes.

use crate::Error;
use alloc::vec::Vec;

/// Copies `stored` to `out`, in place of what was there, if it is `image_bytes` long.
///
/// # Errors
/// [`Error::Empty`], [`Error::Length`], [`Error::Memory`].
pub fn decode(stored: &[u8], image_bytes: u64, out: &mut Vec<u8>) -> Result<(), Error> {
    out.clear();
    if image_bytes == 0 {
        return Err(Error::Empty);
    }
    let found = crate::count(stored);
    if found != image_bytes {
        return Err(Error::Length { expected: image_bytes, found });
    }
    crate::make_room(out, stored.len())?;
    out.extend_from_slice(stored);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn stored_bytes_are_image_bytes(chunk in proptest::collection::vec(any::<u8>(), 1..2000)) {
            let mut out = vec![3];
            decode(&chunk, chunk.len() as u64, &mut out).unwrap();
            prop_assert_eq!(&out, &chunk);
        }
    }

    #[test]
    fn another_length_is_refused() {
        let mut out = vec![9];
        for expected in [1, 2, 4, u64::MAX] {
            assert_eq!(decode(b"abc", expected, &mut out), Err(Error::Length { expected, found: 3 }));
            assert!(out.is_empty());
        }
    }

    #[test]
    fn nothing_is_not_a_chunk() {
        let mut out = vec![9];
        assert_eq!(decode(b"", 0, &mut out), Err(Error::Empty));
        assert!(out.is_empty());
        assert_eq!(decode(b"abc", 0, &mut out), Err(Error::Empty));
    }
}
