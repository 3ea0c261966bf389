//! The official names of weaknesses: CSAF takes a weakness only with its name, letter by letter.
//!
//! These are the ones that firmware meets; another one goes into a note. `tests/csaf` compares every row
//! with the catalogue of the BSI's validator.

use pkg_format::ident::Cwe;

/// Number and name (MITRE, CWE), in the order of numbers.
const NAMES: &[(u32, &str)] = &[
    (20, "Improper Input Validation"),
    (22, "Improper Limitation of a Pathname to a Restricted Directory ('Path Traversal')"),
    (59, "Improper Link Resolution Before File Access ('Link Following')"),
    (73, "External Control of File Name or Path"),
    (
        74,
        "Improper Neutralization of Special Elements in Output Used by a Downstream Component ('Injection')",
    ),
    (77, "Improper Neutralization of Special Elements used in a Command ('Command Injection')"),
    (78, "Improper Neutralization of Special Elements used in an OS Command ('OS Command Injection')"),
    (79, "Improper Neutralization of Input During Web Page Generation ('Cross-site Scripting')"),
    (88, "Improper Neutralization of Argument Delimiters in a Command ('Argument Injection')"),
    (89, "Improper Neutralization of Special Elements used in an SQL Command ('SQL Injection')"),
    (94, "Improper Control of Generation of Code ('Code Injection')"),
    (116, "Improper Encoding or Escaping of Output"),
    (119, "Improper Restriction of Operations within the Bounds of a Memory Buffer"),
    (120, "Buffer Copy without Checking Size of Input ('Classic Buffer Overflow')"),
    (121, "Stack-based Buffer Overflow"),
    (122, "Heap-based Buffer Overflow"),
    (125, "Out-of-bounds Read"),
    (129, "Improper Validation of Array Index"),
    (131, "Incorrect Calculation of Buffer Size"),
    (134, "Use of Externally-Controlled Format String"),
    (190, "Integer Overflow or Wraparound"),
    (191, "Integer Underflow (Wrap or Wraparound)"),
    (193, "Off-by-one Error"),
    (200, "Exposure of Sensitive Information to an Unauthorized Actor"),
    (203, "Observable Discrepancy"),
    (208, "Observable Timing Discrepancy"),
    (250, "Execution with Unnecessary Privileges"),
    (252, "Unchecked Return Value"),
    (259, "Use of Hard-coded Password"),
    (269, "Improper Privilege Management"),
    (276, "Incorrect Default Permissions"),
    (284, "Improper Access Control"),
    (285, "Improper Authorization"),
    (287, "Improper Authentication"),
    (288, "Authentication Bypass Using an Alternate Path or Channel"),
    (290, "Authentication Bypass by Spoofing"),
    (294, "Authentication Bypass by Capture-replay"),
    (295, "Improper Certificate Validation"),
    (297, "Improper Validation of Certificate with Host Mismatch"),
    (306, "Missing Authentication for Critical Function"),
    (307, "Improper Restriction of Excessive Authentication Attempts"),
    (311, "Missing Encryption of Sensitive Data"),
    (312, "Cleartext Storage of Sensitive Information"),
    (319, "Cleartext Transmission of Sensitive Information"),
    (321, "Use of Hard-coded Cryptographic Key"),
    (326, "Inadequate Encryption Strength"),
    (327, "Use of a Broken or Risky Cryptographic Algorithm"),
    (330, "Use of Insufficiently Random Values"),
    (331, "Insufficient Entropy"),
    (338, "Use of Cryptographically Weak Pseudo-Random Number Generator (PRNG)"),
    (345, "Insufficient Verification of Data Authenticity"),
    (346, "Origin Validation Error"),
    (347, "Improper Verification of Cryptographic Signature"),
    (352, "Cross-Site Request Forgery (CSRF)"),
    (362, "Concurrent Execution using Shared Resource with Improper Synchronization ('Race Condition')"),
    (367, "Time-of-check Time-of-use (TOCTOU) Race Condition"),
    (369, "Divide By Zero"),
    (384, "Session Fixation"),
    (400, "Uncontrolled Resource Consumption"),
    (401, "Missing Release of Memory after Effective Lifetime"),
    (404, "Improper Resource Shutdown or Release"),
    (415, "Double Free"),
    (416, "Use After Free"),
    (426, "Untrusted Search Path"),
    (427, "Uncontrolled Search Path Element"),
    (434, "Unrestricted Upload of File with Dangerous Type"),
    (436, "Interpretation Conflict"),
    (444, "Inconsistent Interpretation of HTTP Requests ('HTTP Request/Response Smuggling')"),
    (476, "NULL Pointer Dereference"),
    (489, "Active Debug Code"),
    (494, "Download of Code Without Integrity Check"),
    (502, "Deserialization of Untrusted Data"),
    (521, "Weak Password Requirements"),
    (522, "Insufficiently Protected Credentials"),
    (532, "Insertion of Sensitive Information into Log File"),
    (601, "URL Redirection to Untrusted Site ('Open Redirect')"),
    (611, "Improper Restriction of XML External Entity Reference"),
    (613, "Insufficient Session Expiration"),
    (617, "Reachable Assertion"),
    (639, "Authorization Bypass Through User-Controlled Key"),
    (640, "Weak Password Recovery Mechanism for Forgotten Password"),
    (667, "Improper Locking"),
    (668, "Exposure of Resource to Wrong Sphere"),
    (674, "Uncontrolled Recursion"),
    (693, "Protection Mechanism Failure"),
    (732, "Incorrect Permission Assignment for Critical Resource"),
    (754, "Improper Check for Unusual or Exceptional Conditions"),
    (755, "Improper Handling of Exceptional Conditions"),
    (770, "Allocation of Resources Without Limits or Throttling"),
    (772, "Missing Release of Resource after Effective Lifetime"),
    (787, "Out-of-bounds Write"),
    (798, "Use of Hard-coded Credentials"),
    (824, "Access of Uninitialized Pointer"),
    (829, "Inclusion of Functionality from Untrusted Control Sphere"),
    (835, "Loop with Unreachable Exit Condition ('Infinite Loop')"),
    (843, "Access of Resource Using Incompatible Type ('Type Confusion')"),
    (862, "Missing Authorization"),
    (863, "Incorrect Authorization"),
    (908, "Use of Uninitialized Resource"),
    (912, "Hidden Functionality"),
    (916, "Use of Password Hash With Insufficient Computational Effort"),
    (918, "Server-Side Request Forgery (SSRF)"),
    (922, "Insecure Storage of Sensitive Information"),
    (924, "Improper Enforcement of Message Integrity During Transmission in a Communication Channel"),
    (1191, "On-Chip Debug and Test Interface With Improper Access Control"),
    (1328, "Security Version Number Mutable to Older Versions"),
    (1392, "Use of Default Credentials"),
];

/// The name of a weakness, if it is among these.
pub(super) fn name(cwe: &Cwe) -> Option<&'static str> {
    let number: u32 = cwe.as_str().strip_prefix("CWE-")?.parse().ok()?;
    let row = NAMES.binary_search_by_key(&number, |(n, _)| *n).ok()?;
    NAMES.get(row).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_found() {
        assert!(NAMES.is_sorted_by_key(|(n, _)| *n));
        for (number, text) in NAMES {
            assert_eq!(name(&Cwe::new(&format!("CWE-{number}")).unwrap()), Some(*text));
        }
        assert_eq!(name(&Cwe::new("CWE-999999").unwrap()), None);
    }
}
