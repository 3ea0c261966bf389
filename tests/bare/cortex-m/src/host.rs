//! Files of the host, by semihosting: read piece by piece, or at any place as from flash.

use alloc::ffi::CString;
use alloc::vec::Vec;
use pkg_codec::delta::{Base, ReadError};
use pkg_verify::io;
use semihosting::fs;
use semihosting::io::{Read, Seek, SeekFrom};

/// A file of the host.
pub struct HostFile(fs::File);

impl HostFile {
    /// Opens it.
    pub fn open(path: &str) -> Self {
        let name = CString::new(path).expect("a name without a zero");
        HostFile(fs::File::open(&name).unwrap_or_else(|e| panic!("{path}: {e}")))
    }
}

impl io::Read for HostFile {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, io::Error> {
        self.0.read(buffer).map_err(|_| io::Error::new("the host does not give it"))
    }
}

impl Base for HostFile {
    fn size(&self) -> u64 {
        self.0.metadata().expect("a size").len()
    }

    fn read_exact_at(&self, at: u64, mut buffer: &mut [u8]) -> Result<(), ReadError> {
        let mut file = &self.0;
        file.seek(SeekFrom::Start(at)).map_err(|_| ReadError::new("the host does not go there"))?;
        while !buffer.is_empty() {
            match file.read(buffer) {
                Ok(0) | Err(_) => return Err(ReadError::new("the host does not give it")),
                Ok(n) => buffer = &mut buffer[n..],
            }
        }
        Ok(())
    }
}

/// All of a file.
pub fn read(path: &str) -> Vec<u8> {
    let mut file = HostFile::open(path);
    let mut bytes = Vec::new();
    let mut piece = [0; 512];
    loop {
        match io::Read::read(&mut file, &mut piece).unwrap_or_else(|e| panic!("{path}: {e}")) {
            0 => return bytes,
            n => bytes.extend_from_slice(&piece[..n]),
        }
    }
}
