"""Manifest: fields (SPEC 6.3, 6.4). `ties` has the rules that tie them.

Every table corresponds to the table of the same name in the text. Rows have the same order, since the first fault is
named; each is a name, a type, and the rule that refuses its absence.
"""

import re
from hashlib import sha256

from cbor import decode, refuse_if
from grammar import (ID, Cwe, Id, Label, Localized, MediaType, Month, Prose, Table, Url, Version, VulnId, ascending,
                     boolean, by_language, counter, digest, either, in_order, list_of, set_of, severity,
                     table, uint, word)
from shared import MAN1, channel, needs, not_empty, our_format, pointing, second_guard
from ties import KINDS, tied

MIB = 1 << 20

# Common fields (6.3).

product = table(("vendor", Id, MAN1), ("name", Id, MAN1), ("hardware", set_of(Id, 1, 256), MAN1))

evidence = table(
    ("kind", word("sbom", "vex", "csaf", "provenance", "risk", "test", "threat-model", "architecture", "defaults",
                  "user-information", "timestamp", "other"), MAN1),
    ("media-type", MediaType, MAN1), ("size", uint, MAN1), ("sha256", digest, MAN1), ("uri", Url, None))


def all_evidence(value):
    entries = list_of(evidence, 1, 256)(value)
    refuse_if(sum(e["size"] for e in entries if "uri" not in e) > 64 * MIB, "MAN-5")
    return entries


def after(value):
    """The newest known statement of one series."""
    found = Table(value)
    found.rows(("series", word("notice", "release", "withdrawal"), MAN1))
    if found.fields["series"] == "release":
        found.rows(("scope", Id, MAN1), ("line", Id, MAN1))
    found.rows(("sequence", counter, MAN1), ("digest", digest, MAN1))
    return found.end("MAN-6", ("line", "scope"))


def series(entry):
    return entry["series"], entry.get("scope", ""), entry.get("line", "")


def issued(value):
    refuse_if(not 1577836800 <= uint(value) <= 253402300799, "VER-13")
    return value


def common_rows(found):
    found.rows(
        ("format", our_format, MAN1),
        ("kind", word("release", "notice", "withdrawal", "acknowledgement"), MAN1), ("id", Id, MAN1), ("product", product, MAN1),
        ("sequence", counter, MAN1), ("issued", issued, MAN1),
        ("evidence", all_evidence, None), ("supersedes", set_of(digest, 1, 1024), None), ("keyring-min", uint, None),
        ("after", set_of(after, 1, 256, order=series), None))
    for name in [name for name in found.left if name.startswith("x-")]:
        refuse_if(not re.fullmatch(ID, name), "MAN-2")
        found.rows((name, Label, None))


# Release (6.4).

separation_kind = word(*KINDS, rule="SEP-2")

identity = table(
    ("scope", Id, MAN1), ("version", Version, MAN1), ("line", Id, MAN1), ("feature-level", counter, MAN1),
    ("security-level", counter, MAN1), ("generation", counter, MAN1), ("channel", channel, MAN1),
    ("environment-cost", either("none", Localized), MAN1))


image = table(("component", Id, MAN1), ("size", uint, MAN1), ("sha256", digest, MAN1), ("version", Version, None),
              then=not_empty)


def images(value):
    entries = list_of(image, 1, 64)(value)
    ascending([in_order(entry["component"]) for entry in entries])
    return entries


JUSTIFICATION = (("rationale", Localized, "SEP-3"), ("alternatives", Localized, "SEP-3"), ("approver", Label, "SEP-3"))

PROOF = ("evidence", set_of(uint, 1, 256), None)


def long_enough(fields):
    refuse_if(max(map(len, fields["rationale"].values())) < 80, "SEP-3")


def separation(value):
    found = Table(value)
    if found.rows(("kind", separation_kind, "SEP-2"))["kind"] == "pure":
        return found.end("SEP-4", ("rationale", "alternatives", "approver", "evidence"))
    long_enough(found.rows(*JUSTIFICATION, PROOF))
    return found.end()


delay = table(("reason", Localized, "ADV-4"), ("until", uint, "ADV-4"))


