"""The codec delta-1, written from format-spec/DELTA.md alone; the numbers in brackets are its sections.

    python3 delta.py OLD PATCH NEW

applies a patch between bare files (SPEC, appendix A). It is slow, about ten kilobytes a second, and written to be read.
"""

import subprocess
import sys

sys.dont_write_bytecode = True

from cbor import decode, refuse_if  # noqa: E402
from delta_layout import Map, first_byte  # noqa: E402
from delta_models import Bits, Coder, Symbols, U32, U64, mix, pair  # noqa: E402
from delta_predict import Predictor  # noqa: E402

CODED, FRAME = 1, 2  # the first byte of a chunk (6)

AS_THE_BASE_IS, AS_THE_MAP_SAYS, OTHER = 0, 1, 2  # what a unit is (10)

# Machines whose instructions have two bytes or four (8).
THUMB, RISCV = 4, 6


class Chunk:
    """One chunk during decoding: the bytes so far and the state of the models (6)."""

    def __init__(self, base, stretches, begin, size, stored, memory):
        self.base, self.out, self.map, self.begin = base, bytearray(), stretches, begin
        parts = list(stretches.parts(begin, begin + size))
        first_byte(stored, CODED, FRAME)
        rest, listed = stored[1:], b""
        if stored[0] == FRAME:
            length = int.from_bytes(rest[:4], "little")
            refuse_if(len(rest) < 4 or length > len(rest) - 4, "DLT-5")
            most = sum(length for length, old in parts if old is None)
            refuse_if(size + len(stored) + most > memory, "DLT-6")  # 11
            listed = frame(rest[4:4 + length], most)
            rest = rest[4 + length:]
        self.masks, taken = 0, 0
        self.coder, fresh, copies = self.models(rest)
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

    def models(self, stored):
        """The coder, and what decodes fresh bytes and copies with it."""
        return Coder(stored), Fresh(self), Copies(self)

    def size(self, entries):
        """The size of a table (3.3)."""
        return max(1, entries >> self.map.halved)

    def spared(self, entries):
        """The size of a table that is halved less often (3.3)."""
        return max(1, entries >> max(0, self.map.halved - 3))


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
    """Fresh bytes (9)."""

    def __init__(self, chunk):
        self.chunk, self.places = chunk, {}
        self.bytes = Symbols(3, chunk.size(16_384), 64, 2)

    def machine(self):
        """The machine whose code is where the next byte is, or 0."""
        place, layout = len(self.chunk.out) + self.chunk.begin, self.chunk.map.layout
        found = [layout.modes[number][0] for begin, end, number in layout.regions if begin <= place < end]
        return found[0] if found else 0

    def place(self):
        """The place of the next byte in its instruction."""
        out, at = self.chunk.out, len(self.chunk.out)
        if self.kind not in (RISCV, THUMB):
            return at % 4
        while True:
            known = out[self.start:self.start + 2]
            long = known and known[0] & 3 == 3 if self.kind == RISCV else len(known) == 2 and known[1] >= 0xE8
            if self.start + (4 if long else 2) > at:
                return 5 if long and at == self.start + 1 else at - self.start
            self.start += 4 if long else 2

    def part(self, size):
        out, length, following = self.chunk.out, 0, 0
        self.kind, self.start = self.machine(), max(0, len(out) - 32) & ~1
        for _ in range(size):
            self.chunk.coder.go_on()
            at, last = len(out), int.from_bytes(out[-8:], "big")
            slot = (mix(last << 24 & U64) >> 48) % self.chunk.size(8192)
            if length == 0:
                following = self.places.get(slot, 0)
                while length < min(31, following) and out[following - 1 - length] == out[at - 1 - length]:
                    length += 1
            self.places[slot] = at
            guess = out[following] if length > 0 else None
            told = guess + 256 + 512 * length if length > 0 else 0
            place = self.place()
            contexts = [last & 255 | place << 20 | 1 << 40, last & 65_535 | 2 << 40, told]
            byte = self.bytes.byte(self.chunk.coder, int(length > 0), contexts)
            out.append(byte)
            if length > 0 and byte == guess:
                following, length = following + 1, min(31, length + 1)
            else:
                length = 0


def doubt(kind):
    return kind & 3


def lg(x, most):
    return min(x.bit_length(), most)


