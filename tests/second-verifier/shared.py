"""What manifests, deliveries and keyrings have in common (SPEC 6.1, 6.2)."""

from cbor import encode, refuse_if
from grammar import uint, word

MAN1 = "MAN-1"
channel = word("stable", "testing")


def our_format(value):
    refuse_if(uint(value) != 1, "MAN-8")
    return value


def second_guard(fields, received):
    refuse_if(encode(fields) != received, "CBR-11")
    return fields


def needs(*names, rule=MAN1):
    """Fields whose absence is checked after unknown fields."""
    return lambda fields: refuse_if(any(name not in fields for name in names), rule)


def not_empty(fields):
    refuse_if(fields["size"] == 0, "MAN-5")


def pointing(indexes, fields):
    refuse_if(any(index >= len(fields.get("evidence", [])) for index in indexes), "MAN-10")
