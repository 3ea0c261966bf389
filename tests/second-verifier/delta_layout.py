"""The preamble of the codec delta-1 (DELTA.md, 4 and 5)."""

from bisect import bisect_right

from cbor import refuse_if
from delta_machines import MACHINES
from delta_models import Coder, Numbers, U64, signed

VERSION = 2  # the first byte of a preamble (4)
# Memory (11).
STRETCH, TABLES, SPARED, BUFFERS, SPACE, MODE, PIECE, COLUMN, REGION = (
    50, 5 << 20, 256 << 10, 48 << 10, 64, 48, 24, 32, 24)
OUTSIDE = 2**40  # (5)
ROWS, FEW, MANY = 8, 16, 2**16  # the mode with rows, the pieces of a space that is no numbering, and most of them (5)


def fits(number):
    return -2**63 <= number < 2**63


def first_byte(stored, *known):
    """The first byte of a preamble or a chunk."""
    refuse_if(not stored, "DLT-5")
    refuse_if(stored[0] not in known, "DLT-2")


class Map:
    """The stretches of an image: position, length, and position in the base or None (4)."""

    def __init__(self, stored, base, image, memory):
        self.base, self.image = base, image
        self.stretches = []
        first_byte(stored, VERSION)
        refuse_if(max(base, image) >= 2**40 - 1, "DLT-2")
        coder = Coder(stored[1:])
        numbers = Numbers(coder)
        self.halved = numbers.code(6)
        refuse_if(self.halved > 7, "DLT-2")
        taken = (TABLES >> self.halved) + (SPARED >> max(0, self.halved - 3)) + BUFFERS
        refuse_if(taken > memory, "DLT-6")
        self.layout = Layout(coder, base, image, memory - taken)
        taken += self.layout.memory
        count = numbers.code(7)
        refuse_if(taken + STRETCH * count > memory, "DLT-6")
        self.memory = taken + STRETCH * count
        at, copied, far, back, kind, distances, ends = 0, 0, 0, 0, 0, [0] * 16, [0] * 4096
        while len(self.stretches) < count:
            coder.go_on()
            fresh = numbers.code(0, copied, kind)
            if fresh > 0:
                self.stretch(at, fresh, None)
                at += fresh
                if len(self.stretches) == count:
                    break
            t = min(7, fresh.bit_length())
            k = min(17, numbers.code(1, 4 * t + kind, copied))
            if k == 0:
                move = numbers.signed(2, t, far)
                far = abs(move).bit_length()
                old = at + distances[0] + move & U64
            elif k < 17:
                old = at + distances[k - 1] & U64
            else:
                rank = numbers.code(3, t, back)
                back = rank.bit_length()
                old = ends[rank % 4096] + numbers.signed(4, t, back) & U64
            distance = old - at & U64
            distances.remove(distance) if distance in distances else distances.pop()
            distances.insert(0, distance)
            kind = 3 if k == 17 else min(k, 2)
            length = numbers.code(5, 4 * t + kind, copied)
            self.stretch(at, length, old)
            at += length
            ends.insert(0, old + length & U64)
            ends.pop()
            copied = length.bit_length()
        refuse_if(at != image, "DLT-4")
        coder.end()
        self.invert()

    def stretch(self, at, length, old):
        refuse_if(old is not None and old + length > self.base, "DLT-3")
        refuse_if(length == 0 or at + length > self.image, "DLT-4")
        self.stretches.append((at, length, old))

    def invert(self):
        """How far each place of the base went, and whether a copy covers it: the inverse (4)."""
        went = {}
        for at, length, old in sorted((s for s in self.stretches if s[2] is not None), key=lambda s: (s[1], s[0])):
            for k in range(length):
                went[old + k] = at - old
        self.went, self.near, last = went, {}, 0
        for place in range(self.base + 1):
            last = went.get(place, last)
            self.near[place] = last

    def find(self, place):
        """Where a place of the base went, and whether a copy covers it."""
        return place + self.near[min(place, self.base)], place in self.went

    def parts(self, begin, end):
        """The parts of stretches between two positions of the image."""
        for at, length, old in self.stretches:
            first, last = max(at, begin), min(at + length, end)
            if first < last:
                yield last - first, None if old is None else old + first - at


