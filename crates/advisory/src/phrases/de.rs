//! German.

use super::Phrases;
use crate::score::Word;
use pkg_format::manifest::{ActionCode, Corrective, Restart, SeparationKind, VexJustification};

pub(super) const PHRASES: Phrases = Phrases {
    lang: "de",
    own_name: "Deutsch",
    advisories_of: "Sicherheitshinweise von {}",
    for_programs: "Für Programme",
    to_do: "Was zuerst zu tun ist",
    impact: "Was das für Sie bedeutet",
    vulnerabilities: "Schwachstellen",
    automatic: "Automatische Updates",
    changes: "Was sich ändert",
    else_changes: "Was sich sonst ändert",
    details: "Einzelheiten",
    withdrawn: "Was zurückgezogen ist",
    facts: "Zu diesem Dokument",
    contact: "Kontakt",
    product: "Produkt",
    hardware: "Hardware",
    version: "Version",
    applies_to: "Installierbar auf",
    issued: "Herausgegeben",
    support: "Sicherheitsupdates bis",
    signed_by: "Signiert von",
    document: "Dokument",
    manifest: "Manifest (SHA-256)",
    deadline: "Zu erledigen bis",
    reason: "Warum",
    severity: "Schweregrad",
    affected: "Betroffen",
    fixed: "Behoben in",
    mitigated: "Abgemildert in",
    not_affected: "Nicht betroffen",
    investigated: "Wird untersucht",
    also_known: "Auch bekannt als",
    opt_out: "So schalten Sie sie ab",
    security_update: "Sicherheitsupdate",
    feature_update: "Funktionsupdate",
    notice: "Sicherheitshinweis",
    withdrawal: "Rücknahme",
    unverified: "NICHT GEPRÜFT: Keine Signatur wurde geprüft. Was folgt, kann jeder geschrieben haben.",
    fell_back: "In der Sprache {} gibt es keinen Text; dies ist {}.",
    made_from: "Erstellt aus einer Aussage, die der Hersteller signiert hat.",
    installs_itself: "Dieses Update installiert sich nach der Meldung selbst (Frist: {}), wenn Sie es nicht aufschieben (insgesamt höchstens {}) und automatische Updates nicht abgeschaltet haben.",
    not_automatic: "Dieses Update installiert sich nicht selbst.",
    only_if_wanted: "Ein Funktionsupdate installiert sich nur selbst, wenn Sie das eingeschaltet haben.",
    exploited: "Angreifer nutzen diese Schwachstelle bereits aus.",
    exploited_since: "Angreifer nutzen diese Schwachstelle bereits aus, spätestens seit {}.",
    known_since: "Dem Hersteller bekannt seit {}.",
    delayed: "Mehr wird bis zum {} mitgeteilt.",
    severity_later: "noch nicht mitgeteilt",
    only_mitigated: "Das Update senkt das Risiko; die Schwachstelle besteht weiter.",
    reopened: "Die Korrektur wurde zurückgenommen; die Schwachstelle ist wieder offen.",
    left_open: "Diese Version lässt die Schwachstelle offen.",
    not_alone: "Diese Korrektur gibt es nicht ohne das Funktionsupdate.",
    no_remedy: "Dieses Dokument nennt keine Abhilfe für diese Version.",
    score_added: "Der CVSS-3.1-Vektor wurde beim Erstellen dieses Dokuments ergänzt; er gehört nicht zum signierten Manifest.",
    replaces: "Ersetzt das Manifest {}.",
    first_edition: "Erste Fassung.",
    revised: "Mit anderem Inhalt neu veröffentlicht.",
    state: "die Version mit dem Zustands-Hash {}…",
    before: "jede Version der Linie {} vor {}",
    below_level: "jede Version der Linie {} mit einer Sicherheitsstufe unter {}",
    feature_level: "Funktionsstufe {}",
    empty_device: "ein Gerät, auf dem nichts installiert ist",
    every_release: "jede Version, auch künftige",
    every_release_of: "jede Version der Linie {}, auch künftige",
    releases_from: "jede Version der Linie {} ab Nummer {}, auch künftige",
    releases_below: "jede Version der Linie {} vor Nummer {}",
    releases_between: "die Versionen der Linie {} von Nummer {} bis {}",
    workaround: "Behelfslösung",
    mitigation: "Senkt das Risiko",
    vendor_fix: "Korrektur des Herstellers",
    vendor_fix_in: "Korrektur des Herstellers: {}",
    none_available: "Noch hilft nichts",
    no_fix_planned: "Eine Korrektur ist nicht geplant",
    fix_planned: "Korrektur geplant für {}",
    days: "{} Tage",
    hours: "{} h",
    minutes: "{} min",
    seconds: "{} s",
    action,
    restart,
    word,
    separation,
    justification,
    corrective,
};

fn action(code: ActionCode) -> &'static str {
    match code {
        ActionCode::None => "Nichts zu tun",
        ActionCode::Install => "Das Update installieren",
        ActionCode::InstallAndRestart => "Das Update installieren und neu starten",
        ActionCode::Configure => "Eine Einstellung ändern",
        ActionCode::DisableFeature => "Eine Funktion abschalten",
        ActionCode::RotateCredentials => "Passwörter, Schlüssel oder Zugangscodes ändern",
        ActionCode::Isolate => "Das Produkt vom Netz nehmen",
        ActionCode::Replace => "Das Produkt ersetzen",
        ActionCode::StopUse => "Das Produkt nicht mehr verwenden",
        ActionCode::Contact => "Den Hersteller fragen",
    }
}

fn restart(restart: Restart) -> &'static str {
    match restart {
        Restart::None => "Nichts startet neu.",
        Restart::Component => "Der aktualisierte Teil startet neu.",
        Restart::Service => "Ein Dienst startet neu.",
        Restart::Device => "Das Gerät startet neu.",
        Restart::System => "Das ganze System startet neu.",
    }
}

fn word(word: Word) -> &'static str {
    match word {
        Word::None => "keine",
        Word::Low => "niedrig",
        Word::Medium => "mittel",
        Word::High => "hoch",
        Word::Critical => "kritisch",
    }
}

fn separation(kind: SeparationKind) -> &'static str {
    match kind {
        SeparationKind::Pure => {
            "Nichts, was Sie bemerken würden: Dieses Update korrigiert und tut sonst nichts."
        }
        SeparationKind::ChangeIsFix => "Eine Funktion fällt weg, denn das ist die Korrektur.",
        SeparationKind::Inseparable => "Die Korrektur ist ohne eine Änderung der Funktion nicht möglich.",
    }
}

fn justification(word: VexJustification) -> &'static str {
    match word {
        VexJustification::ComponentNotPresent => "der verwundbare Bestandteil ist nicht enthalten",
        VexJustification::VulnerableCodeNotPresent => "der verwundbare Code ist nicht enthalten",
        VexJustification::VulnerableCodeNotInExecutePath => "der verwundbare Code wird nie ausgeführt",
        VexJustification::VulnerableCodeCannotBeControlledByAdversary => {
            "kein Angreifer erreicht den verwundbaren Code"
        }
        VexJustification::InlineMitigationsAlreadyExist => "anderes im Produkt verhindert den Angriff",
    }
}

fn corrective(corrective: Corrective) -> &'static str {
    match corrective {
        Corrective::Withdraw => "Es wird nicht mehr angeboten.",
        Corrective::Recall => "Das Produkt wird zurückgerufen.",
        Corrective::StopUse => "Das Produkt sollte nicht mehr verwendet werden.",
    }
}
