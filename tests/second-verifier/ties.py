"""The rules that tie fields together (SPEC 7)."""

from cbor import refuse_if
from grammar import ascending

KINDS = ("pure", "change-is-fix", "inseparable")  # from strict to stricter (7.4)


def tied(fields):
    security = fields["class"] == "security"
    fixed = [entry["id"] for entry in fields["fixes" if security else "also-fixes"]]
    changes, defaults = fields.get("changes", []), fields.get("defaults", [])
    still_open = [entry["id"] for entry in fields.get("open", [])]
    for ids in (fixed, [c["id"] for c in changes], [d["id"] for d in defaults], still_open):  # 7.1
        refuse_if(len(set(ids)) < len(ids), "MAN-7")
    level = fields["release"]["security-level"]
    own = [f["id"] for f in fields.get("fixes", []) if f["status"] == "fixed" and f["level"] == level]
    refuse_if(set(own if security else fixed) & set(still_open), "SEP-22")
    for entry in fields.get("fixes", []):
        refuse_if(max(entry.get(name, 0) for name in ("known-since", "exploited-since")) > fields["issued"], "VER-13")
    waived = fields.get("tailor-made", {}).get("waives", [])
    if security:
        separated(fields, changes, fixed)
    else:
        refuse_if(fields["applies-to"] == "line", "SEP-12")  # 7.3
        refuse_if(any(c["level"] > fields["release"]["feature-level"] for c in changes), "SEP-14")  # 7.3
        for entry in changes:
            necessary(entry, fixed)
    for entry in defaults:  # 7.5
        necessary(entry, fixed)
        refuse_if(security and entry["direction"] == "weaker" and "secure-default" not in waived, "DEF-1")
    paid = fields["cost"] == "paid"  # 7.6
    refuse_if(security and paid and "free-of-charge" not in waived, "CST-1")
    if "latest-only" in fields:
        environment = fields["release"]["environment-cost"]
        refuse_if(paid or not fields["latest-only"]["free"] or environment != "none", "CST-3")


def necessary(entry, fixed):
    refuse_if(any(id not in fixed for id in entry.get("necessary-for", [])), "SEP-6")


def separated(fields, changes, fixed):
    """7.2, step by step."""
    level, kind = fields["release"]["security-level"], fields["separation"]["kind"]
    earlier = fields.get("inherited", [])
    refuse_if(any(entry["level"] > level for entry in fields["fixes"]), "SEP-14")
    refuse_if(any(entry["level"] > level for entry in changes), "SEP-14")
    refuse_if("reopens" in fields and "supersedes" not in fields, "SEP-17")
    for entry in changes:
        of_level = (i["kind"] for i in earlier if i["level"] == entry["level"])
        one_change(entry, kind if entry["level"] == level else next(of_level, None), fixed)
    altering = [entry["level"] for entry in changes if entry["effect"] != "corrected"]
    refuse_if(kind != "pure" and level not in altering, "SEP-8")
    levels = [entry["level"] for entry in earlier]
    ascending(levels)
    refuse_if(any(entry >= level for entry in levels), "SEP-14")
    refuse_if(any(entry < level and entry not in levels for entry in altering), "SEP-15")


def one_change(entry, binding, fixed):
    if entry["effect"] == "corrected":
        necessary(entry, fixed)
        refuse_if(entry["user-visible"], "SEP-7")
    else:
        refuse_if(binding == "pure", "SEP-7")
        refuse_if("necessary-for" not in entry, "SEP-5")
        necessary(entry, fixed)
        refuse_if(binding == "change-is-fix" and entry["effect"] in ("added", "changed"), "SEP-9")


def effective_kind(fields, level):
    """The effective kind of a security release from a security level (7.4)."""
    kinds = [entry["kind"] for entry in fields.get("inherited", []) if entry["level"] > level]
    if fields["release"]["security-level"] > level:
        kinds.append(fields["separation"]["kind"])
    return max(kinds, key=KINDS.index, default="pure")
