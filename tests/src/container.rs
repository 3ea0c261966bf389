//! Containers from raw members, so that a test can alter what no builder would write.
//!
//! Headers come from the `tar` crate: a second opinion on the form that `pkg-format` writes.

/// A member as it stands in the file.
#[derive(Debug, Clone)]
pub struct RawMember {
    /// The header block.
    pub header: [u8; 512],
    /// The bytes.
    pub body: Vec<u8>,
    /// What fills the last block.
    pub padding: Vec<u8>,
}

/// Places of the fields of a header that tests alter.
pub mod field {
    use std::ops::Range;
    /// The name.
    pub const NAME: Range<usize> = 0..100;
    /// The mode.
    pub const MODE: Range<usize> = 100..108;
    /// The owner.
    pub const UID: Range<usize> = 108..116;
    /// The group.
    pub const GID: Range<usize> = 116..124;
    /// The size.
    pub const SIZE: Range<usize> = 124..136;
    /// The time of the last change.
    pub const MTIME: Range<usize> = 136..148;
    /// The checksum.
    pub const CHECKSUM: Range<usize> = 148..156;
    /// The type.
    pub const TYPE: usize = 156;
    /// Where a link leads.
    pub const LINK: Range<usize> = 157..257;
    /// Magic and version.
    pub const MAGIC: Range<usize> = 257..265;
    /// The owner's name.
    pub const UNAME: Range<usize> = 265..297;
    /// The major device number.
    pub const DEVMAJOR: Range<usize> = 329..337;
    /// The front of a long name.
    pub const PREFIX: Range<usize> = 345..500;
}

impl RawMember {
    /// A member in its one form.
    pub fn new(name: &str, body: &[u8]) -> RawMember {
        let mut header = tar::Header::new_ustar();
        header.set_path(name).expect("a short name");
        header.set_size(body.len() as u64);
        header.set_mode(0o644);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(0);
        header.set_entry_type(tar::EntryType::Regular);
        header.set_device_major(0).expect("ustar has device numbers");
        header.set_device_minor(0).expect("ustar has device numbers");
        header.set_cksum();
        RawMember {
            header: *header.as_bytes(),
            body: body.to_vec(),
            padding: vec![0; body.len().next_multiple_of(512) - body.len()],
        }
    }

    /// The name.
    pub fn name(&self) -> String {
        let name = &self.header[field::NAME];
        String::from_utf8_lossy(name.split(|b| *b == 0).next().unwrap_or_default()).into_owned()
    }

    /// Writes `bytes` into the header from `at` on and makes the checksum right again.
    pub fn put(&mut self, at: usize, bytes: &[u8]) -> &mut Self {
        self.header[at..at + bytes.len()].copy_from_slice(bytes);
        self.resum()
    }

    /// Makes the checksum right again.
    pub fn resum(&mut self) -> &mut Self {
        self.header[field::CHECKSUM].fill(b' ');
        let sum: u32 = self.header.iter().map(|b| u32::from(*b)).sum();
        self.header[field::CHECKSUM].copy_from_slice(format!("{sum:07o}\0").as_bytes());
        self
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.header);
        out.extend_from_slice(&self.body);
        out.extend_from_slice(&self.padding);
    }
}

/// A container as members and end.
#[derive(Debug, Clone)]
pub struct Container {
    /// The members, in order.
    pub members: Vec<RawMember>,
    /// What follows the last member.
    pub end: Vec<u8>,
}

impl Container {
    /// A container in its one form.
    pub fn new(members: Vec<RawMember>) -> Container {
        Container { members, end: vec![0; 1024] }
    }

    /// The place of the member of this name.
    pub fn place(&self, name: &str) -> usize {
        self.members.iter().position(|m| m.name() == name).unwrap_or_else(|| panic!("no member {name}"))
    }

    /// The member of this name.
    pub fn member(&mut self, name: &str) -> &mut RawMember {
        let place = self.place(name);
        &mut self.members[place]
    }

    /// Alters the member of this name.
    pub fn with(mut self, name: &str, edit: impl FnOnce(&mut RawMember)) -> Self {
        edit(self.member(name));
        self
    }

    /// Alters the list of members.
    pub fn reorder(mut self, edit: impl FnOnce(&mut Vec<RawMember>)) -> Self {
        edit(&mut self.members);
        self
    }

    /// Puts a member in front of the one with this name.
    pub fn before(mut self, name: &str, member: RawMember) -> Self {
        let place = self.place(name);
        self.members.insert(place, member);
        self
    }

    /// Puts another end.
    pub fn ending(mut self, end: &[u8]) -> Self {
        self.end = end.to_vec();
        self
    }

    /// The place in the file of the first byte of a member's header.
    pub fn offset(&self, name: &str) -> usize {
        self.members[..self.place(name)].iter().map(|m| 512 + m.body.len() + m.padding.len()).sum()
    }

    /// The file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.members.iter().for_each(|m| m.write(&mut out));
        out.extend_from_slice(&self.end);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pkg_format::container::Member;

    #[test]
    fn headers_are_what_the_tar_crate_writes() {
        for (member, size) in
            [(Member::Manifest, 0), (Member::DeliverySignatures, 700), (Member::Payload(12), 513)]
        {
            let raw = RawMember::new(&member.name(), &vec![7; size]);
            assert_eq!(member.header(size as u64), Some(raw.header));
            let mut again = raw.clone();
            assert_eq!(again.resum().header, raw.header);
        }
    }
}
