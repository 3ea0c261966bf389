"""Container, signatures, keyring and the order of checks (SPEC 2, 4, 5, 9.1)."""

import io
from hashlib import sha256

import delivery as deliveries
import ed25519
import keyring as keyrings
import mldsa
import statements
from cbor import Refused, decode, encode, refuse, refuse_if
from grammar import ascending
from ties import effective_kind

BLOCK = 512
STATEMENT, SIGNATURES, EVIDENCE, PAYLOAD = 1 << 20, 64 << 10, 64 << 20, 0o77_777_777_777  # 2.2
PREDECESSORS, KEYRING_FILE = 240, 16 << 20  # 8

EXAMPLE_KEYS = [bytes.fromhex(key) for key in (  # 5.1
    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
    "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
    "278117fc144c72340f67d0f2316e8386ceffbf2b2428c9c51fef7c597f1d426e",
    "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
    "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8",
    "cd8ca107663eb29a4b18343317ef1860e5f99eee9941e16a83c7fc29f251ef80",
    "f531d460283062f9c09cef961b9369a9497bed3e01002184e12898244c5bc5c0",
    "4f0f96a1226702aff750172984adc790e986f449a58d7de72f925d449a528a02",
    "df77abbf9b020fee991915d5a4ddf6016b446dc38c799a5d9bafd517a5d5c0f5",
    "f0ba15d1be994d81d0a3b9fd521e37b95e1452a7141b401181dc0e91966a6296",
    "4c6bdf66192d4ee74c4c68736baa4a0b3212ede8e92f6a3ab5c227e36e07efe2")]

EXAMPLE_IDS = [bytes.fromhex("eea6088cda05d86e23663298fcb744ec2f9494b76a6897091663bde56110508b")]


class Policy:
    """Limits that the device sets (9.1)."""

    def __init__(self, decode_memory=64 << 20, jump=65_536, testing=True):
        self.decode_memory, self.jump, self.testing = decode_memory, jump, testing


# Container (2).

def header(name, size):
    start = name.encode().ljust(100, b"\0") + b"0000644\0" + b"0000000\0" * 2 + b"%011o\0" % size + b"0" * 11 + b"\0"
    end = (b"0" + bytes(100) + b"ustar\0" + b"00" + bytes(64) + b"0000000\0" * 2).ljust(356, b"\0")
    return start + b"%07o\0" % (sum(start) + 8 * 0x20 + sum(end)) + end


class Archive:
    """A container that is read forward, with one block of look-ahead."""

    def __init__(self, file):
        self.file, self.ahead = file, b""

    def read(self, size):
        data = self.file.read(size)
        refuse_if(len(data) < size, "CON-6")
        return data

    def block(self):
        """The next header, without consuming it."""
        self.ahead = self.ahead or self.read(BLOCK)
        return self.ahead

    def first(self, name, limit=STATEMENT):
        """The first member (2.2)."""
        self.ahead = self.file.read(BLOCK)
        refuse_if(len(self.ahead) < BLOCK, "CON-1")
        member = self.member(name, limit)
        refuse_if(member is None, "CON-1")
        return member

    def enter(self, name, limit):
        """The size of the member, if it is next (2.1)."""
        if not self.is_next(name):
            return None
        block = self.block()
        digits = block[124:135]
        refuse_if(any(digit not in b"01234567" for digit in digits), "CON-2")
        size = int(digits, 8)
        refuse_if(block != header(name, size), "CON-2")
        refuse_if(size > limit, "CON-4")
        self.ahead = b""
        return size

    def is_next(self, name):
        return self.block()[:100] == name.encode().ljust(100, b"\0")

    def follows_statements(self):
        """9.1, step 5: a block that was read ahead must belong here."""
        if self.ahead and any(self.ahead):
            refuse_if(not self.is_next("payload/0") and not self.is_next("evidence/0"), "CON-3")

    def enter_sized(self, name, limit, size):
        found = self.enter(name, limit)
        refuse_if(found is None, "CON-3")
        refuse_if(found != size, "CON-8")

    def padding(self, size):
        refuse_if(any(self.read(-size % BLOCK)), "CON-5")

    def member(self, name, limit):
        """The whole member, if it is next."""
        size = self.enter(name, limit)
        if size is None:
            return None
        data = self.read(size)
        self.padding(size)
        return data

    def end(self):
        """2.3"""
        refuse_if(any(self.block()), "CON-3")
        refuse_if(any(self.read(BLOCK)) or self.file.read(1), "CON-7")


