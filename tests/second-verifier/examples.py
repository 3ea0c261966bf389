"""Checks the worked examples of SPEC.md (4.3, 5.3, 6.3, 6.5, 9.1, 9.2) and of REPOSITORY.md: the bytes that the texts show
make one package, one keyring and one log, and every figure and digest that they give for them is right."""

import io
import re
from hashlib import sha256

import ed25519
import package
import repository
from cbor import decode, encode
from device import leads_to

BLOCK = re.compile(r"^```\n(.*?)^```\n", re.M | re.S)


def section(spec, number):
    """The text of a section, up to the next heading."""
    return re.split(r"^##", re.split(rf"^###? {re.escape(number)} .*\n", spec, flags=re.M)[1], flags=re.M)[0]


def hexadecimal(block):
    """The bytes of a block whose lines begin with hexadecimal digits; comments follow after two spaces."""
    found = bytearray()
    for line in block.splitlines():
        digits = re.match(r"\s*((?:[0-9a-f]{2})+(?: (?:[0-9a-f]{2})+)*)(?=\s\s|$|\s+\S)", line)
        start = re.split(r"\s{2,}", line.strip())[0]
        if digits and re.fullmatch(r"[0-9a-f ]+", start):
            found += bytes.fromhex(start)
    return bytes(found)


def blocks(text):
    return [hexadecimal(block) for block in BLOCK.findall(text)]


def container(members):
    def member(name, data):
        return package.header(name, len(data)) + data + bytes(-len(data) % 512)
    return b"".join(member(*m) for m in members) + bytes(1024)


def cose(kind, statement, key_id, signature):
    body, header = package.body_header(kind), encode({1: -19, 4: key_id})
    return b"\xd8\x62" + encode([body, {}, sha256(statement).digest(), [[header, {}, signature]]])


def to_be_signed(kind, statement, key_id):
    header = encode({1: -19, 4: key_id})
    return encode(["Signature", package.body_header(kind), header, f"pkg/1 {kind}".encode(), sha256(statement).digest()])


def examples(path):
    """Prints what is wrong; returns how many."""
    spec = path.read_text("utf-8")
    text = {number: section(spec, number) for number in ("4.2", "4.3", "5.3", "6.3", "6.5", "9.1", "9.2")}
    text["C.9"] = section(path.with_name("REPOSITORY.md").read_text("utf-8"), "C.9")
    wrong = []

    def check(what, right):
        if not right:
            wrong.append(what)
            print(f"example of {what}")

    def said(number, figure):
        check(f"{number}: it does not say {figure}", figure in " ".join(text[number].split()))

    key, key_id = (bytes.fromhex(re.search(rf"{name} +([0-9a-f]{{64}})", text["4.2"])[1])
                   for name in ("public key", "key id"))
    statement, signature = (blocks(text["5.3"])[n] for n in (0, 1))
    keyring = container([("keyring.cbor", statement), ("keyring.cose", cose("keyring", statement, key_id, signature))])
    manifest, delivery = blocks(text["6.3"])[0], blocks(text["6.5"])[0]
    shown, signed, whole = blocks(text["4.3"])[1:4]
    for number, kind, bytes_, by in (("5.3", "keyring", statement, signature), ("6.3", "manifest", manifest, signed),
                                     ("6.5", "delivery", delivery, blocks(text["6.5"])[1])):
        message = to_be_signed(kind, bytes_, key_id)
        check(f"{number}: its signature", ed25519.matches(key, message, by))
        said(number, f"{len(bytes_)} bytes")
        said(number, sha256(bytes_).hexdigest())
    check("4.3: to-be-signed bytes", shown == to_be_signed("manifest", manifest, key_id))
    said("4.3", f"These {len(shown)} bytes")
    check("4.3: manifest.cose", whole == cose("manifest", manifest, key_id, signed))
    said("4.3", f"these {len(whole)} bytes")
    said("5.3", f"{len(keyring):,} bytes with digest `{sha256(keyring).hexdigest()}`")
    fields = decode(manifest)
    image = b"hello, camera\n"
    check("6.3: its image", fields["images"][0]["sha256"] == sha256(image).digest())
    members = [("manifest.cbor", manifest), ("manifest.cose", whole), ("delivery.cbor", delivery),
               ("delivery.cose", cose("delivery", delivery, key_id, blocks(text["6.5"])[1])), ("payload/0", image)]
    made = container(members)
    said("9.1", f"{len(made):,} bytes with the digest `{sha256(made).hexdigest()}`")
    for name, data in members:
        row = re.search(rf"\| `{name}` *\| *([\d,]+) \| *([\d,]+) \|", text["9.1"])
        check(f"9.1: {name}", row and (row[1], row[2]) == (f"{len(data):,}", f"{-len(data) % 512:,}"))
    entry, head, signed = blocks(text["C.9"])
    tombstone = encode({name: value for name, value in decode(entry).items() if name not in repository.OF_PACKAGES})
    page = encode({"format": 1, "entries": [decode(entry)]})
    file = container([("head.cbor", head), ("head.cose", cose("head", head, key_id, signed))])
    check("C.9: its signature", ed25519.matches(key, to_be_signed("head", head, key_id), signed))
    check("C.9: its list", repository.head(head)["current"] == [decode(entry)])
    check("C.9: its log", repository.read_log(repository.head(head)["log"], [page]) == [decode(entry)])
    for figure in (f"entry has {len(entry)} bytes", f"tombstone of {len(tombstone)} bytes", f"has {len(head)} bytes",
                   f"`{repository.root([entry]).hex()}`", f"`{repository.root([entry, tombstone]).hex()}`",
                   f"has {len(page)} bytes with digest `{sha256(page).hexdigest()}`", f"`{sha256(head).hexdigest()}`",
                   f"{len(file):,} bytes with digest `{sha256(file).hexdigest()}`"):
        said("C.9", figure)
    plain, able = (package.Keyring(io.BytesIO(keyring), example_keys=True) for _ in range(2))
    able.keys[0]["roles"].append("catalogue")
    front = repository.front(made)
    repository.fetched(entry, made[:front], len(made), plain)
    check("C.9: the head with a key that may sign it", repository.verified(file, able, repository.NAME)[0] == decode(head))
    try:
        repository.verified(file, plain, repository.NAME)
        check("C.9: the head with the keyring of 5.3", False)
    except package.Refused as refused:
        check("C.9: the head with the keyring of 5.3", refused.rule == "SIG-15")
    keyring = package.Keyring(io.BytesIO(keyring), example_keys=True)
    package.Package(io.BytesIO(made), keyring, package.Policy()).finish(lambda data: None)
    check("9.2: a state", sha256(blocks(text["9.2"])[0]).digest() == leads_to(fields))
    said("9.2", leads_to(fields).hex())
    return wrong
