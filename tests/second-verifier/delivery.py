"""Delivery: fields, and the rules that tie it to its manifest (SPEC 6.5)."""

from hashlib import sha256

from cbor import decode, refuse_if
from grammar import Id, Version, digest, list_of, of_type, set_of, table, uint, word
from shared import MAN1, not_empty, our_format, pointing, second_guard

MIB = 1 << 20

base = table(("sha256", digest, MAN1), ("size", uint, MAN1), ("version", Version, MAN1), then=not_empty)


def chunk(value):
    refuse_if(len(of_type(value, list)) != 3, "MAN-3")
    return [uint(value[0]), uint(value[1]), digest(value[2])]


def payload_ties(fields):
    delta, chunks = fields["codec"] == "delta-1", fields.get("chunks", [])
    refuse_if(("base" in fields) != delta, "DEL-6")
    for index, (image_bytes, stored_bytes, _) in enumerate(chunks):
        if delta and index == 0:
            refuse_if(image_bytes != 0 or stored_bytes > 16 * MIB, "DEL-4")
        else:
            refuse_if(not 1 <= image_bytes <= 16 * MIB or not 1 <= stored_bytes <= image_bytes + 65_536, "DEL-4")
    refuse_if(stored(fields) > 8_589_934_591, "DEL-3")
    largest = [max((c[part] for c in chunks), default=0) for part in (0, 1)]
    refuse_if(fields["decode-memory"] < sum(largest), "DEL-9")


def stored(payload_fields):
    return sum(c[1] for c in payload_fields.get("chunks", []))


payload = table(
    ("component", Id, MAN1), ("codec", word("raw", "zstd", "delta-1", rule="DEL-5"), MAN1), ("base", base, None),
    ("decode-memory", uint, MAN1), ("chunks", list_of(chunk, 1, 131_072), None), then=payload_ties)
delivery_table = table(
    ("format", our_format, MAN1), ("manifest", digest, MAN1), ("kind", word("full", "delta"), MAN1),
    ("payloads", list_of(payload, 1, 64), None), ("evidence", set_of(uint, 1, 256), None))


def delivery(received, release, release_bytes):
    """The delivery of a manifest."""
    fields = delivery_table(decode(received))
    payloads = fields.get("payloads", [])
    refuse_if(fields["manifest"] != sha256(release_bytes).digest(), "DEL-1")
    refuse_if(release["kind"] != "release", "DEL-7")
    refuse_if([p["component"] for p in payloads] != [i["component"] for i in release["images"]], "DEL-2")
    for part, whole in zip(payloads, release["images"]):
        refuse_if(sum(c[0] for c in part.get("chunks", [])) != whole["size"], "DEL-3")
    refuse_if((fields["kind"] == "delta") != any("base" in p for p in payloads), "DEL-8")
    pointing(fields.get("evidence", []), release)
    refuse_if(sum(entry["size"] for entry in travelling(release, fields)) > 64 * MIB, "MAN-5")
    return second_guard(fields, received)


def travelling(fields, delivered):
    """The embedded evidence entries (2.2)."""
    entries = fields.get("evidence", [])
    if fields["kind"] == "release":
        return [entries[index] for index in delivered.get("evidence", [])]
    return [entry for entry in entries if "uri" not in entry]