# Signatures (4).

# For each algorithm: its module and the length of a signature.
ALGORITHMS = {keyrings.ED25519: (ed25519, 64), keyrings.ML_DSA_65: (mldsa, mldsa.SIGNATURE)}


def body_header(kind):
    return encode({258: -16, 259: f"application/vnd.pkg.{kind}+cbor"})


def structure(received, kind, statement):
    """The signatures in a .cose member: key id, algorithm, protected header, signature (4.1)."""
    refuse_if(received[:2] != b"\xd8\x62", "SIG-5")  # 1
    try:
        parts = decode(received[2:], keys=int)
    except Refused:
        refuse("SIG-5")
    refuse_if(type(parts) is not list or len(parts) != 4 or type(parts[0]) is not bytes, "SIG-5")
    body, unprotected, payload, signatures = parts
    refuse_if(body != body_header(kind), "SIG-6")  # 2
    refuse_if(unprotected != {}, "SIG-11")  # 3
    refuse_if(type(payload) is not bytes, "SIG-5")  # 4
    refuse_if(payload != sha256(statement).digest(), "SIG-7")  # 5
    refuse_if(type(signatures) is not list, "SIG-5")  # 6
    refuse_if(not 1 <= len(signatures) <= 16, "SIG-12")  # 7
    found = [one_signature(signature) for signature in signatures]  # 8
    ascending([key_id for key_id, *_ in found], "SIG-10")  # 9
    return found


def is_integer(value):
    return type(value) is int and -2**63 <= value < 2**63


def one_signature(parts):
    """4.2"""
    refuse_if(type(parts) is not list or len(parts) != 3, "SIG-5")  # 1
    protected, unprotected, signature = parts
    refuse_if(unprotected != {}, "SIG-11")  # 2
    refuse_if(type(protected) is not bytes, "SIG-5")  # 3
    try:
        fields = decode(protected, keys=int)
    except Refused:
        refuse("SIG-9")
    refuse_if(type(fields) is not dict or not all(map(is_integer, fields)), "SIG-9")  # 4
    refuse_if(1 not in fields, "SIG-8")  # 5
    refuse_if(set(fields) != {1, 4}, "SIG-9")  # 6
    refuse_if(not is_integer(fields[1]), "SIG-9")  # 7
    refuse_if(fields[1] not in ALGORITHMS, "SIG-8")  # 8
    refuse_if(type(fields[4]) is not bytes or len(fields[4]) != 32, "SIG-9")  # 9
    refuse_if(type(signature) is not bytes, "SIG-5")  # 10
    refuse_if(len(signature) != ALGORITHMS[fields[1]][1], "SIG-13")  # 11
    return fields[4], fields[1], protected, signature


def signers(received, kind, statement, keys, revoked):
    """The entries of `keys` whose signatures match (4.4, steps 2 to 5); one that does not match refuses the statement."""
    by_id = {keyrings.key_id(entry): entry for entry in keys}
    found = []
    for key_id, alg, protected, signature in structure(received, kind, statement):
        if key_id in revoked or key_id not in by_id:
            continue
        signed = encode(["Signature", body_header(kind), protected, f"pkg/1 {kind}".encode(),
                         sha256(statement).digest()])  # 4.3
        entry = by_id[key_id]
        refuse_if(alg != entry["alg"], "SIG-3")
        refuse_if(not ALGORITHMS[alg][0].matches(entry["key"], signed, signature), "SIG-3")
        found.append(entry)
    return found


