"""The preamble of the codec delta-1 (DELTA.md, 4 and 5)."""

from bisect import bisect_right

from cbor import refuse_if
from delta_machines import MACHINES
from delta_models import Coder, Numbers, U32, U64, signed
from delta_rows import Rows, Table

VERSION = 2  # the first byte of a preamble (4)
# Memory (11).
STRETCH, COUNT, TABLES, SPARED, BUFFERS, SPACE, MODE, PIECE, COLUMN, REGION = (
    50, 4, 1040 << 10, 192 << 10, 64 << 10, 64, 48, 24, 32, 24)
OUTSIDE = 2**40  # (5)
ROWS, MOST_ROWS = 8, 8  # the mode with rows, and how many of them there are at most (5)
PIECES = 16  # most pieces of a space, on each side (5)


def fits(number):
    return -2**63 <= number < 2**63


def first_byte(stored, *known):
    """The first byte of a preamble or a chunk."""
    refuse_if(not stored, "DLT-5")
    refuse_if(stored[0] not in known, "DLT-2")


class Map:
    """The stretches of an image: position, length, and position in the base or None (4)."""

    def __init__(self, stored, base, image, memory):
        self.base, self.image = len(base), image
        self.stretches, self.counts = [], []
        first_byte(stored, VERSION)
        refuse_if(max(self.base, image) >= 2**40 - 1, "DLT-2")
        self.coder, self.numbers, numbers = self.models(stored[1:])
        self.halved = self.numbers.code(6)
        refuse_if(self.halved > 7, "DLT-2")
        taken = (TABLES >> self.halved) + (SPARED >> max(0, self.halved - 3)) + BUFFERS
        refuse_if(taken > memory, "DLT-6")
        self.layout = Layout(self.coder, numbers, self.base, image, memory - taken)
        count = self.numbers.code(7)
        modes = [(n, mode) for n, mode in enumerate(self.layout.modes) if mode[0] == ROWS]
        self.memory = taken + self.layout.memory + (STRETCH + (COUNT if modes else 0)) * count
        refuse_if(self.memory > memory, "DLT-6")
        self.rows = {n: Rows(base, start, length) for n, (_, _, start, length) in modes}
        self.tables = [self.layout.table(n, rows, base) for n, rows in self.rows.items()]
        self.read(count)
        refuse_if(self.at != image, "DLT-4")
        self.coder.end()
        self.invert()

    def models(self, stored):
        """The coder, the numbers of the stretches, and those of the layout."""
        coder = Coder(stored)
        return coder, Numbers(coder), Numbers(coder)

    def read(self, count):
        """The stretches."""
        self.at = self.copied = self.far = self.back = self.left = self.kind = self.count = 0
        self.distances, self.ends, self.table = [0] * 16, [(0, 0)] * 4096, None
        while len(self.stretches) < count:
            self.coder.go_on()
            fresh = self.fresh()
            if len(self.stretches) < count:
                self.copy(min(7, fresh.bit_length()))

    def enter(self):
        """Finds the table of the next byte."""
        table = next((table for table in self.tables if table.holds(self.at)), None)
        if table is None or table is not self.table:
            self.count = 0
            if table is not None:
                table.begin()
        self.table, self.w = table, 0 if table is None else 8
        self.in_rows = table is not None and self.at in table.new_rows
        self.in_strings = table is not None and not self.in_rows

    def before(self, p):
        return self.table.rows.before(p) if self.table is not None else 0

    def fresh(self):
        self.enter()
        fresh = self.numbers.code(self.w, self.copied, self.kind)
        if fresh > 0:
            self.stretch(self.at, fresh, None)
            if self.in_rows:
                count = self.count + self.numbers.signed(14, min(7, fresh.bit_length()))
                self.count = max(0, min(U32, count))
            self.at += fresh
        return fresh

    def copy(self, t):
        self.enter()
        k = min(18, self.numbers.code(1 + self.w, 4 * t + self.kind, self.copied))
        self.run = 0
        old = self.old(k, t) & U64
        distance = old - self.at & U64
        self.distances.remove(distance) if distance in self.distances else self.distances.pop()
        self.distances.insert(0, distance)
        self.kind = 3 if k == 17 else min(k, 2)
        length = self.length(k, old, 4 * t + self.kind)
        self.stretch(self.at, length, old)
        end = old + length
        self.ends.insert(0, (end, self.before(end)))
        self.ends.pop()
        if self.in_rows:
            self.count = self.count + self.before(end) - self.before(old) & U32
        if self.in_strings:
            self.table.use(old, length)
        self.at += length
        self.copied = length.bit_length()

    def old(self, k, t):
        """Where a copy begins in the base."""
        if k == 0:
            return self.at + self.distances[0] + self.move(2 + self.w, t)
        if k < 17:
            return self.at + self.distances[k - 1]
        if k == 17:
            rank = self.numbers.code(3 + self.w, t, self.back)
            self.back = rank.bit_length()
            gap = self.numbers.signed(4 + self.w, t, self.back)
            end, row = self.ends[rank % 4096]
            return self.table.rows.place(row + gap) if self.in_rows else end + gap
        if self.in_rows:
            return self.table.rows.place(self.ends[0][1] + self.move(16, t))
        if self.in_strings:
            leave = self.numbers.code(17, self.left)
            self.left = leave.bit_length()
            old, self.run = self.table.next_string(leave, self.stretches)
            return old
        return self.at

    def move(self, what, t):
        move = self.numbers.signed(what, t, self.far)
        self.far = abs(move).bit_length()
        return move

    def length(self, k, old, near):
        """How long a copy is."""
        if self.in_rows and self.table.rows.begins_at(old):
            many = self.numbers.code(15, near, self.copied)
            if 0 < many < 2**32:
                return self.table.rows.place(self.before(old) + many) - old
        elif self.in_strings and k == 18 and self.run > 0:
            return self.numbers.code(18, near, self.copied) or self.run
        return self.numbers.code(5 + self.w, near, self.copied)

    def stretch(self, at, length, old):
        refuse_if(old is not None and old + length > self.base, "DLT-3")
        refuse_if(length == 0 or at + length > self.image, "DLT-4")
        self.stretches.append((at, length, old))
        self.counts.append(self.count)

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

    def row(self, place, rows):
        """How many rows begin in the image before a place of it, if the copies are as they seem (7.4)."""
        n = bisect_right(self.stretches, place, key=lambda stretch: stretch[0]) - 1
        at, _, old = self.stretches[n]
        return self.counts[n] + (0 if old is None else rows.before(old + place - at) - rows.before(old)) & U32

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

    def place(self, v):
        for value, offset, length in self.base:
            far = (v - value) * self.scale
            if fits(v - value) and fits(far) and 0 <= far < length:
                return offset + far
        return None

    def value(self, p, pieces=None):
        for value, offset, length in self.image if pieces is None else pieces:
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


