//! Notices, withdrawals, and what shipped before packages did.

use super::*;

/// A notice that says these versions are affected, and a remedy for them.
pub(crate) fn notice(
    id: &str,
    issued: u64,
    vulnerability: &str,
    versions: &[&str],
    remedy: Remedy,
) -> Notice {
    let mut common = common(id, 1, issued);
    common.product.hardware = hardware(&["rev-a", "rev-b"]);
    Notice {
        digest: manifest(id),
        common,
        body: pkg_format::manifest::Notice {
            statuses: vec![status(vulnerability, versions, VexStatus::Affected)],
            remediations: vec![remediation(vulnerability, versions, remedy)],
            advisory: ADVISORY.clone(),
            action: action(),
            contact: label("security@acme.example"),
        },
        signers: Vec::new(),
    }
}

/// A withdrawal of versions.
pub(crate) fn withdrawal(id: &str, issued: u64, versions: &[&str]) -> Withdrawal {
    let mut common = common(id, 1, issued);
    common.product.hardware = hardware(&["rev-a", "rev-b"]);
    Withdrawal {
        digest: manifest(id),
        common,
        body: pkg_format::manifest::Withdrawal {
            scope: WithdrawalScope::Release,
            withdraws: versions.iter().map(|v| state(v)).collect(),
            corrective: Corrective::Withdraw,
            reason: en("It does not start."),
            advisory: ADVISORY.clone(),
            action: action(),
            contact: label("security@acme.example"),
        },
        signers: Vec::new(),
    }
}

/// A declared release: it shipped before packages did.
pub(crate) fn past(name: &str, line: &str, levels: (u64, u64)) -> Declared {
    let past = Past {
        state: state(name),
        identity: Identity {
            scope: id("product"),
            version: version(name),
            line: id(line),
            sequence: 0,
            feature_level: levels.0,
            security_level: levels.1,
            generation: 1,
        },
        hardware: [id("rev-a")].into(),
        placed: None,
        support_until: None,
        images: vec![(id("rootfs"), state(name))],
    };
    Declared { releases: vec![past], ..Declared::default() }
}

/// The declared status of a vulnerability in a version.
pub(crate) fn declared_status(id: &str, version: &str, status: VexStatus) -> Declared {
    let statuses = vec![(state(version), status)];
    let vulnerabilities = vec![PastVulnerability { id: vuln(id), known_since: None, statuses }];
    Declared { vulnerabilities, ..Declared::default() }
}
