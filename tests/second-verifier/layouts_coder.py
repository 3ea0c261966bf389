"""Deltas that are written by the decoder of delta.py. It runs as it is, with a coder that writes the bits that it
should decode, from choices that are made on the way; so it is in every state that a decoder of that delta comes to.
"""

from collections import deque

from delta import CODED, FRAME, Chunk, Copies, Fresh
from delta_layout import VERSION, Map
from delta_models import U32, U64, Numbers, signed

# What a decoder may take that draws a preamble: enough for any drawn one, and for no list that would take long.
MEMORY = 2**24


def digits(number, count):
    """The lowest bits of a number, highest first."""
    return [number >> k & 1 for k in range(count - 1, -1, -1)]


def coded(number):
    """A number with a sign, as it is coded (3.7)."""
    return 2 * number if number >= 0 else -2 * number - 1


class Writer:
    """The other side of the coder (2)."""

    def __init__(self):
        self.low, self.high, self.out, self.planned = 0, U32, bytearray(), deque()

    def plan(self, bits):
        """The bits that come next."""
        assert not self.planned, "bits that nothing asked for"
        self.planned.extend(bits)

    def bit(self, p):
        bit = self.planned.popleft()
        middle = self.low + ((self.high - self.low) * p >> 16)
        if bit:
            self.high = middle
        else:
            self.low = middle + 1
        while self.low >> 24 == self.high >> 24:
            self.out.append(self.low >> 24)
            self.low = self.low << 8 & U32
            self.high = self.high << 8 & U32 | 255
        return bit

    def go_on(self):
        pass

    def end(self):
        pass

    def stored(self):
        return bytes(self.out) + bytes([(self.low >> 24) + 1])


class Choices(Numbers):
    """Numbers that are what `choose` gives for what they count."""

    def __init__(self, coder, choose):
        super().__init__(coder)
        self.choose = choose

    def code(self, what, near=0, far=0):
        number = self.choose(what)
        length = number.bit_length()
        self.coder.plan([1] + digits(length, 6) + digits(number, length)[1:] if number else [0])
        return super().code(what, near, far)


