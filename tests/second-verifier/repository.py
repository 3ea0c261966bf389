"""Repositories: entries, heads, pages, what is current (REPOSITORY.md). The numbers are those of its steps."""

import io
from hashlib import sha256

import statements
from cbor import decode, encode, refuse_if
from device import leads_to
from grammar import Id, Table, ascending, counter, digest, list_of, table, uint, word
from package import SIGNATURES, Archive, Package, Policy
from shared import MAN1, channel, our_format, second_guard
from statements import issued

HEAD, CURRENT, PAGE, PAGE_BYTES, LOG, FRONT, MAX_AGE = 512 << 10, 1024, 1024, 1 << 20, 262_144, 2_230_784, 31_622_400  # 8
NOTHING = sha256(b"").digest()
OF_RELEASES = ("scope", "line", "class", "feature-level", "security-level")
OF_PACKAGES = ("package", "size", "front")
STATEMENTS = ("manifest.cbor", "manifest.cose", "delivery.cbor", "delivery.cose")


# C.2

def entry(value):
    found = Table(value)
    kinds = word("release", "notice", "withdrawal", "acknowledgement")
    found.rows(("manifest", digest, MAN1), ("kind", kinds, MAN1))
    if found.fields["kind"] == "release":
        found.rows(("scope", Id, MAN1), ("line", Id, MAN1), ("class", word("security", "feature", rule="SEP-1"), MAN1),
                   ("feature-level", counter, MAN1), ("security-level", counter, MAN1))
    found.rows(("sequence", counter, MAN1))
    if any(name in found.left for name in OF_PACKAGES):
        fields = found.rows(("package", digest, MAN1), ("size", uint, MAN1), ("front", uint, MAN1))
        refuse_if(not 0 < fields["front"] <= min(fields["size"], FRONT), "MAN-5")
    return found.end("MAN-6", OF_RELEASES)


def describes(manifest, received, fields):
    """The entry of a manifest with the package of another entry."""
    release = manifest.get("release", {})
    of_release = {"class": manifest.get("class"), **{name: release.get(name) for name in OF_RELEASES if name != "class"}}
    return {"manifest": sha256(received).digest(), "kind": manifest["kind"], "sequence": manifest["sequence"],
            **(of_release if manifest["kind"] == "release" else {}),
            **{name: fields[name] for name in OF_PACKAGES}}


# C.3

def log_fields(fields):
    refuse_if(fields["size"] > LOG, "MAN-5")
    refuse_if((fields["size"] == 0) != (fields["root"] == NOTHING), "MAN-4")


log = table(("size", uint, MAN1), ("root", digest, MAN1), then=log_fields)


def max_age(value):
    refuse_if(not 0 < uint(value) <= MAX_AGE, "MAN-5")
    return value


def head(received):
    found = Table(decode(received))
    found.rows(("format", our_format, MAN1), ("repository", Id, MAN1), ("vendor", Id, MAN1), ("name", Id, MAN1),
               ("channel", channel, MAN1), ("version", counter, MAN1), ("issued", issued, MAN1), ("max-age", max_age, MAN1),
               ("keyring", counter, MAN1), ("log", log, MAN1), ("current", list_of(entry, 1, CURRENT), None))
    fields = found.end()
    current = fields.get("current", [])
    for one in current:  # 1
        refuse_if(one["kind"] == "acknowledgement", "MAN-4")
        refuse_if("package" not in one, "MAN-1")
    ascending([one["manifest"] for one in current])  # 2
    refuse_if(len(current) > fields["log"]["size"], "MAN-5")  # 3
    return second_guard(fields, received)  # 4


def verified(file, keyring, name):
    """The fields of a head and its digest; `name` is what the client was given of its log."""
    archive = Archive(io.BytesIO(file))
    received, signatures = archive.first("head.cbor", HEAD), archive.member("head.cose", SIGNATURES)
    archive.end()  # 1
    signed = keyring.authentic("head", received, signatures)  # 2
    fields = head(received)  # 3
    product = {key: fields[key] for key in ("vendor", "name")}
    # No Id is empty: a key that is bound to scopes is bound to others.
    keyring.enough(signed, "catalogue", "catalogue", product, fields["channel"], "")  # 4
    refuse_if(fields["keyring"] > keyring.fields["version"], "KEY-6")  # 5
    refuse_if(fields["repository"] != name["repository"], "REP-1")  # 6
    refuse_if(any(fields[key] != name[key] for key in ("vendor", "name", "channel")), "REP-2")  # 7
    return fields, sha256(received).digest()


# C.4

def root(leaves):
    """RFC 9162, 2.1.1."""
    if not leaves:
        return NOTHING
    if len(leaves) == 1:
        return sha256(b"\0" + leaves[0]).digest()
    k = 1 << (len(leaves) - 1).bit_length() - 1
    return sha256(b"\1" + root(leaves[:k]) + root(leaves[k:])).digest()


# C.5

def page(received):
    refuse_if(len(received) > PAGE_BYTES, "CON-4")
    found = Table(decode(received))
    found.rows(("format", our_format, MAN1), ("after", log, None))
    refuse_if(found.fields.get("after", {}).get("size") == 0, "MAN-5")
    found.rows(("entries", list_of(entry, 1, PAGE), MAN1))
    return second_guard(found.end(), received)


def read_log(named, pages):
    """The entries of the log that a head names, from its pages, newest first; nothing of it is known before."""
    found, wanted = [], named
    for received in pages:
        one = page(received)  # 2
        after = one.get("after", {"size": 0, "root": NOTHING})
        refuse_if(after["size"] + len(one["entries"]) != wanted["size"], "REP-5")
        found.append((after, one["entries"]))
        wanted = after
    entries = []
    for after, more in reversed(found):
        leaves = [encode(one) for one in entries]
        refuse_if(after != {"size": len(leaves), "root": root(leaves)}, "REP-5")  # 3
        entries += more
    refuse_if(named != {"size": len(entries), "root": root([encode(one) for one in entries])}, "REP-5")  # 4
    return entries