def count(entries, alg):
    return sum(entry["alg"] == alg for entry in entries)


# Keyring (5).

def keyring_versions(file):
    """The contents of a keyring file, newest first: name and version, statement and signatures (5.4)."""
    held = file.read(KEYRING_FILE + 1)
    refuse_if(len(held) > KEYRING_FILE, "CON-4")
    archive = Archive(io.BytesIO(held))
    versions = [(archive.first("keyring.cbor"), archive.member("keyring.cose", SIGNATURES))]
    for n in range(PREDECESSORS):
        received = archive.member(f"prev/{n}.cbor", STATEMENT)
        if received is None:
            break
        versions.append((received, archive.member(f"prev/{n}.cose", SIGNATURES)))
    archive.end()
    chain = []
    for received, signatures in versions:
        name, version = keyrings.keyring_name_and_version(received)
        if chain:
            (newer_name, newer_version), *_ = chain[-1]
            refuse_if(name != newer_name, "KEY-7")
            refuse_if(version + 1 != newer_version, "KEY-8")
        chain.append(((name, version), received, signatures))
    return chain


class Keyring:
    """A keyring in force: pinned by the caller (5.3), or reached from one that was (5.4)."""

    def __init__(self, file, example_keys=False):
        *newer, (_, received, signatures) = keyring_versions(file)
        self.take(received, example_keys)
        self.roots_signed(received, signatures, "KEY-4")
        for version in reversed(newer):
            self.step(*version, example_keys)

    def take(self, received, example_keys):
        fields = keyrings.keyring(received)
        self.fields, self.digest = fields, sha256(received).digest()
        self.keys, self.revoked = fields["keys"], fields.get("revoked", [])
        for entry in fields["roots"] + self.keys:
            refuse_if(not ALGORITHMS[entry["alg"]][0].is_sound(entry["key"]), "KEY-1")
            known = entry["key"] in EXAMPLE_KEYS or keyrings.key_id(entry) in EXAMPLE_IDS
            refuse_if(known and not example_keys, "KEY-2")

    def roots_signed(self, received, signatures, rule):
        """Checks that enough roots of this version signed."""
        roots = self.fields["roots"]
        signed = signers(signatures, "keyring", received, roots, self.revoked) if signatures is not None else []
        refuse_if(count(signed, keyrings.ED25519) < self.fields["root-threshold"], rule)
        refuse_if(count(signed, keyrings.ML_DSA_65) < self.post_quantum("root"), rule)

    def step(self, place, received, signatures, example_keys):
        """5.4, step 6."""
        refuse_if(place[1] != self.fields["version"] + 1, "KEY-8")
        self.roots_signed(received, signatures, "KEY-11")
        self.take(received, example_keys)
        self.roots_signed(received, signatures, "KEY-4")

    def update(self, file, example_keys=False):
        """5.4; do not use this object after a refusal."""
        chain = keyring_versions(file)
        (name, newest), version = chain[0][0], self.fields["version"]
        refuse_if(name != self.fields["name"], "KEY-7")
        refuse_if(newest < version, "KEY-9")
        digest = self.digest
        for place, received, signatures in reversed(chain):
            refuse_if(place[1] == version and sha256(received).digest() != digest, "KEY-10")
            if place[1] > version:
                self.step(place, received, signatures, example_keys)

    def threshold(self, name):
        own = self.fields.get("thresholds", {})
        if name == "security-exception":
            return max(own.get(name, 1), self.threshold("security"))
        return own.get(name, 1)

    def post_quantum(self, name):
        own = self.fields.get("post-quantum", {})
        return max(own.get(name, 0), own.get("security", 0) if name == "security-exception" else 0)

    def authentic(self, kind, statement, signatures):
        """Who signed (4.4, steps 1 to 7)."""
        refuse_if(signatures is None, "SIG-1")
        found = signers(signatures, kind, statement, self.keys, self.revoked)
        if not found:
            ids = [key_id for key_id, *_ in structure(signatures, kind, statement)]
            refuse("SIG-14" if any(key_id in self.revoked for key_id in ids) else "SIG-2")
        return found

    def enough(self, signed, role, threshold, product, channel, scope):
        """4.4, steps 8 to 10."""
        able = [entry for entry in signed if role in entry["roles"]
                and product in entry.get("products", [product])
                and (channel is None or channel in entry.get("channels", [channel]))
                and (scope is None or scope in entry.get("scopes", [scope]))]
        signed = count(able, keyrings.ED25519)
        refuse_if(not signed, "SIG-15")
        refuse_if(signed < self.threshold(threshold), "SIG-4")
        refuse_if(count(able, keyrings.ML_DSA_65) < self.post_quantum(threshold), "SIG-16")