class DrawnMap(Map):
    """A map whose stretches are drawn to fit a layout (layouts_numbers.py). If it is to be `wild`, some number of a
    stretch is of any size."""

    def __init__(self, dice, writer, layout, halved, wild):
        base, image = bytes(layout.base), layout.image
        self.dice, self.writer, self.drawn, self.halved_by = dice, writer, layout, halved
        self.many, self.old_at = dice.randrange(1, min(image, dice.choice((4, 20, 60, 150))) + 1), 0
        self.usual = max(2, dice.choice((1, 2, 2)) * image // self.many)  # about how long a stretch is
        self.wild = dice.randrange(self.many) if wild else -1
        super().__init__(bytes([VERSION]), base, image, MEMORY)

    def models(self, stored):
        return self.writer, Choices(self.writer, self.choose), Choices(self.writer, self.drawn.number)

    def choose(self, what):
        if what == 6:
            return self.halved_by
        if what == 7:
            return self.many
        number = self.stretch_number(what)
        if len(self.stretches) != self.wild or self.dice.random() < 0.7:
            return number
        self.wild = -1
        near = (0, number + 1, number + 2, self.room() + 1, 2 * self.room(), 2 * self.base, 2 * self.image)
        return self.dice.choice((*near, 2**32, 2**62, 2**63 - 1, self.dice.getrandbits(self.dice.randrange(1, 63))))

    def stretch_number(self, what):
        """One of the numbers of a stretch (4)."""
        move = signed(self.aim() - self.at - self.distances[0])
        if what == self.w:
            return self.fresh_bytes()
        if what == 1 + self.w:
            return self.way()
        if what == 2 + self.w:
            return coded(move)
        if what == 3 + self.w:
            self.rank = self.dice.randrange(min(6, len(self.stretches) + 1)) + self.dice.choice((0, 0, 0, 4096))
            return self.rank
        if what == 4 + self.w:
            return coded(self.gap())
        if what == 14:
            return coded(self.dice.choice((0, 0, 1, 2, -1, -100, 2**33, self.dice.randrange(40))))
        if what == 15:
            return self.rows_taken()
        if what == 16:
            return coded(self.row_move(self.ends[0][1]))
        if what == 17:
            return self.dice.choice((0, 0, 0, 1, 2, 5, 63, 64, 70, 200))
        if what == 18 and not self.last() and self.run <= self.room() and self.dice.random() < 0.6:
            return 0
        return self.length_of_copy()

    def last(self):
        return len(self.stretches) >= self.many - 1

    def room(self):
        """The most bytes of the next stretch, so that those behind it have one each."""
        return max(1, self.image - self.at - max(0, self.many - len(self.stretches) - 1))

    def fresh_bytes(self):
        room = self.room()
        if self.last():
            return 0 if room <= self.base and self.dice.random() < 0.9 else room
        return 0 if self.dice.random() < 0.75 else self.dice.randrange(min(room, self.usual // 2) + 1)

    def aim(self):
        """A place of the base that is like the next byte, if there are any."""
        need = self.room() if self.last() else 1
        place = self.drawn.like(self.at, self.table)
        return place if 0 <= place <= self.base - need else self.dice.randrange(max(1, self.base - need + 1))

    def way(self):
        """How the place of a copy is told: k."""
        kept = [k for k, distance in enumerate(self.distances, 1) if self.at + distance & U64 < self.base]
        known = self.some_row() if self.in_rows else self.in_strings or self.at < self.base
        chance, by_rows = self.dice.random(), self.w > 0
        if self.last() or chance < (0.15 if by_rows else 0.55):
            return 0
        if chance < (0.25 if by_rows else 0.65) and kept:
            return self.dice.choice(kept)
        if chance < (0.5 if by_rows else 0.9) and (self.some_row() or not self.in_rows):
            return 17
        return self.dice.choice((18, 18, 18, 25)) if known else 0

    def some_row(self):
        return bool(self.in_rows and self.table.rows.begins)

    def gap(self):
        end, row = self.ends[self.rank % 4096]
        if self.in_rows:
            return self.row_move(row)
        return 0 if end < self.base and self.dice.random() < 0.5 else self.aim() - end

    def row_move(self, row):
        """A distance in rows, to one that is inside the base."""
        rows = self.table.rows
        move = self.dice.choice((0, 0, 1, -1, self.dice.randrange(-9, 9), 2**33, -2**33))
        return move if rows.place(row + move) < self.base else self.dice.randrange(max(1, len(rows.begins))) - row

    def rows_taken(self):
        old = self.old_at
        many = self.dice.choice((0, 1, 1, 2, 3, self.dice.randrange(20), 2**32 - 1, 2**32, 2**40))
        taken = self.table.rows.place(self.before(old) + many) - old
        return many if many >= 2**32 or not self.last() and 0 < taken <= self.room() else 0

    def length(self, k, old, near):
        self.old_at = old
        return super().length(k, old, near)

    def length_of_copy(self):
        most = min(self.room(), self.base - self.old_at)
        if self.last() or most < 1:
            return max(1, most)
        border = self.drawn.to_border(self.at)
        length = self.dice.randrange(1, min(most, 2 * self.usual) + 1)
        return border if border <= most and self.dice.random() < 0.3 else length


class DrawnChunk(Chunk):
    """A chunk with bytes near the predicted ones. `trouble` says how many of its references are others."""

    def __init__(self, dice, base, stretches, begin, size):
        self.dice, self.trouble = dice, dice.choice((0.02, 0.15, 0.5))
        fresh = sum(length for length, old in stretches.parts(begin, begin + size) if old is None)
        self.first, self.listed = bytes([CODED]), 0
        if fresh and dice.random() < 0.15:
            self.listed = fresh
            frame = framed(dice, fresh)
            self.first = bytes([FRAME]) + len(frame).to_bytes(4, "little") + frame
        super().__init__(base, stretches, begin, size, self.first, 2**40)

    def models(self, stored):
        return Writer(), DrawnFresh(self), DrawnCopies(self)

    def taken(self):
        """The memory that its bytes take: those of the image, and those in a frame (11)."""
        return len(self.out) + self.listed

    def stored(self):
        return self.first + self.coder.stored()


def framed(dice, size):
    """A frame of blocks that are not compressed, without a checksum (6)."""
    head = bytes([0x20, size]) if size < 256 else b"\x60" + (size - 256).to_bytes(2, "little")
    blocks, left = b"", size
    while left or not blocks:
        length = dice.randrange(1, left + 1)
        left -= length
        kind = dice.randrange(2)
        blocks += (length << 3 | kind << 1 | (left == 0)).to_bytes(3, "little") + dice.randbytes(1 if kind else length)
    return b"\x28\xb5\x2f\xfd" + head + blocks


class DrawnFresh(Fresh):
    def part(self, size):
        dice, out = self.chunk.dice, self.chunk.out
        part = bytearray()
        while len(part) < size:
            some = dice.randrange(1, 40)
            seen = bytes(out[-200:] + part) or b"\0"
            at = dice.randrange(max(len(seen), len(self.chunk.base)))
            part += dice.choice((seen[at % len(seen):][:some], self.chunk.base[at:at + some], dice.randbytes(4)))
        self.chunk.coder.plan(bit for byte in part[:size] for bit in digits(byte, 8))
        super().part(size)


class Hits:
    """The model *hits*. Which difference it offers is known only when it is asked (10)."""

    def __init__(self, copies, model):
        self.copies, self.model = copies, model

    def code(self, coder, number, contexts):
        hit = contexts[0] >> 32 & 255 == self.copies.wanted
        coder.planned.clear()
        coder.plan([1] if hit else [0] + digits(self.copies.wanted, 8))
        return self.model.code(coder, number, contexts)


class DrawnCopies(Copies):
    """Copies whose bytes are what `draw` makes of the predicted ones."""

    def __init__(self, chunk):
        super().__init__(chunk)
        self.dice, self.hit, self.granted = chunk.dice, Hits(self, self.hit), {}

    def unit(self, at, to):
        self.chunk.coder.plan(self.dice.choices(([0], [1, 0], [1, 1]), (1, 2, 7))[0])
        return super().unit(at, to)

    def block(self, at, to):
        self.drawn_at, self.drawn = at, self.draw(at, to)
        same = self.drawn == self.predictor.bytes[at - self.begin:to - self.begin]
        self.chunk.coder.plan([same and self.dice.random() < 0.9])
        super().block(at, to)

    def mask(self, at, length, w, told):
        drawn = self.drawn[at - self.drawn_at:]
        mask = [drawn[k] != self.b(at + k) or self.dice.random() < 0.004 for k in range(length)]
        bits = [] if not any(mask) else mask[:-1] if not any(mask[:-1]) else mask
        self.chunk.coder.plan([any(mask)] + bits)
        return super().mask(at, length, w, told)

    def difference(self, mask, at, told):
        self.wanted = self.drawn[at - self.drawn_at] - self.b(at) & 255
        self.chunk.coder.plan(digits(self.wanted, 8))
        return super().difference(mask, at, told)

    def draw(self, at, to):
        """The bytes of a block: those that are predicted; those of the base; near both; or any."""
        dice, drawn, k = self.dice, bytearray(self.predictor.bytes[at - self.begin:to - self.begin]), 0
        kinds, trouble = self.kinds(at, to), self.chunk.trouble
        while k < to - at:
            length = 1
            while kinds[k] and k + length < to - at and length < 8 and kinds[k + length] == kinds[k]:
                length += 1
            if dice.random() < (trouble if kinds[k] else trouble / 8):
                old = at + k + self.shift
                base = self.chunk.base[old:old + length]
                near = bytes([drawn[k] + dice.choice((1, 2, 4, 8, 16, -4)) & 255]) + drawn[k + 1:k + length]
                drawn[k:k + length] = dice.choice((base, near, near, dice.randbytes(length)))
            k += length
        # What a closed gate kept from being predicted was right after all.
        for field, size, due in self.predictor.due:
            if due[0] == "reference" and not due[6] and self.granted.setdefault(field, dice.random() < 0.6):
                for k in range(max(at, field), min(to, field + size)):
                    drawn[k - at] = due[9][k - field]
        return drawn
