//! What this device accepts among what it trusts.

use pkg_format::limits;

/// Whether releases made for testing are accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Testing {
    /// They are verified like any other; installing them is still a matter of `decide`.
    Accept,
    /// They are refused (POL-2).
    Refuse,
}

/// Bounds that the device sets, not the package.
///
/// ```
/// use pkg_verify::{Policy, Testing};
/// let policy = Policy::default().with_decode_memory(8 << 20).with_testing(Testing::Refuse);
/// assert_eq!(policy.jump, 65_536);
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Policy {
    /// The most memory that decoding may need, bytes (POL-1). The delivery states what it needs,
    /// and the delivery is signed by the least trusted key. Never unlimited.
    pub decode_memory: u64,
    /// By how much a counter may rise in one step (VER-5).
    pub jump: u64,
    /// Whether releases made for testing are accepted.
    pub testing: Testing,
}

impl Default for Policy {
    /// 64 MiB to decode, 65,536 steps of a counter, testing releases verified.
    fn default() -> Self {
        Policy { decode_memory: 64 << 20, jump: limits::JUMP, testing: Testing::Accept }
    }
}

impl Policy {
    /// The same with this much memory for decoding, bytes.
    pub fn with_decode_memory(self, decode_memory: u64) -> Self {
        Policy { decode_memory, ..self }
    }

    /// The same where a counter may rise by this much in one step.
    pub fn with_jump(self, jump: u64) -> Self {
        Policy { jump, ..self }
    }

    /// The same with this answer to releases made for testing.
    pub fn with_testing(self, testing: Testing) -> Self {
        Policy { testing, ..self }
    }
}