def delayed(value):
    found = Table(value)
    inner = found.rows(("delayed", lambda value: value, "ADV-4"))
    found.end()
    return {"delayed": delay(inner["delayed"])}


def fix(value):
    found = Table(value)
    public = found.rows(("disclosure", either("public", delayed), MAN1))["disclosure"] == "public"
    told = "ADV-3" if public else None
    fields = found.rows(("severity", severity, told), ("impact", Localized, told), ("exploited-since", uint, None),
                        ("exploited", boolean, MAN1))
    refuse_if(not fields["exploited"] and "exploited-since" in fields, "ADV-12")
    found.rows(
        ("id", VulnId, MAN1), ("aliases", set_of(VulnId, 1, 4096), None), ("upstream", Label, None),
        ("level", counter, MAN1), ("status", word("fixed", "mitigated"), MAN1), ("description", Localized, None),
        ("cwe", Cwe, None), ("affected", either("applies-to", set_of(digest, 1, 1024)), "ADV-3"),
        ("known-since", uint, None), ("touches", set_of(Label, 1, 1024), None))
    return found.end()


NECESSARY_FOR = ("necessary-for", set_of(VulnId, 1, 1024), None)

change = table(
    ("id", Id, MAN1), ("level", counter, MAN1),
    ("effect", word("added", "changed", "restricted", "disabled", "replaced", "removed", "corrected"), MAN1),
    ("user-visible", boolean, MAN1), ("text", Localized, MAN1), NECESSARY_FOR)


def justifies(fields):
    refuse_if(fields["kind"] == "pure", "SEP-4")
    long_enough(fields)


inherited = table(("level", counter, MAN1), ("kind", separation_kind, "SEP-2"), *JUSTIFICATION, then=justifies)
reopened = table(("id", VulnId, MAN1), ("reason", Localized, MAN1))


def short_in_all(fields):
    refuse_if(sum(len(part.encode()) for part in fields.values()) > 65_536, "TXT-3")


advisory = by_language(table(("title", Label, MAN1), ("summary", Prose, MAN1), ("details", Prose, MAN1),
                             ("impact", Prose, MAN1), then=short_in_all))
action = table(
    ("code", word("none", "install", "install-and-restart", "configure", "disable-feature", "rotate-credentials",
                  "isolate", "replace", "stop-use", "contact"), "ADV-2"),
    ("restart", word("none", "component", "service", "device", "system"), MAN1), ("deadline", uint, None),
    ("text", Localized, "ADV-2"))

exception_reason = word("latest-only", "sub-version", "not-feasible", "support-ended", rule="SEP-13")


def exception(value):
    found = Table(value)
    long_enough(found.rows(("reason", exception_reason, "SEP-13"), *JUSTIFICATION, PROOF))
    return found.end()


def also_fix(value):
    found = Table(value)
    fields = found.rows(("id", VulnId, MAN1), ("separately-in", set_of(digest, 1, 1024), None))
    if "separately-in" not in fields:
        found.rows(("exception", exception, "SEP-13"))
    refuse_if("exception" in found.left, "MAN-6")
    return found.end()


open_entry = table(("id", VulnId, MAN1), ("status", word("affected", "under-investigation", "mitigated"), MAN1),
                   ("reason", Localized, MAN1), ("planned", uint, None))
default = table(("id", Id, MAN1), ("direction", word("stronger", "same", "weaker"), MAN1), ("text", Localized, MAN1),
                NECESSARY_FOR)


def on_or_off(applicable):
    def judge(value):
        word("on", "off")(value)
        refuse_if(applicable and value == "off", "AUT-2")
        refuse_if(not applicable and value == "on", "AUT-5")
        return value
    return judge


def automatic(value):
    found = Table(value)
    applicable = found.rows(("applicable", boolean, MAN1))["applicable"]
    found.rows(("default", on_or_off(applicable), MAN1))
    if applicable:
        found.rows(("install-within", uint, MAN1), ("max-postpone", uint, MAN1), ("opt-out", Localized, "AUT-3"))
    else:
        reasons = word("component", "professional-network", "industrial", "other", rule="AUT-4")
        found.rows(("reason", reasons, "AUT-4"), ("text", Localized, "AUT-4"), ("install-within", uint, None),
                   ("max-postpone", uint, None))
    return found.end("MAN-6", ("reason", "text", "opt-out"))


