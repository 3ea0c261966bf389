#!/usr/bin/env python3
"""Another COSE stack: checks what pkg signed and signs what pkg checks, by RFC 9052, 9679, 9864, 9964 and 9995.

    peer.py keys FOLDER                     makes ed25519 and ml-dsa-65 keys: NAME.key and NAME.pub
    peer.py check FILE KEYRING              every signature of a package or of the keyring itself
    peer.py sign BYTES KEY SIGNATURE        signs the bytes of a request
    peer.py seal FILE OUT KIND=KEY[,KEY]... writes FILE with signature structures of its own

It uses cbor2 for the bytes, cryptography for the mathematics and tarfile for the container; nothing of pkg.
"""

import hashlib
import io
import os
import sys
import tarfile

import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization as pem
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey, MLDSA65PublicKey

COSE_SIGN, ALG, KID, HASH, CONTENT_TYPE, SHA_256 = 98, 1, 4, 258, 259, -16
ED25519, ML_DSA_65 = -19, -49
PUBLIC = {ED25519: Ed25519PublicKey.from_public_bytes, ML_DSA_65: MLDSA65PublicKey.from_public_bytes}
KINDS = ("manifest", "delivery", "keyring")


def encoded(value):
    return cbor2.dumps(value, canonical=True)


def alg_of(key):
    return ML_DSA_65 if isinstance(key, (MLDSA65PrivateKey, MLDSA65PublicKey)) else ED25519


def thumbprint(alg, raw):
    """RFC 9679: the COSE_Key of the required parameters only."""
    key = {1: 1, -1: 6, -2: raw} if alg == ED25519 else {1: 7, 3: ML_DSA_65, -1: raw}
    return hashlib.sha256(encoded(key)).digest()


def sig_structure(kind, body, header, payload):
    """RFC 9052, 4.4."""
    return encoded(["Signature", body, header, f"pkg/1 {kind}".encode(), payload])


def members(path):
    with tarfile.open(path) as archive:
        return [(entry.name, archive.extractfile(entry).read()) for entry in archive]


def matches(key, signature, message):
    try:
        key.verify(signature, message)
        return True
    except InvalidSignature:
        return False


def check(path, keyring):
    """Checks every signature by a key that the keyring lists, and that one flipped bit makes each of them wrong."""
    listed = cbor2.loads(dict(members(keyring))["keyring.cbor"])
    keys = {thumbprint(entry["alg"], entry["key"]): entry for entry in listed["roots"] + listed["keys"]}
    files = dict(members(path))
    count = 0
    for kind in KINDS:
        if f"{kind}.cose" not in files:
            continue
        message = cbor2.loads(files[f"{kind}.cose"])
        assert isinstance(message, cbor2.CBORTag) and message.tag == COSE_SIGN, "tag 98"
        body, unprotected, payload, signatures = message.value
        content_type = f"application/vnd.pkg.{kind}+cbor"
        assert cbor2.loads(body) == {HASH: SHA_256, CONTENT_TYPE: content_type} and unprotected == {}, body.hex()
        assert payload == hashlib.sha256(files[f"{kind}.cbor"]).digest(), "the digest of the statement"
        for header, unprotected, signature in signatures:
            fields = cbor2.loads(header)
            assert set(fields) == {ALG, KID} and unprotected == {}
            entry = keys[fields[KID]]
            assert entry["alg"] == fields[ALG]
            key = PUBLIC[fields[ALG]](entry["key"])
            signed = sig_structure(kind, body, header, payload)
            assert matches(key, signature, signed), f"{kind}: {entry['label']}"
            altered = bytes([signature[0] ^ 1]) + signature[1:]
            assert not matches(key, altered, signed), f"{kind}: {entry['label']}, altered"
            print(f"{os.path.basename(path)}: {kind} signed by {entry['label']} with {fields[ALG]}")
            count += 1
    assert count, f"{path}: no signature"


def private(path):
    with open(path, "rb") as file:
        return pem.load_pem_private_key(file.read(), None)


def structure(kind, statement, keys):
    """Makes a whole COSE_Sign."""
    body = encoded({HASH: SHA_256, CONTENT_TYPE: f"application/vnd.pkg.{kind}+cbor"})
    payload = hashlib.sha256(statement).digest()
    signatures = []
    for key in keys:
        kid = thumbprint(alg_of(key), key.public_key().public_bytes_raw())
        header = encoded({ALG: alg_of(key), KID: kid})
        signatures.append((kid, [header, {}, key.sign(sig_structure(kind, body, header, payload))]))
    signatures = [signature for _, signature in sorted(signatures, key=lambda pair: pair[0])]
    return encoded(cbor2.CBORTag(COSE_SIGN, [body, {}, payload, signatures]))


def header(name, size):
    """As tarfile writes it, except for device numbers and a checksum of seven digits (SPEC 2.1)."""
    info = tarfile.TarInfo(name)
    info.size = size
    block = bytearray(info.tobuf(tarfile.USTAR_FORMAT))
    block[329:345] = b"0000000\0" * 2
    return block[:148] + b"%07o\0" % (sum(block[:148]) + 8 * 0x20 + sum(block[156:])) + block[156:]


def seal(path, out, signers):
    found = [(name, data) for name, data in members(path) if not name.endswith(".cose")]
    written = io.BytesIO()
    for name, data in found:
        kind = name.removesuffix(".cbor")
        parts = [(name, data)]
        if kind in signers:
            parts.append((f"{kind}.cose", structure(kind, data, signers[kind])))
        for name, data in parts:
            written.write(header(name, len(data)) + data + bytes(-len(data) % 512))
    with open(out, "wb") as file:
        file.write(written.getvalue() + bytes(1024))


def make_keys(folder):
    for name, key in (("peer-ed25519", Ed25519PrivateKey.generate()), ("peer-ml-dsa-65", MLDSA65PrivateKey.generate())):
        secret = key.private_bytes(pem.Encoding.PEM, pem.PrivateFormat.PKCS8, pem.NoEncryption())
        public = key.public_key().public_bytes(pem.Encoding.PEM, pem.PublicFormat.SubjectPublicKeyInfo)
        for path, mode, data in ((f"{name}.key", 0o600, secret), (f"{name}.pub", 0o644, public)):
            with open(os.open(os.path.join(folder, path), os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
                file.write(data)


def main(verb, *args):
    if verb == "keys":
        make_keys(*args)
    elif verb == "check":
        check(*args)
    elif verb == "sign":
        bytes_to_sign, key, out = args
        with open(bytes_to_sign, "rb") as file, open(out, "wb") as signature:
            signature.write(private(key).sign(file.read()))
    elif verb == "seal":
        path, out, *signers = args
        pairs = (signer.split("=") for signer in signers)
        seal(path, out, {kind: [private(key) for key in keys.split(",")] for kind, keys in pairs})
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(*sys.argv[1:])