class Space:
    """(5)"""

    def __init__(self, scale, base, image):
        self.scale, self.base, self.image = scale, base, image
        self.is_numbering = len(base) > FEW

    @staticmethod
    def tried(pieces, part, number):
        """The pieces that are tried: of many, the last one that begins at or before a value or an offset."""
        if len(pieces) <= FEW:
            return pieces
        end = bisect_right(pieces, number, key=lambda piece: piece[part])
        return pieces[max(0, end - 1):end]

    def place(self, v):
        for value, offset, length in self.tried(self.base, 0, v):
            far = (v - value) * self.scale
            if fits(v - value) and fits(far) and 0 <= far < length:
                return offset + far
        return None

    def value(self, p, pieces=None):
        for value, offset, length in self.tried(self.image if pieces is None else pieces, 1, p):
            if 0 <= signed(p - offset) <= length:
                return signed(value + signed(p - offset) // self.scale)
        return None

    def own_new(self, p):
        value = self.value(p)
        return p if value is None else value

    def own_old(self, p):
        value = self.value(p, self.base)
        return p if value is None else value

    def is_value(self, v):
        return any(fits(v - value) and fits((v - value) * self.scale) and 0 <= (v - value) * self.scale <= length
                   for value, _, length in self.image)


class Layout:
    """(5)"""

    def __init__(self, coder, base, image, memory):
        self.coder, self.numbers = coder, Numbers(coder)
        self.left, self.ends = memory, (base, image)
        self.spaces = self.entries(SPACE, self.space)
        self.modes = self.entries(MODE, self.mode) if self.spaces else []
        self.end = 0
        self.regions = self.entries(REGION, self.region) if self.spaces else []
        self.memory = memory - self.left

    def entries(self, size, read, most=None):
        count = self.numbers.code(0)
        refuse_if(count * size > self.left or most is not None and count > most, "DLT-6")
        self.left -= count * size
        entries = []
        for _ in range(count):
            self.coder.go_on()
            entries.append(read(entries))
        return entries

    def below(self, what, bound):
        number = self.numbers.code(what)
        refuse_if(number >= bound, "DLT-2")
        return number

    def space(self, _):
        scale = self.below(1, 4096) + 1

        def base(before):
            value, offset, length = before[-1] if before else (0, 0, 0)
            return self.piece(2, (value + length, offset + length, 0), self.ends[0], "DLT-3")

        moved = 0

        def image(before):
            nonlocal moved
            value, *rest = pieces[len(before)] if len(before) < len(pieces) else (0, 0, 0)
            piece = self.piece(5, (signed(value + moved), *rest), self.ends[1], "DLT-4")
            moved = signed(piece[0] - value) if len(pieces) > FEW else 0
            return piece

        pieces = self.entries(PIECE, base, MANY)
        self.ordered(pieces, 0)
        others = self.entries(PIECE, image, MANY)
        self.ordered(others, 1)
        return Space(scale, pieces, others)

    @staticmethod
    def ordered(pieces, part):
        """Of more than a few pieces, those of the base are in the order of values, those of the image of offsets."""
        pairs = zip(pieces, pieces[1:]) if len(pieces) > FEW else []
        refuse_if(any(a[part] > b[part] for a, b in pairs), "DLT-2")

    def space_number(self, few):
        number = self.below(9, len(self.spaces))
        space = self.spaces[number]
        refuse_if(few and max(len(space.base), len(space.image)) > FEW, "DLT-2")
        return number

    def rows(self):
        strings, types = self.space_number(False), self.space_number(False)
        start, length = self.numbers.code(20), self.numbers.code(21)
        refuse_if(start + length > self.ends[0], "DLT-3")
        size = length // 16 + 1
        refuse_if(size > self.left, "DLT-6")
        self.left -= size
        return ROWS, (strings, types), start, length

    def piece(self, what, like, end, rule):
        value, offset, length = (signed(part + self.numbers.signed(what + n)) for n, part in enumerate(like))
        refuse_if(not (-2**62 <= value < 2**62 and 0 <= offset < 2**62 and 0 <= length < 2**62), "DLT-2")
        refuse_if(offset < OUTSIDE and offset + length > end, rule)
        return value, offset, length

    def mode(self, _):
        which = self.numbers.code(8)
        if which == ROWS:
            return self.rows()
        refuse_if(which > len(MACHINES), "DLT-2")
        if which:
            return which, self.space_number(True)
        stride = self.below(10, 4096) + 1
        return 0, stride, self.entries(COLUMN, lambda before: self.column(before, stride), 32)

    def column(self, before, stride):
        offset, width, order = [before[-1][key] for key in ("offset", "width", "order")] if before else (0, 0, "little")
        skip = self.below(11, 4096)
        if skip > 0 or not before:
            form = self.below(12, 16)
            offset, width = offset + width + max(0, skip - 1), form % 8 + 1
            order = "little" if form < 8 else "big"
        refuse_if(offset + width > stride, "DLT-2")
        kind, trust = self.below(13, 4), self.below(14, 3)
        column = {"offset": offset, "width": width, "order": order, "kind": kind, "trust": trust}
        column.update(space=0, old=0, new=0)
        if kind < 2:
            column["space"] = self.space_number(kind == 1)
        if kind == 0:
            column["old"] = self.numbers.signed(15)
            column["new"] = signed(column["old"] + self.numbers.signed(16))
        refuse_if(sum(c["offset"] == offset for c in before) == 4, "DLT-2")
        return column

    def region(self, _):
        start = self.end + self.numbers.code(17)
        length = self.numbers.code(18)
        self.end = start + length
        refuse_if(length == 0 or self.end > self.ends[1], "DLT-4")
        return start, self.end, self.below(19, len(self.modes))