def contract(value):
    refuse_if(digest(value) in (bytes(32), sha256().digest()), "CST-2")
    return value


tailor_made = table(
    ("customer", Label, "CST-2"), ("contract-digest", contract, "CST-2"), ("purpose", Localized, "CST-2"),
    ("waives", set_of(word("free-of-charge", "secure-default", rule="CST-2"), 1, 64), None),
    then=needs("waives", rule="CST-2"))


def five_years(fields):
    begin, end = (12 * int(fields[name][:4]) + int(fields[name][5:]) for name in ("from", "until"))
    refuse_if(end < begin, "SUP-1")
    refuse_if(end - begin < 60 and "shorter-use" not in fields, "SUP-2")


support = table(("until", Month, "SUP-1"), ("from", Month, "SUP-1"), ("shorter-use", Localized, None),
                ("basis", Label, None), then=five_years)
latest_only = table(("kind", word("substantially-modified", "sub-version"), MAN1), ("free", boolean, MAN1),
                    ("hardware", set_of(Id, 1, 256), None), ("evidence", set_of(uint, 1, 256), None),
                    then=needs("hardware", "evidence"))


def requirement(value):
    found = Table(value)
    if "state" not in found.rows(("scope", Id, MAN1), ("state", digest, None)):
        found.rows(("line", Id, MAN1), ("from", counter, MAN1))
    return found.end("MAN-6", ("from", "line"))


def true(value):
    refuse_if(not boolean(value), "MAN-4")
    return value


def predicate(value):
    """Releases by scope, line and sequence."""
    found = Table(value)
    if "all" not in found.rows(("scope", Id, MAN1), ("all", true, None)):
        found.rows(("line", Id, MAN1), ("from", counter, None), ("below", counter, None))
    fields = found.end("MAN-6", ("below", "from", "line"))
    refuse_if("below" in fields and fields.get("from", 0) >= fields["below"], "MAN-5")
    return fields


def named(found):
    """The rows `states` and `releases`, of which at least one is there."""
    fields = found.rows(("states", set_of(digest, 1, 1024), None), ("releases", list_of(predicate, 1, 64), None))
    refuse_if("states" not in fields and "releases" not in fields, MAN1)
    return fields



vex_word = word("component_not_present", "vulnerable_code_not_present", "vulnerable_code_not_in_execute_path",
                "vulnerable_code_cannot_be_controlled_by_adversary", "inline_mitigations_already_exist", rule="ADV-10")


def status(value):
    found = Table(value)
    standing = word("affected", "not-affected", "under-investigation", "fixed", "mitigated")
    if found.rows(("status", standing, MAN1))["status"] == "not-affected":
        found.rows(("justification", vex_word, "ADV-10"))
    refuse_if("justification" in found.left, "MAN-6")
    found.rows(("id", VulnId, MAN1))
    fields = named(found)
    refuse_if("releases" in fields and fields["status"] in ("not-affected", "fixed"), "ADV-13")
    found.rows(("outcome", Label, None), ("risk", uint, None))
    return found.end()


def remediation(value):
    found = Table(value)
    categories = word("workaround", "mitigation", "vendor-fix", "none-available", "no-fix-planned", "fix-planned")
    if found.rows(("category", categories, MAN1))["category"] == "fix-planned":
        found.rows(("date", uint, "ADV-6"))
    found.rows(
        ("means", word("configuration", "manual", "other"), None), ("ids", set_of(VulnId, 1, 1024), MAN1))
    named(found)
    found.rows(("release", digest, None), ("text", Localized, MAN1), ("date", uint, None), ("url", Url, None))
    return found.end()


def statuses_of(found):
    """The row `statuses` of a release or a notice."""
    def judge(value):
        entries = list_of(status, 1, 1024)(value)
        pointing([entry["risk"] for entry in entries if "risk" in entry], found.fields)
        return entries
    return ("statuses", judge, None)


def some_fixes(value):
    entries = list_of(fix, 0, 1024)(value)
    refuse_if(not entries, "SEP-16")
    return entries