class Copies:
    """Copies from the base, as predicted, with differences (10)."""

    def __init__(self, chunk):
        self.chunk, self.units, self.same, self.hits, self.before = chunk, 0, 0, 0, [0, 0, 0, 0]
        size = chunk.size
        self.unit_bits, self.blocks = Bits(2, size(2048), 32), Bits(2, size(2048), 16)
        self.words, self.masks = Bits(2, size(32_768), 64), Symbols(2, size(1024), 64, 1)
        self.hit, self.differences = Bits(2, size(8192), 4), Symbols(2, size(2048), 32, 2)
        self.tables = [{}, {}, {}, {}]
        self.predictor = Predictor(chunk)

    def b(self, place):
        """The predicted byte at a position of the chunk."""
        if place < self.begin:
            old = place + self.shift
            return self.chunk.base[old] if 0 <= old < len(self.chunk.base) else 0
        return self.predictor.bytes[place - self.begin] if place < self.stop else 0

    def le32(self, place):
        return sum(self.b(place + k) << 8 * k for k in range(4))

    def part(self, size, old):
        chunk = self.chunk
        self.begin, self.end, self.shift = len(chunk.out), len(chunk.out) + size, old - len(chunk.out)
        self.predictor.part(size, old)
        while len(chunk.out) < self.end:
            chunk.coder.go_on()
            at = len(chunk.out)
            to = min(self.end, at // 1024 * 1024 + 1024)
            kind = self.unit(at, to)
            if kind == OTHER:
                while len(chunk.out) < to:
                    at = len(chunk.out)
                    self.stop = min(to, at // 32 * 32 + 32)
                    self.predictor.block(at, self.stop)
                    self.block(at, self.stop)
                continue
            if kind == AS_THE_BASE_IS:
                self.predictor.leave(at, to)
            else:
                self.predictor.by_map(at, to)
            chunk.out += self.predictor.bytes[at - self.begin:to - self.begin]
            chunk.masks, self.same = 0, U32

    def unit(self, at, to):
        """What a unit is."""
        place, mode = at + self.chunk.begin, 0
        for start, end, number in self.chunk.map.layout.regions:
            if start <= place < end:
                mode = number + 1
        units, coder = self.units, self.chunk.coder
        contexts = [pair(mode, units & 63),
                    pair(lg(at - self.begin, 12) | lg(self.end - to, 12) << 8, units & 15)]
        kind = AS_THE_BASE_IS
        if self.unit_bits.code(coder, units & 15, contexts):
            other = self.unit_bits.code(coder, 16 | units & 15, [c | 1 << 30 for c in contexts])
            kind = OTHER if other else AS_THE_MAP_SAYS
        self.units = units << 2 & U32 | kind
        return kind

    def kinds(self, at, to):
        return self.predictor.kinds[at - self.begin:to - self.begin]

    def block(self, at, to):
        chunk, same, kinds = self.chunk, self.same, self.kinds(at, to)
        worst, some = max(map(doubt, kinds)), min(15, sum(kind > 0 for kind in kinds))
        equal = self.blocks.code(chunk.coder, same & 3 | worst << 2, [
            pair(worst | some // 4 << 4, same & 7), pair(kinds[0], same & 15 | worst << 8)])
        self.same = 2 * same + equal & U32
        if equal:
            chunk.out += self.predictor.bytes[at - self.begin:to - self.begin]
            chunk.masks = chunk.masks << 4 * -(-(to - at) // 4) & U32
            return
        while len(chunk.out) < to:
            at = len(chunk.out)
            length = min(to - at, 4 - at % 4)
            w, told = self.le32(at), int.from_bytes(bytes(self.kinds(at, at + length)), "little")
            mask = self.mask(at, length, w, told)
            for k in range(length):
                d = self.difference(mask, at + k, told) if mask >> k & 1 else 0
                chunk.out.append(self.b(at + k) + d & 255)
            chunk.masks = chunk.masks << 4 & U32 | mask

    def mask(self, at, length, w, told):
        """The differing bytes of a word."""
        masks, coder = self.chunk.masks, self.chunk.coder
        worst = max(map(doubt, self.kinds(at, at + length)))
        contexts = [pair(w >> 16, masks & 255), pair(told, masks & 65_535)]
        if not self.words.code(coder, masks & 15 | worst << 4, contexts):
            return 0
        lines = self.masks.take([pair(w >> 16, masks & 15), pair(told, masks & 15)])
        mask, node = 0, 1
        for k in range(length):
            if k == length - 1 and mask == 0:
                bit = 1
            else:
                bit = self.masks.node(coder, worst << 4 | mask, lines, node)
            mask, node = mask | bit << k, 2 * node + bit
        self.masks.put(lines)
        return mask

    def difference(self, mask, at, told):
        """The difference of a byte from the predicted one."""
        out, coder, masks = self.chunk.out, self.chunk.coder, self.chunk.masks
        b, (d1, d2, d3, d4) = self.b(at), self.before
        pos = at % 4
        top = self.b(at + 3 - pos)
        previous = (out[-1] if out else 0) - self.b(at - 1) & 255
        k1 = pair(d1 | d2 << 8, masks & 15 | mask << 4 | pos << 16)
        k2 = pair(b, previous)
        k3 = pair(top | pos << 8, d1 | mask << 8)
        size = self.chunk.size(16_384)
        places = [((c * 0x9E3779B97F4A7C15 & U64) >> 49) % size for c in (k1, k2, k3, pair(d1 | d2 << 8, d3 | d4 << 8))]
        entries = [table.get(place, (0, 0)) for table, place in zip(self.tables, places)]

        first, times = 0, 0
        for difference, came in entries:
            if came > times or first == 0:
                first, times = difference, came
        hit = 0
        if first != 0:
            hit = self.hit.code(coder, min(3, times), [
                pair(first | times << 8, self.hits & 3), pair(told, first)])
        d = first if hit else self.differences.byte(coder, 0, [pos, k1])
        self.hits = self.hits << 1 & U32 | hit

        for table, place, (difference, came) in zip(self.tables, places, entries):
            table[place] = (d, min(16, came + 1)) if difference == d else (d, came // 2)
        self.before = [d, d1, d2, d3]
        return d


def image(base, memory, preamble, chunks):
    """Decodes a payload to its image, piece by piece: its preamble, and size and stored bytes of each chunk.
    `memory` is its decode-memory (11)."""
    sizes, stored_sizes = [0] + [length for length, _ in chunks], [len(stored) for _, stored in chunks]
    left = max(0, memory - len(preamble))
    stretches = Map(preamble, base, sum(sizes), max(0, left - max(sizes) - max(stored_sizes + [len(preamble)])))
    left = max(0, left - stretches.memory)
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