def first_piece(pieces):
    """The places of the first piece; it has none if it is outside every file, or is not there (4)."""
    _, offset, length = pieces[0] if pieces else (0, 0, 0)
    return range(offset, offset + length) if offset < OUTSIDE else range(0)


class Layout:
    """(5)"""

    def __init__(self, coder, numbers, base, image, memory):
        self.coder, self.numbers = coder, numbers
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

        def image(before):
            like = pieces[len(before)] if len(before) < len(pieces) else (0, 0, 0)
            return self.piece(5, like, self.ends[1], "DLT-4")

        pieces = self.entries(PIECE, base, PIECES)
        return Space(scale, pieces, self.entries(PIECE, image, PIECES))

    def rows(self):
        strings = self.below(9, len(self.spaces))
        start, length = self.numbers.code(20), self.numbers.code(21)
        refuse_if(start + length > self.ends[0], "DLT-3")
        size = length // 16 + 4 * (length // 1024) + 8 * (len(first_piece(self.spaces[strings].base)) // 64) + 12_305
        refuse_if(size > self.left, "DLT-6")
        self.left -= size
        return ROWS, strings, start, length

    def regions_of(self, number):
        """The regions with a mode."""
        return [range(start, end) for start, end, mode in self.regions if mode == number]

    def table(self, number, rows, base):
        """What the stretches need to know of a mode of rows (4)."""
        strings, (new_rows, *_) = self.spaces[self.modes[number][1]], self.regions_of(number) + [range(0)]
        return Table(rows, base, first_piece(strings.base), new_rows, first_piece(strings.image))

    def piece(self, what, like, end, rule):
        value, offset, length = (signed(part + self.numbers.signed(what + n)) for n, part in enumerate(like))
        refuse_if(not (-2**62 <= value < 2**62 and 0 <= offset < 2**62 and 0 <= length < 2**62), "DLT-2")
        refuse_if(offset < OUTSIDE and offset + length > end, rule)
        return value, offset, length

    def mode(self, before):
        which = self.numbers.code(8)
        if which == ROWS:
            refuse_if(sum(mode[0] == ROWS for mode in before) == MOST_ROWS, "DLT-2")
            return self.rows()
        refuse_if(which > len(MACHINES), "DLT-2")
        if which:
            return which, self.below(9, len(self.spaces))
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
            column["space"] = self.below(9, len(self.spaces))
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