CHANGES = ("changes", list_of(change, 1, 1024), None)
REMEDIATIONS = ("remediations", list_of(remediation, 1, 1024), None)
ADVICE = (("advisory", advisory, "ADV-1"), ("action", action, "ADV-2"))


def security_rows(found):
    fields = found.rows(("separation", separation, "SEP-2"))
    pointing(fields["separation"].get("evidence", []), fields)
    found.rows(("fixes", some_fixes, "SEP-16"), CHANGES, ("inherited", list_of(inherited, 1, 1024), None),
               ("reopens", list_of(reopened, 1, 1024), None), *ADVICE)


def feature_rows(found):
    fields = found.rows(("also-fixes", list_of(also_fix, 0, 1024), MAN1))
    for entry in fields["also-fixes"]:
        pointing(entry.get("exception", {}).get("evidence", []), fields)
    found.rows(CHANGES, ("advisory", advisory, None), ("action", action, None))


def release_rows(found):
    fields = found.rows(("release", identity, MAN1), ("class", word("security", "feature", rule="SEP-1"), "SEP-1"))
    {"security": security_rows, "feature": feature_rows}[fields["class"]](found)
    found.rows(
        ("images", images, MAN1), ("from", set_of(digest, 1, 64), None),
        ("applies-to", either("line", set_of(digest, 0, 1024)), MAN1), ("fresh", true, None), statuses_of(found),
        ("open", list_of(open_entry, 1, 1024), None), ("defaults", list_of(default, 1, 1024), None), REMEDIATIONS,
        ("automatic", automatic, "AUT-1" if fields["class"] == "security" else None),
        ("cost", word("free", "paid"), MAN1), ("tailor-made", tailor_made, None),
        ("support", support, "SUP-1"), ("latest-only", latest_only, None),
        ("requires", list_of(requirement, 1, 64), None), ("contact", Label, None))
    pointing(fields.get("latest-only", {}).get("evidence", []), fields)
    refuse_if(any(r["scope"] == fields["release"]["scope"] for r in fields.get("requires", [])), "MAN-4")


def notice_rows(found):
    found.rows(statuses_of(found), REMEDIATIONS, *ADVICE, ("contact", Label, "ADV-11"))
    needs("statuses", "remediations", rule="ADV-5")(found.fields)


def withdrawal_rows(found):
    found.rows(
        ("scope", word("release", "product"), MAN1), ("withdraws", set_of(digest, 1, 1024), MAN1),
        ("corrective", word("withdraw", "recall", "stop-use"), MAN1), ("reason", Localized, MAN1), *ADVICE,
        ("contact", Label, "ADV-11"))


def in_the_past(fields):
    refuse_if(fields["until"] < fields["from"], "MAN-5")


acknowledged = table(
    ("rule", word("G2", "G15", "G23", "VER-9", "POL-4"), MAN1), ("ids", set_of(VulnId, 1, 1024), None),
    ("states", set_of(digest, 1, 1024), None), ("from", uint, MAN1), ("until", uint, MAN1), then=in_the_past)


def acknowledgement_rows(found):
    fields = found.rows(("acknowledges", list_of(acknowledged, 1, 64), MAN1))
    refuse_if(any(entry["until"] > fields["issued"] for entry in fields["acknowledges"]), "VER-13")
    found.rows(("cause", Localized, MAN1), ("remedy", Localized, MAN1), ("approver", Label, MAN1))


ROWS = {"release": release_rows, "notice": notice_rows, "withdrawal": withdrawal_rows,
        "acknowledgement": acknowledgement_rows}
FIELDS = (  # every top-level field of any kind or class
    "format kind id product sequence issued evidence supersedes keyring-min after release class images from applies-to "
    "fresh statuses open defaults remediations automatic cost tailor-made support latest-only requires contact separation fixes "
    "changes inherited reopens advisory action also-fixes scope withdraws corrective reason acknowledges cause remedy "
    "approver").split()


def manifest(received):
    found = Table(decode(received))
    common_rows(found)
    ROWS[found.fields["kind"]](found)
    fields = found.end("MAN-6", FIELDS)
    if fields["kind"] == "release":
        tied(fields)
    return second_guard(fields, received)
