//! Reading a container, block by block, by comparison (SPEC 2).

use crate::error::{Result, refuse};
use crate::io::{Error as Unread, PIECE, Read};
use alloc::{format, vec, vec::Vec};
use pkg_format::Rule;
use pkg_format::container::{BLOCK, BLOCK_LEN, Block, Member, ZERO, claimed_size, padding};

/// A container that is read forward, at most one header ahead.
pub(crate) struct Archive<R> {
    reader: R,
    /// The header that was read but whose member was not entered.
    header: Option<Block>,
    /// Whether a member was entered yet: before that, what is too short is "not a package".
    begun: bool,
    /// Bytes read so far.
    read: u64,
}

/// Where a header has the name.
const NAME: core::ops::Range<usize> = 0..100;

impl<R: Read> Archive<R> {
    pub(crate) fn new(reader: R) -> Self {
        Archive { reader, header: None, begun: false, read: 0 }
    }

    /// The place of the next header, counted from where reading began.
    pub(crate) fn position(&self) -> u64 {
        self.read.saturating_sub(if self.header.is_some() { BLOCK_LEN } else { 0 })
    }

    /// Fills as much of `buffer` as there is. Does not trust the reader's count.
    fn fill(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let mut filled = 0usize;
        while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            let room = rest.len();
            match self.reader.read(rest)? {
                0 => break,
                n if n <= room => filled = filled.saturating_add(n),
                _ => return Err(Unread::new("the reader reports more than it was asked for").into()),
            }
        }
        self.read = self.read.saturating_add(u64::try_from(filled).unwrap_or(u64::MAX));
        Ok(filled)
    }

    fn exactly(&mut self, buffer: &mut [u8]) -> Result<()> {
        match self.fill(buffer)? {
            n if n == buffer.len() => Ok(()),
            _ => refuse(Rule::Con6, "the file ends inside a member"),
        }
    }

    /// The next header, which stays next.
    fn peek(&mut self) -> Result<Block> {
        if let Some(block) = self.header {
            return Ok(block);
        }
        let mut block = ZERO;
        match self.fill(&mut block)? {
            BLOCK => {
                self.header = Some(block);
                Ok(block)
            }
            0 if !self.begun => refuse(Rule::Con1, "the file is empty"),
            _ if !self.begun => refuse(Rule::Con1, "the file is shorter than one header"),
            _ => refuse(Rule::Con6, "the file ends where a header or the end mark is expected"),
        }
    }

    /// Whether the next header has the name of `member`.
    fn next_is(&mut self, member: Member) -> Result<bool> {
        let block = self.peek()?;
        let mut name = [0u8; 100];
        for (to, from) in name.iter_mut().zip(member.name().bytes()) {
            *to = from;
        }
        Ok(block.get(NAME) == Some(&name))
    }

    /// Refuses a header that was read ahead and can follow no statement.
    pub(crate) fn next_follows_statements(&mut self) -> Result<()> {
        let Some(header) = self.header else { return Ok(()) };
        if header == ZERO || self.next_is(Member::Payload(0))? || self.next_is(Member::Evidence(0))? {
            return Ok(());
        }
        refuse(Rule::Con3, "a member that has no place among the statements")
    }

    /// Enters `member` if it is next, and tells its size.
    pub(crate) fn enter(&mut self, member: Member) -> Result<Option<u64>> {
        if !self.next_is(member)? {
            return Ok(None);
        }
        let block = self.peek()?;
        let Some(size) = claimed_size(&block).filter(|size| member.header(*size) == Some(block)) else {
            return refuse(Rule::Con2, format!("the header of {} is not in its one form", member.name()));
        };
        if size > member.limit() {
            return refuse(
                Rule::Con4,
                format!("{} has {size} bytes, at most {}", member.name(), member.limit()),
            );
        }
        self.header = None;
        self.begun = true;
        Ok(Some(size))
    }

    /// Enters `member`, which must be next and have this size.
    pub(crate) fn enter_sized(&mut self, member: Member, size: u64) -> Result<()> {
        match self.enter(member)? {
            Some(found) if found == size => Ok(()),
            Some(found) => {
                refuse(Rule::Con8, format!("{} has {found} bytes, its signed size is {size}", member.name()))
            }
            None => refuse(Rule::Con3, format!("expected {}", member.name())),
        }
    }

    /// Reads a member that fits its limit whole, if it is next.
    pub(crate) fn member(&mut self, member: Member) -> Result<Option<Vec<u8>>> {
        let Some(size) = self.enter(member)? else { return Ok(None) };
        let mut bytes = Vec::new();
        self.append(size, &mut bytes)?;
        self.pad(size)?;
        Ok(Some(bytes))
    }

    /// Appends the next `size` bytes of a member; memory grows as bytes arrive.
    pub(crate) fn append(&mut self, size: u64, to: &mut Vec<u8>) -> Result<()> {
        self.stream(size, |piece| to.extend_from_slice(piece))
    }

    /// Passes on the next `size` bytes of a member, piece by piece.
    pub(crate) fn stream(&mut self, size: u64, mut piece: impl FnMut(&[u8])) -> Result<()> {
        let mut buffer = vec![0u8; PIECE.min(usize::try_from(size).unwrap_or(PIECE))];
        let mut left = size;
        while left > 0 {
            let length = usize::try_from(left).unwrap_or(PIECE).min(PIECE);
            let Some(part) = buffer.get_mut(..length) else { break };
            self.exactly(part)?;
            piece(part);
            left = left.saturating_sub(u64::try_from(length).unwrap_or(left));
        }
        Ok(())
    }

    /// Leaves out the next `bytes` of a member: nothing is known of them.
    pub(crate) fn skip(&mut self, bytes: u64) -> Result<()> {
        self.reader.skip(bytes)?;
        self.read = self.read.saturating_add(bytes);
        Ok(())
    }

    /// Reads the zeros after a member of `size` bytes.
    pub(crate) fn pad(&mut self, size: u64) -> Result<()> {
        let mut zero = true;
        self.stream(padding(size), |piece| zero &= piece.iter().all(|b| *b == 0))?;
        if zero { Ok(()) } else { refuse(Rule::Con5, "the padding after a member is not zero") }
    }

    /// Reads the end: two zero blocks, and then nothing.
    pub(crate) fn end(&mut self) -> Result<()> {
        let first = self.peek()?;
        if first != ZERO {
            return refuse(Rule::Con3, "a member after the last one");
        }
        let mut second = ZERO;
        self.exactly(&mut second)?;
        let more = self.fill(&mut [0u8; 1])?;
        if second != ZERO || more != 0 {
            return refuse(Rule::Con7, "expected two blocks of zeros and the end of the file");
        }
        self.header = None;
        Ok(())
    }
}
