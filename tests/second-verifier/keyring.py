"""Keyring: fields, roles and thresholds (SPEC 5.2)."""

from hashlib import sha256

from cbor import decode, encode, refuse_if
from grammar import Id, Label, Table, ascending, counter, digest, list_of, of_type, set_of, table, uint, word
from shared import MAN1, channel, needs, our_format, second_guard

ED25519, ML_DSA_65 = -19, -49
KEY_BYTES = {ED25519: 32, ML_DSA_65: 1952}
ROLES = ("security", "feature", "notice", "withdrawal", "delivery", "catalogue")


def algorithm(value):
    refuse_if(not -2**63 <= of_type(value, int) < 2**63, "MAN-3")
    refuse_if(value not in KEY_BYTES, "SIG-8")
    return value


def key_table(*rows, then=lambda fields: None):
    """The type of a root or a key: the rows that both have, and these rows."""
    def judge(value):
        found = Table(value)
        fields = found.rows(("key", lambda key: of_type(key, bytes), MAN1), ("alg", algorithm, MAN1))
        refuse_if(len(fields["key"]) != KEY_BYTES[fields["alg"]], "MAN-4")
        found.rows(("label", Label, MAN1), *rows)
        then(found.end())
        return found.fields
    return judge


root = key_table()
key_product = table(("vendor", Id, MAN1), ("name", Id, MAN1))
key_entry = key_table(
    ("roles", set_of(word(*ROLES), 1, 6), None),
    ("products", set_of(key_product, 1, 256, order=lambda p: (p["vendor"], p["name"])), None),
    ("channels", set_of(channel, 1, 2), None), ("scopes", set_of(Id, 1, 256), None), then=needs("roles"))
head = table(("vendor", Id, MAN1), ("name", Id, MAN1), ("scope", Id, MAN1), ("line", Id, MAN1),
             ("sequence", counter, MAN1), ("feature-level", counter, MAN1), ("security-level", counter, MAN1))


def heads_in_order(heads):
    ascending([tuple(h[name] for name in ("vendor", "name", "scope", "line")) for h in heads])
    scopes = [(h["vendor"], h["name"], h["scope"]) for h in heads]
    refuse_if(any(scopes.count(scope) > 64 for scope in scopes), "MAN-5")


def numbers(*names):
    """A map from some of `names` to numbers."""
    def read(value):
        refuse_if(not of_type(value, dict), "MAN-9")
        for name, number in value.items():
            refuse_if(name not in names, "MAN-2")
            uint(number)
        return value
    return read


thresholds = numbers(*ROLES, "security-exception")
post_quantum = numbers("root", *ROLES, "security-exception")


def keyring_fields(value):
    found = Table(value)
    found.rows(("format", our_format, MAN1))
    needs("roots", "keys")(found.left)
    found.rows(
        ("name", Id, MAN1), ("version", counter, MAN1), ("roots", list_of(root, 1, 256), MAN1),
        ("root-threshold", uint, MAN1), ("keys", list_of(key_entry, 1, 256), MAN1), ("thresholds", thresholds, None),
        ("post-quantum", post_quantum, None), ("revoked", set_of(digest, 1, 256), None), ("heads", list_of(head, 1, 256), None))
    return found.end()


def key_id(entry):
    """4.2"""
    key = entry["key"]
    fields = {1: 1, -1: 6, -2: key} if entry["alg"] == ED25519 else {1: 7, 3: ML_DSA_65, -1: key}
    return sha256(encode(fields)).digest()


def keyring_name_and_version(received):
    """5.4, steps 1 to 3: the parts of a version that are read before anything vouches for it."""
    found = Table(decode(received))
    found.rows(("format", our_format, MAN1), ("name", Id, MAN1), ("version", counter, MAN1))
    return found.fields["name"], found.fields["version"]


def keyring(received):
    fields = keyring_fields(decode(received))
    revoked = fields.get("revoked", [])
    for entries in (fields["roots"], fields["keys"]):
        refuse_if(len({entry["key"] for entry in entries}) < len(entries), "KEY-3")
    heads_in_order(fields.get("heads", []))
    roots, keys = ([e for e in fields[name] if key_id(e) not in revoked] for name in ("roots", "keys"))

    def possible(name, number, alg):
        role = "security" if name == "security-exception" else name
        able = roots if name == "root" else [entry for entry in keys if role in entry["roles"]]
        refuse_if(not 1 <= number <= sum(entry["alg"] == alg for entry in able), "KEY-5")

    possible("root", fields["root-threshold"], ED25519)
    for name, number in fields.get("thresholds", {}).items():
        possible(name, number, ED25519)
    for name, number in fields.get("post-quantum", {}).items():
        possible(name, number, ML_DSA_65)
    own, post = fields.get("thresholds", {}), fields.get("post-quantum", {})
    room = {name: own.get(name, 1) + post.get(name, 0) for name in ROLES}
    room["root"] = fields["root-threshold"] + post.get("root", 0)
    room["security-exception"] = (max(own.get("security-exception", 1), own.get("security", 1))
                                  + max(post.get("security-exception", 0), post.get("security", 0)))
    refuse_if(max(room.values()) > 16, "KEY-5")
    return second_guard(fields, received)
