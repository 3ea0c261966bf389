//! The authorities that TLS trusts: those that are built in, or those of a file.

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

/// Authorities in place of those that are built in, for servers with certificates of their own maker.
#[derive(Debug, Clone)]
pub struct Authorities(Vec<Certificate<'static>>);

impl Authorities {
    /// Reads the certificates of a PEM file.
    ///
    /// # Errors
    ///
    /// Why it has none.
    pub fn from_pem(pem: &[u8]) -> Result<Authorities, String> {
        let mut found = Vec::new();
        for item in parse_pem(pem) {
            match item {
                Ok(PemItem::Certificate(certificate)) => found.push(certificate),
                Ok(_) => {}
                Err(error) => return Err(error.to_string()),
            }
        }
        if found.is_empty() { Err("it has no certificate".into()) } else { Ok(Authorities(found)) }
    }

    pub(super) fn config(&self) -> TlsConfig {
        TlsConfig::builder().root_certs(RootCerts::new_with_certs(&self.0)).build()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_certificates_is_refused() {
        for wrong in ["", "text", "-----BEGIN PUBLIC KEY-----\nAA==\n-----END PUBLIC KEY-----\n"] {
            assert!(Authorities::from_pem(wrong.as_bytes()).is_err(), "{wrong}");
        }
        let one = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n";
        assert!(Authorities::from_pem(one.repeat(2).as_bytes()).is_ok_and(|found| found.0.len() == 2));
    }
}
