"""Strict CBOR: the first guard reads, the second one writes (SPEC 3.1)."""

DEPTH, ITEMS = 16, 131_072  # SPEC 8


class Refused(Exception):
    """A package or a keyring is refused by one rule (SPEC 11)."""

    @property
    def rule(self):
        return self.args[0]


def refuse(rule):
    raise Refused(rule)


def refuse_if(wrong, rule):
    if wrong:
        raise Refused(rule)


def decode(data, keys=str):
    """Decodes `data` as exactly one item; the keys of its maps are of type `keys`."""
    scan = Scan(data, keys)
    value = scan.item(0)
    refuse_if(scan.at < len(data), "CBR-10")
    return value


class Scan:
    """One pass from the front; the numbers are the steps of SPEC 3.1."""

    def __init__(self, data, keys):
        self.data, self.keys, self.at, self.items = data, keys, 0, 0

    def take(self, count):
        refuse_if(count > len(self.data) - self.at, "CBR-1")
        self.at += count
        return self.data[self.at - count:self.at]

    def head(self, depth):
        refuse_if(depth > DEPTH, "CBR-9")  # 1
        self.items += 1
        refuse_if(self.items > ITEMS, "CBR-12")  # 2
        first = self.take(1)[0]  # 3
        major, low = first >> 5, first & 31
        refuse_if(major >= 6 and first not in (0xF4, 0xF5), "CBR-6")  # 4
        if low < 24:
            return major, low
        if low < 28:
            width = 1 << (low - 24)
            argument = int.from_bytes(self.take(width), "big")  # 5
            least = 24 if width == 1 else 1 << (4 * width)
            refuse_if(argument < least, "CBR-2")  # 8
            return major, argument
        refuse("CBR-3" if low == 31 and 2 <= major <= 5 else "CBR-6")  # 6, 7

    def item(self, depth):
        major, argument = self.head(depth)
        if major == 0:
            return argument
        if major == 1:
            return -1 - argument
        if major == 7:
            return argument == 21
        refuse_if(argument > len(self.data) - self.at, "CBR-1")  # 9
        if major == 2:
            return self.take(argument)
        if major == 3:
            try:
                return self.take(argument).decode("utf-8")
            except UnicodeDecodeError:
                refuse("CBR-8")  # 10
        if major == 4:
            return [self.item(depth + 1) for _ in range(argument)]  # 11
        return self.map(argument, depth + 1)

    def map(self, pairs, depth):  # 12
        found, before = {}, b""
        for _ in range(pairs):
            start = self.at
            key = self.item(depth)
            refuse_if(type(key) is not self.keys, "CBR-7")
            encoded = self.data[start:self.at]
            refuse_if(encoded == before, "CBR-5")
            refuse_if(encoded < before, "CBR-4")
            before = encoded
            found[key] = self.item(depth)
        return found


def encode(value):
    """The only encoding of `value`: the second guard compares with it."""
    if isinstance(value, bool):
        return b"\xf5" if value else b"\xf4"
    if isinstance(value, int):
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(map(encode, value))
    pairs = sorted((encode(key), encode(entry)) for key, entry in value.items())
    return head(5, len(pairs)) + b"".join(key + entry for key, entry in pairs)


def head(major, argument):
    if argument < 24:
        return bytes([major << 5 | argument])
    width = next(w for w in (1, 2, 4, 8) if argument < 1 << (8 * w))
    return bytes([major << 5 | 23 + width.bit_length()]) + argument.to_bytes(width, "big")