def contains(entries, earlier):
    leaves = [encode(one) for one in entries[:earlier["size"]]]
    refuse_if(earlier != {"size": len(leaves), "root": root(leaves)}, "REP-6")  # 5


# C.6

def receive(stored, offered, jump):
    """What becomes of a verified head where `stored` is in force; each is a pair of fields and digest."""
    (old, old_digest), (new, new_digest) = stored, offered
    refuse_if(new["version"] < old["version"], "REP-3")  # 2
    if new["version"] == old["version"]:
        refuse_if(new_digest != old_digest, "REP-4")  # 3, 4
        return
    refuse_if(new["version"] - old["version"] > jump, "VER-5")  # 5
    refuse_if(new["log"]["size"] < old["log"]["size"], "REP-6")  # 6
    refuse_if(new["log"]["size"] == old["log"]["size"] and new["log"]["root"] != old["log"]["root"], "REP-6")


# C.7

def front(data):
    """How many bytes of a package hold its statements and the block after them."""
    at = 0
    while data[at:at + 100].rstrip(b"\0").decode("ascii", "replace") in STATEMENTS:
        size = int(data[at + 124:at + 135], 8)
        at += 512 + size + -size % 512
    return at + 512


def fetched(received, data, size, keyring):
    """Checks the answer to a request for the front of a package; `size` is that of the file."""
    fields = entry(decode(received))
    refuse_if("package" not in fields, "REP-8")
    refuse_if(size != fields["size"] or len(data) != fields["front"], "REP-9")
    package = Package(io.BytesIO(data), keyring, Policy())  # 1
    length = int(data[124:135], 8)
    described = describes(package.manifest, data[512:512 + length], fields)
    refuse_if({**described, "front": front(data)} != fields, "REP-8")  # 2


# C.8

def current(live):
    """The entries that are current, from pairs of live entry and manifest."""
    def withdrawn(one, manifest):
        names = {one["manifest"], leads_to(manifest)}
        return any(names & set(m["withdraws"]) for _, m in live if m["kind"] == "withdrawal")

    def below(state, new):
        there = [m["release"] for e, m in live if m["kind"] == "release" and state in (e["manifest"], leads_to(m))]
        same = ("scope", "line", "feature-level")
        return bool(there) and all(all(r[name] == new[name] for name in same)
                                   and r["security-level"] < new["security-level"] for r in there)

    def covers(new, old):
        into, of = new["applies-to"], old["applies-to"]
        if into == "line":
            if of == "line":
                return new["release"]["feature-level"] == old["release"]["feature-level"]
            return new["class"] == "security" and all(below(state, new["release"]) for state in of)
        return of != "line" and set(of) <= set(into)

    def from_nothing(manifest):
        return "fresh" in manifest or manifest["applies-to"] == []

    def replaces(one, new, other, old):
        n, o = new["release"], old["release"]
        parts = [[image["component"] for image in m["images"]] for m in (new, old)]
        return (not withdrawn(one, new) and one["sequence"] > other["sequence"]
                and all(n[name] == o[name] for name in ("scope", "line", "channel", "environment-cost"))
                and new["class"] == old["class"]
                and all(n[name] >= o[name] for name in ("feature-level", "security-level"))
                and set(old["product"]["hardware"]) <= set(new["product"]["hardware"])
                and parts[0] == parts[1]
                and new["cost"] in ("free", old["cost"])
                and new.get("tailor-made") == old.get("tailor-made")
                and all(need in old.get("requires", []) for need in new.get("requires", []))
                and (from_nothing(new) or not from_nothing(old))
                and covers(new, old))

    def is_current(one, manifest):
        kind = manifest["kind"]
        if kind == "acknowledgement":
            return False
        if kind == "release":
            return not withdrawn(one, manifest) and not any(
                replaces(e, m, one, manifest) for e, m in live if m["kind"] == "release")
        return not any(m["kind"] == kind and e["sequence"] > one["sequence"]
                       and one["manifest"] in m.get("supersedes", []) for e, m in live)

    return sorted((one for one, manifest in live if is_current(one, manifest)), key=lambda one: one["manifest"])


def check_current(received, entries, manifests):
    """The list of a head against what follows from the log; every entry is live."""
    listed = head(received).get("current", [])
    refuse_if(listed != current(list(zip(entries, map(statements.manifest, manifests)))), "REP-7")


# The vectors of format-spec/repository-vectors (their README.md).

NAME = {"repository": "acme-updates", "vendor": "acme", "name": "cam", "channel": "stable"}


def judge(header, parts, keyrings_by_name):
    """Checks a vector: a list of pairs of key and value, and a list of pairs of kind and bytes."""
    fields = dict(header)

    def of(kind):
        return [data for name, data in parts if name == kind]

    def named(size, root_):
        return {"size": int(fields[size]), "root": bytes.fromhex(fields[root_])}

    keyring = keyrings_by_name.get(fields.get("keyring"))
    match fields["check"]:
        case "head":
            offered = verified(of("offered")[0], keyring, NAME)
            for stored in of("stored"):
                receive(verified(stored, keyring, NAME), offered, Policy().jump)
        case "log":
            entries = read_log(named("size", "root"), of("page"))
            if "earlier-size" in fields:
                contains(entries, named("earlier-size", "earlier-root"))
        case "entry":
            fetched(of("entry")[0], of("front")[0], int(fields["size"]), keyring)
        case "current":
            check_current(of("head")[0], page(of("page")[0])["entries"], of("manifest"))
