//! The compression function for small devices: one message after the other, by the `sha2` crate.

/// How many messages [`crate::update_all`] runs side by side: one.
#[must_use]
pub fn lanes() -> usize {
    1
}

pub(crate) use sha2::block_api::compress256 as compress;

/// Whole blocks that wait to be compressed into the state of a message.
pub(crate) struct Message<'a> {
    pub(crate) state: &'a mut [u32; 8],
    pub(crate) blocks: &'a [[u8; 64]],
}

/// Compresses the blocks of every message.
pub(crate) fn compress_all(messages: &mut [Message<'_>]) {
    for message in messages {
        compress(message.state, message.blocks);
    }
}
