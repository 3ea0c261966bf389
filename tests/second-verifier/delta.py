"""The codec delta-1, written from format-spec/DELTA.md alone; the numbers in brackets are its sections.

    python3 delta.py OLD PATCH NEW

applies a patch between bare files (SPEC, appendix A). It is slow, about ten kilobytes a second, and written to be read.
"""

import subprocess
import sys

sys.dont_write_bytecode = True

from cbor import decode, refuse, refuse_if  # noqa: E402

U32, U64 = 2**32 - 1, 2**64 - 1
VERSION, CODED, FRAME = 1, 1, 2  # the first byte of a preamble (4) and of a chunk (5)
STRETCH_BYTES, TABLES = 32, 4 << 20  # of memory (8)


# The logistic scale (3.2) and the numbers of cells (3.1).

LIST = [
    1, 1, 1, 2, 3, 5, 8, 13, 22, 36, 60, 98, 162, 267, 439, 720, 1179, 1921, 3108, 4971, 7812, 11955, 17625, 24743,
    32768, 40793, 47911, 53581, 57724, 60565, 62428, 63615, 64357, 64816, 65097, 65269, 65374, 65438, 65476, 65500,
    65514, 65523, 65528, 65531, 65533, 65534, 65535, 65535, 65535]


def squash_at(x):
    i, f = x >> 7, x & 127
    return LIST[i] + ((LIST[i + 1] - LIST[i]) * f >> 7)


