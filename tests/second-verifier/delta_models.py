"""The coder and the models of the codec delta-1 (DELTA.md, 2 and 3)."""

from cbor import refuse_if

U32, U64 = 2**32 - 1, 2**64 - 1


def signed(number, bits=64):
    """The lowest bits of a number, with a sign (1)."""
    number &= 2**bits - 1
    return number - 2**bits if number >> bits - 1 else number


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
TRUST = [0, 32, 44, 50, 54, 57, 59, 61] + [64] * 5
RATE = [4096 // (2 * n + 3) for n in range(13)]


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

    __slots__ = "Q", "n"

    def __init__(self, Q=2**11, n=0):
        self.Q, self.n = Q, n

    def input(self):
        return STRETCH[self.Q] * TRUST[self.n] >> 6

    def see(self, bit):
        self.Q += ((4095 if bit else 1) - self.Q) * RATE[self.n] + 1024 >> 11
        self.n = min(12, self.n + 1)

    def copy(self):
        return Cell(self.Q, self.n)


class Mixer:
    """One probability from several cells (3.3)."""

    def __init__(self, inputs, size, speed):
        self.first, self.speed, self.size, self.sets = [87_381 // inputs] * inputs, speed, size, {}

    def code(self, coder, number, cells):
        number %= self.size
        weights, inputs = self.sets.get(number, self.first), [cell.input() for cell in cells]
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
    x = (c ^ (i + 1) << 56) & U64
    return ((x ^ x >> 31) * 0x9E3779B97F4A7C15 & U64) >> 32


def pair(a, b):
    return a << 32 | b


def mix(x):
    y = x * 0x9E3779B97F4A7C15 & U64
    return y ^ y >> 29


class Bits:
    """(3.5)"""

    def __init__(self, inputs, size, sets):
        self.size, self.table, self.mixer = size, {}, Mixer(inputs, sets, 1)

    def code(self, coder, number, contexts):
        places = [(spread(c, i) >> 8) % self.size for i, c in enumerate(contexts)]
        cells = [self.table.get(place, Cell()).copy() for place in places]
        bit = self.mixer.code(coder, number, cells)
        self.table.update(zip(places, cells))
        return bit


class Symbols:
    """(3.6)"""

    def __init__(self, inputs, size, sets, speed):
        self.size, self.table, self.mixer = size, {}, Mixer(inputs, sets, speed)

    def take(self, contexts):
        """The lines of a symbol: the place of each, its owner, and a copy of its cells."""
        lines = []
        for i, c in enumerate(contexts):
            h = spread(c, i)
            owner, first = h & 65_535, ((h >> 16 ^ h << 2) & U32) % self.size
            both = [first, (first ^ 1) % self.size]
            there = [self.table.get(place, (0, {})) for place in both]
            known = next((k for k in (0, 1) if there[k][0] == owner), None)
            seen = [cells.get(1, Cell()).n for _, cells in there]
            place = both[known if known is not None else 1 if seen[1] < seen[0] else 0]
            cells = {} if known is None else {v: cell.copy() for v, cell in there[known][1].items()}
            lines.append((place, owner, cells))
        return lines

    def node(self, coder, number, lines, v):
        return self.mixer.code(coder, number, [cells.setdefault(v, Cell()) for _, _, cells in lines])

    def put(self, lines):
        """Writes the lines of a symbol."""
        for place, owner, cells in lines:
            self.table[place] = owner, cells

    def symbol(self, coder, number, contexts):
        v, lines = 1, self.take(contexts)
        for _ in range(4):
            v = 2 * v + self.node(coder, number + v, lines, v)
        self.put(lines)
        return v

    def byte(self, coder, number, contexts):
        v = self.symbol(coder, 32 * number, contexts)
        u = self.symbol(coder, 32 * number + 16, [c ^ v << 48 for c in contexts])
        return (v & 15) * 16 + (u & 15)


class Numbers:
    """(3.7)"""

    def __init__(self, coder):
        self.coder, self.model = coder, Bits(2, 8192, 128)

    def bit(self, what, near, far, part, node):
        c0 = (part << 16 | node) << 16 | what
        c1 = c0 | (near & 255) << 40 | (far & 255) << 48
        return self.model.code(self.coder, 4 * what + part, [c0, c1])

    def code(self, what, near=0, far=0):
        if not self.bit(what, near, far, 3, 1):
            return 0
        length = 1
        for _ in range(6):
            length = 2 * length + self.bit(what, near, far, 0, length)
        length &= 63
        if length == 0:
            return 0
        number, first, last = 1, 1, 1
        for left in range(length - 2, -1, -1):
            if length - 1 - left <= 3:
                bit = self.bit(what, near, far, 1, length << 4 | first)
                first = 2 * first + bit
            elif left < 3:
                bit = self.bit(what, near, far, 2, last)
                last = 2 * last + bit
            else:
                bit = self.coder.bit(32_768)
            number = 2 * number + bit
        return number

    def signed(self, what, near=0, far=0):
        number = self.code(what, near, far)
        return -(number + 1) // 2 if number % 2 else number // 2