def place(manifest):
    """Product, channel and scope of a manifest, as far as it has them (4.4)."""
    release = manifest.get("release", {})
    product = {name: manifest["product"][name] for name in ("vendor", "name")}
    return product, release.get("channel"), release.get("scope")


def asked(manifest, keyring):
    """The roles and thresholds of a manifest, one after the other (4.4)."""
    role, exception = manifest.get("class", manifest["kind"]), ("security", "security-exception")
    if role == "acknowledgement" or role == "security" and effective_kind(manifest, 0) != "pure":
        return [exception]
    declared = {*keyring.fields.get("thresholds", {}), *keyring.fields.get("post-quantum", {})}
    besides = any("exception" in entry for entry in manifest.get("also-fixes", []))
    return [(role, role)] + [exception] * (besides and exception[1] in declared)


# The order of checks (9.1).

class Package:
    """Opened and verified (steps 1 to 13); the rest is still unread."""

    def __init__(self, file, keyring, policy):
        self.archive = archive = Archive(file)
        received = archive.first("manifest.cbor")
        signatures = archive.member("manifest.cose", SIGNATURES)
        delivery = archive.member("delivery.cbor", STATEMENT)
        delivery_signatures = None if delivery is None else archive.member("delivery.cose", SIGNATURES)
        archive.follows_statements()

        signed = keyring.authentic("manifest", received, signatures)  # 6
        self.manifest = manifest = statements.manifest(received)  # 7
        for role, threshold in asked(manifest, keyring):  # 8
            keyring.enough(signed, role, threshold, *place(manifest))
        refuse_if(manifest.get("keyring-min", 0) > keyring.fields["version"], "KEY-6")  # 9
        channel = manifest.get("release", {}).get("channel")
        refuse_if(channel == "testing" and not policy.testing, "POL-2")  # 10
        self.delivery = {}
        if delivery is not None:  # 11
            signed = keyring.authentic("delivery", delivery, delivery_signatures)
            self.delivery = deliveries.delivery(delivery, manifest, received)
            keyring.enough(signed, "delivery", "delivery", *place(manifest))
        refuse_if(manifest["kind"] == "release" and delivery is None, "DEL-7")  # 12
        self.payloads = self.delivery.get("payloads", [])
        refuse_if(any(p["decode-memory"] > policy.decode_memory for p in self.payloads), "POL-1")  # 13

    def finish(self, release):
        """Steps 14 to 16; passes every chunk to `release` once it may be released."""
        for number, payload in enumerate(self.payloads):
            size, chunks = deliveries.stored(payload), payload["chunks"]
            self.archive.enter_sized(f"payload/{number}", PAYLOAD, size)
            for index, (_, stored_bytes, digest) in enumerate(chunks):
                data = self.archive.read(stored_bytes)
                refuse_if(sha256(data).digest() != digest, "PAY-1")
                if index == len(chunks) - 1:
                    self.archive.padding(size)
                release(data)
        for number, entry in enumerate(deliveries.travelling(self.manifest, self.delivery)):
            self.archive.enter_sized(f"evidence/{number}", EVIDENCE, entry["size"])
            refuse_if(sha256(self.archive.read(entry["size"])).digest() != entry["sha256"], "PAY-2")
            self.archive.padding(entry["size"])
        self.archive.end()