SQUASH = [squash_at(x) for x in range(6144)]
STRETCH = [next((x for x in range(1, 6143) if SQUASH[x] >= 16 * p + 8), 6143) - 3072 for p in range(4096)]
TRUST = [0, 32, 44, 50, 54, 57, 59, 61] + [64] * 21
RATE = [4096 // (2 * s + 3) for s in (n if n < 16 else 16 + (n - 16) ** 2 for n in range(29))]
WEIGHT = {3: 29_127, 4: 21_845, 7: 12_483}  # (3.3)


def squash(x):
    return SQUASH[max(-3071, min(3071, x)) + 3072]


class Coder:
    """Bits from stored bytes (2)."""

    def __init__(self, data):
        self.data, self.at = data, 0
        self.low, self.high, self.value = 0, U32, 0
        for _ in range(4):
            self.value = self.value << 8 | self.next()

    def next(self):
        self.at += 1
        return self.data[self.at - 1] if self.at <= len(self.data) else 0

    def go_on(self):
        refuse_if(self.at > len(self.data) + 3, "DLT-5")

    def end(self):
        refuse_if(self.at != len(self.data) + 3, "DLT-5")

    def bit(self, p):
        middle = self.low + ((self.high - self.low) * p >> 16)
        if bit := int(self.value <= middle):
            self.high = middle
        else:
            self.low = middle + 1
        while self.low >> 24 == self.high >> 24:
            self.low = self.low << 8 & U32
            self.high = self.high << 8 & U32 | 255
            self.value = self.value << 8 & U32 | self.next()
        return bit


class Cell:
    """The adaptive probability of one bit (3.1)."""

    __slots__ = "P", "n"

    def __init__(self):
        self.P, self.n = 2**18, 0

    def probability(self):
        return max(1, self.P >> 3)

    def input(self):
        return STRETCH[self.P >> 7] * TRUST[self.n] >> 6

    def see(self, bit):
        self.P += ((2**19 - 1 if bit else 0) - self.P) * RATE[self.n] >> 11
        self.n = min(28, self.n + 1)

    def copy(self):
        cell = Cell()
        cell.P, cell.n = self.P, self.n
        return cell

    def code(self, coder):
        """A bit coded by this cell alone."""
        bit = coder.bit(self.probability())
        self.see(bit)
        return bit


class Mixer:
    """One probability from several cells (3.3)."""

    def __init__(self, inputs, speed):
        self.first, self.speed, self.sets = [WEIGHT[inputs]] * inputs, speed, {}

    def code(self, coder, number, cells):
        weights = self.sets.setdefault(number, self.first)
        inputs = [cell.input() for cell in cells]
        p = squash(sum(w * x >> 8 for w, x in zip(weights, inputs)) >> 8)
        bit = coder.bit(p)
        error = (65_535 if bit else 0) - p
        if abs(error) > 16:
            self.sets[number] = [max(-131_000, min(131_000, w + (x * error * self.speed + 32_768 >> 16)))
                                 for w, x in zip(weights, inputs)]
        for cell in cells:
            cell.see(bit)
        return bit


# Models. Their tables store only the entries that were written; all others have their initial values.

def spread(c, i):
    """(3.4)"""
    x = (c ^ (i + 1) << 56) * 0x9E3779B97F4A7C15 & U64
    x = (x ^ x >> 29) * 0xBF58476D1CE4E5B9 & U64
    return x >> 32


def pair(a, b):
    return a << 32 | b


class Bits:
    """(3.5)"""

    def __init__(self, inputs, size):
        self.size, self.table, self.mixer = size, {}, Mixer(inputs, 1)

    def code(self, coder, number, contexts):
        hashes = [spread(c, i) for i, c in enumerate(contexts)]
        cells = []
        for h in hashes:
            owner, cell = self.table.get((h >> 8) % self.size, (0, Cell()))
            cells.append(cell.copy() if owner == h & 255 else Cell())
        bit = self.mixer.code(coder, number, cells)
        for h, cell in zip(hashes, cells):
            self.table[(h >> 8) % self.size] = h & 255, cell
        return bit


class Symbols:
    """(3.6)"""

    def __init__(self, inputs, size, speed):
        self.size, self.table, self.mixer = size, {}, Mixer(inputs, speed)

    def lines(self, contexts):
        places = []
        for i, c in enumerate(contexts):
            h = spread(c, i)
            place = ((h >> 16 ^ h << 2) & U32) % self.size
            if place not in self.table or self.table[place][0] != h:
                self.table[place] = h, [Cell() for _ in range(16)]
            places.append(place)
        return [self.table[place][1] for place in places]

    def node(self, coder, number, lines, v):
        return self.mixer.code(coder, number, [line[v] for line in lines])

    def byte(self, coder, number, contexts):
        v, u = 1, 1
        lines = self.lines(contexts)
        for _ in range(4):
            v = 2 * v + self.node(coder, 32 * number + v, lines, v)
        lines = self.lines([c ^ v << 48 for c in contexts])
        for _ in range(4):
            u = 2 * u + self.node(coder, 32 * number + 16 + u, lines, u)
        return (v & 15) * 16 + (u & 15)


class Numbers:
    """(3.7)"""

    def __init__(self):
        self.lengths, self.leading = {}, {}

    def code(self, coder, context):
        length = 1
        for _ in range(6):
            length = 2 * length + self.lengths.setdefault((context, length), Cell()).code(coder)
        length &= 63
        if length == 0:
            return 0
        number = 1
        for done in range(length - 1):
            if done < 3:
                bit = self.leading.setdefault((length, number), Cell()).code(coder)
            else:
                bit = coder.bit(32_768)
            number = 2 * number + bit
        return number


# The preamble.

def first_byte(stored, *known):
    """The first byte of a preamble or a chunk."""
    refuse_if(not stored, "DLT-5")
    refuse_if(stored[0] not in known, "DLT-2")


class Map:
    """The stretches of an image: position, length, and position in the base or None (4)."""

    def __init__(self, stored, base, image, memory):
        self.base, self.image, self.most = base, image, memory // STRETCH_BYTES
        self.stretches = []
        first_byte(stored, VERSION)
        coder, numbers = Coder(stored[1:]), Numbers()
        at, copied, kind, distances = 0, 0, 0, [0] * 16
        while at < image:
            coder.go_on()
            fresh = numbers.code(coder, min(copied, 15))
            if fresh > 0:
                self.stretch(at, fresh, None)
                at += fresh
                if at == image:
                    break
            t = fresh.bit_length()
            k = min(16, numbers.code(coder, 16 + 3 * min(t, 3) + kind))
            if k == 0:
                m = numbers.code(coder, 32 + min(t, 15))
                distance = distances[0] + (m // 2 if m % 2 == 0 else -(m + 1) // 2) & U64
            else:
                distance = distances[k - 1]
            distances.remove(distance) if distance in distances else distances.pop()
            distances.insert(0, distance)
            kind = min(k, 2)
            length = numbers.code(coder, 48 + 3 * min(t, 7) + kind)
            self.stretch(at, length, at + distance & U64)
            at += length
            copied = length.bit_length()
        coder.end()

    def stretch(self, at, length, old):
        refuse_if(old is not None and old + length > self.base, "DLT-3")
        refuse_if(length == 0 or at + length > self.image, "DLT-4")
        refuse_if(len(self.stretches) == self.most, "DLT-6")
        self.stretches.append((at, length, old))

    def parts(self, begin, end):
        """The parts of stretches between two positions of the image."""
        for at, length, old in self.stretches:
            first, last = max(at, begin), min(at + length, end)
            if first < last:
                yield last - first, None if old is None else old + first - at


# Chunks.

class Chunk:
    """One chunk during decoding: the bytes so far and the state of the models (5)."""

    def __init__(self, base, stretches, begin, size, stored, memory):
        self.base, self.out = base, bytearray()
        parts = list(stretches.parts(begin, begin + size))
        first_byte(stored, CODED, FRAME)
        rest, listed = stored[1:], b""
        if stored[0] == FRAME:
            length = int.from_bytes(rest[:4], "little")
            refuse_if(len(rest) < 4 or length > len(rest) - 4, "DLT-5")
            fresh = sum(length for length, old in parts if old is None)
            refuse_if(size + len(stored) + fresh > memory, "DLT-6")  # 8
            listed = frame(rest[4:4 + length], fresh)
            rest = rest[4 + length:]
        self.coder = Coder(rest)
        self.masks = 0
        fresh, copies, taken = Fresh(self), Copies(self), 0
        for length, old in parts:
            if old is not None:
                copies.part(length, old)
            elif stored[0] == FRAME:
                self.out += listed[taken:taken + length]
                taken += length
            else:
                fresh.part(length)
            if old is None:
                self.masks = self.masks << 4 & U32 | 15
        self.coder.end()


def frame(stored, size):
    """The content of a Zstandard frame. The zstd program accepts more kinds of frame than SPEC 6.5 allows."""
    refuse_if(size == 0 or not is_allowed(stored, size), "PAY-3")
    told = subprocess.run(["zstd", "-q", "-d", "-c"], input=stored, capture_output=True)
    refuse_if(told.returncode != 0 or len(told.stdout) != size, "PAY-3")
    return told.stdout


def is_allowed(stored, size):
    """Whether these bytes are one frame of the permitted kind with that content: header and block ends (RFC 8878)."""
    if len(stored) < 6 or stored[:4] != b"\x28\xb5\x2f\xfd":
        return False
    descriptor, at = stored[4], 5
    single, window = descriptor & 0x20, size
    if descriptor & 0x18 or descriptor & 3:  # the unused and the reserved bit; a dictionary id
        return False
    if not single:
        exponent, mantissa = stored[5] >> 3, stored[5] & 7
        window, at = (1 << 10 + exponent) // 8 * (8 + mantissa), 6
    width = (1 if single else 0, 2, 4, 8)[descriptor >> 6]
    content = int.from_bytes(stored[at:at + width], "little") + (256 if width == 2 else 0)
    if width == 0 or content != size or window > max(size, 1024):
        return False
    at, last = at + width, 0
    while not last:
        head = int.from_bytes(stored[at:at + 3], "little")
        last, kind, length = head & 1, head >> 1 & 3, head >> 3
        if len(stored) < at + 3 or kind == 3:
            return False
        at += 3 + (1 if kind == 1 else length)
    return len(stored) == at + (4 if descriptor & 4 else 0)


class Fresh:
    """Fresh bytes (6)."""

    def __init__(self, chunk):
        self.chunk, self.bytes, self.places = chunk, Symbols(7, 16_384, 2), {}

    def part(self, size):
        out, length, following = self.chunk.out, 0, 0
        for _ in range(size):
            self.chunk.coder.go_on()
            at, last = len(out), int.from_bytes(out[-8:], "big")
            slot = ((last << 24) * 0x9E3779B97F4A7C15 & U64) >> 48
            if length == 0:
                following = self.places.get(slot, 0)
                while length < min(31, following) and out[following - 1 - length] == out[at - 1 - length]:
                    length += 1
            self.places[slot] = at
            guess = out[following] if length > 0 else None
            told = guess + 256 + 512 * length if length > 0 else 0
            contexts = [0, *(last & 2**bits - 1 for bits in (8, 16, 24, 32, 48)), told]
            byte = self.bytes.byte(self.chunk.coder, length, contexts)
            out.append(byte)
            if length > 0 and byte == guess:
                following, length = following + 1, min(31, length + 1)
            else:
                length = 0


class Copies:
    """Copies from the base, with differences (7)."""

    def __init__(self, chunk):
        self.chunk, self.same, self.hits, self.before = chunk, 0, 0, [0, 0, 0, 0]
        self.blocks = {}
        self.words, self.masks = Bits(3, 65_536), Symbols(4, 8192, 1)
        self.hit, self.differences = Bits(3, 32_768), Symbols(4, 16_384, 2)
        self.tables = [{}, {}, {}, {}]

    def b(self, place):
        return self.chunk.base[place] if 0 <= place < len(self.chunk.base) else 0

    def le32(self, place):
        return sum(self.b(place + k) << 8 * k for k in range(4))

    def part(self, size, old):
        chunk = self.chunk
        while size > 0:
            chunk.coder.go_on()
            length = min(size, 32 - len(chunk.out) % 32)
            equal = self.blocks.setdefault(self.same % 1024, Cell()).code(chunk.coder)
            self.same = 2 * self.same + equal & U32
            if equal:
                chunk.out += chunk.base[old:old + length]
                chunk.masks = chunk.masks << 4 * -(-length // 4) & U32
            else:
                self.block(length, old)
            size, old = size - length, old + length

    def block(self, size, old):
        chunk = self.chunk
        while size > 0:
            length = min(size, 4 - len(chunk.out) % 4)
            mask = self.mask(length, old)
            for k in range(length):
                d = self.difference(mask, old + k) if mask >> k & 1 else 0
                chunk.out.append(self.b(old + k) + d & 255)
            chunk.masks = chunk.masks << 4 & U32 | mask
            size, old = size - length, old + length

    def mask(self, length, old):
        """The differing bytes of a word."""
        masks, coder, w, v = self.chunk.masks, self.chunk.coder, self.le32(old), self.le32(old - 4)
        contexts = [pair(w >> 16, masks & 255), pair(v >> 8, masks & 15), pair(v >> 24 | (masks & 15) << 8, w & 65_535)]
        if not self.words.code(coder, (masks & 255) + 256 * (len(self.chunk.out) // 4 % 8), contexts):
            return 0
        lines = self.masks.lines([0, pair(w >> 24, masks & 255), pair(v >> 8, w & 255), pair(w >> 16, masks & 15)])
        mask, node = 0, 1
        for k in range(length):
            if k == length - 1 and mask == 0:
                bit = 1
            else:
                bit = self.masks.node(coder, 256 * k + 16 * (masks & 15) + mask, lines, node)
            mask, node = mask | bit << k, 2 * node + bit
        return mask

    def difference(self, mask, old):
        """The difference of a byte from the base."""
        out, coder, masks = self.chunk.out, self.chunk.coder, self.chunk.masks
        b, (d1, d2, d3, d4) = self.b(old), self.before
        pos = len(out) % 4
        top = self.b(old + 3 - pos)
        previous = (out[-1] if out else 0) - self.b(old - 1) & 255
        c0 = pos
        c1 = pair(d1 | d2 << 8, masks & 15 | mask << 4 | pos << 16)
        c2 = pair(b, previous)
        c3 = pair(top | pos << 8, d1 | mask << 8)
        places = [(c * 0x9E3779B97F4A7C15 & U64) >> 49 for c in (c1, c2, c3, pair(d1 | d2 << 8, d3 | d4 << 8))]
        entries = [table.get(place, (0, 0)) for table, place in zip(self.tables, places)]

        first, times, other, other_times = 0, 0, 0, 0
        for difference, came in entries:
            if came > times or first == 0:
                if difference != first:
                    other, other_times = first, times
                first, times = difference, came
            elif difference != first and came > other_times:
                other, other_times = difference, came
        hit = 0
        if first != 0:
            number = min(7, times) + 8 * min(7, other_times) + 64 * (first == other)
            hit = self.hit.code(coder, number, [
                pair(first | times << 8, self.hits & 3), pair(first, d1 | d2 << 8),
                pair(b | self.b(old - 1) << 8, self.b(old + 1) | first << 8)])
        d = first if hit else self.differences.byte(coder, pos, [c0, c1, c2, c3])
        self.hits = self.hits << 1 & U32 | hit

        for table, place, (difference, came) in zip(self.tables, places, entries):
            table[place] = (d, min(16, came + 1)) if difference == d else (d, came // 2)
        self.before = [d, d1, d2, d3]
        return d


def image(base, memory, preamble, chunks):
    """Decodes a payload to its image, piece by piece: its preamble, and size and stored bytes of each chunk.
    `memory` is its decode-memory (8)."""
    sizes, stored_sizes = [0] + [length for length, _ in chunks], [len(stored) for _, stored in chunks]
    left = max(0, memory - TABLES - len(preamble))
    stretches = Map(preamble, len(base), sum(sizes), max(0, left - max(sizes) - max(stored_sizes + [len(preamble)])))
    left -= STRETCH_BYTES * len(stretches.stretches)
    begin = 0
    for length, stored in chunks:
        yield bytes(Chunk(base, stretches, begin, length, stored, left).out)
        begin += length


def apply(old, patch):
    """The parts of SPEC, appendix A, that are needed here."""
    length = int.from_bytes(patch[8:12], "big")
    header, at, chunks = decode(patch[12:12 + length]), 12 + length, []
    for image_bytes, stored_bytes, _ in header["chunks"]:
        chunks.append((image_bytes, patch[at:at + stored_bytes]))
        at += stored_bytes
    return b"".join(image(old, header["decode-memory"], chunks[0][1], chunks[1:]))


if __name__ == "__main__":
    with open(sys.argv[1], "rb") as old, open(sys.argv[2], "rb") as patch, open(sys.argv[3], "wb") as new:
        new.write(apply(old.read(), patch.read()))
