"""Prediction of copied bytes in the codec delta-1 (DELTA.md, 7)."""

from delta_machines import MACHINES
from delta_models import U32, U64, signed

OUTSIDE = 2**40  # (5)
ROWS = 8  # the mode with rows (5)
TYPES = 2**20  # with the number of a mode, in place of a space (7.4)


class Predictor:
    def __init__(self, chunk):
        self.chunk, self.map, self.base = chunk, chunk.map, chunk.base
        self.trust, self.outcomes, self.past = {}, {}, [0] * 4
        self.exact, self.near, self.mapped, self.due = {}, {}, {}, []
        self.map_alone = False

    def part(self, size, old):
        """Begins a part: its bytes are those of the base at first."""
        self.learn_due(None)
        self.begin = len(self.chunk.out)
        self.end, self.shift, self.next, self.before = self.begin + size, old - self.begin, self.begin, None
        self.bytes, self.kinds = bytearray(self.base[old:old + size]), [0] * size

    def leave(self, start, to):
        """A unit that is as the base is."""
        old = start + self.shift
        self.bytes[start - self.begin:to - self.begin] = self.base[old:old + to - start]
        self.next, self.before = max(self.next, to), None

    def by_map(self, start, to):
        """A unit that is as the map says."""
        self.map_alone = True
        self.go(start, to)
        self.map_alone = False

    def block(self, start, to):
        self.learn_due(start)
        self.go(start, to)

    def go(self, start, to):
        self.next = max(self.next, start)
        while self.next < to:
            new = self.next + self.chunk.begin
            region = next((r for r in self.map.layout.regions if r[1] > new), None)
            if region is None:
                return
            if region[0] > new:
                self.next = min(to, self.next + region[0] - new)
                continue
            mode = self.map.layout.modes[region[2]]
            if mode[0] == ROWS:
                self.row(region[2], mode)
            elif mode[0]:
                self.code(mode[0], mode[1], new)
            else:
                self.record(region, mode, new)

    def put(self, at, data, kind):
        at -= self.begin
        self.bytes[at:at + len(data)] = data
        if not self.map_alone:
            self.kinds[at:at + len(data)] = [kind] * len(data)

    # Targets (7.1).

    def target(self, number, v):
        """The value of the image, its class, and whether it is mapped."""
        space = self.map.layout.spaces[number]
        place = space.place(v)
        if place is None:
            return None
        if (n := self.learned(number, v)) is not None:
            return n, 0, False
        mapped = 0 if self.is_mapped(number, v) else 1
        went, covered = self.map.find(place) if place < OUTSIDE else (place, False)
        if not covered and (n := self.learned_near(number, v)) is not None:
            return n, 2, False
        value = space.value(went)
        return None if value is None else (value, mapped if covered else 2, covered)

    # Code (7.2).

    def slot(self, g):
        h = g * 0x9E3779B1 & U32
        return (h >> 12 ^ h >> 25) % self.chunk.size(8192)

    def code(self, machine, number, new):
        at, old = self.next, self.next + self.shift
        space = self.map.layout.spaces[number]

        def byte(k):
            return self.base[old + k] if 0 <= old + k < len(self.base) else 0

        found = MACHINES[machine].find(byte, old, new, space.own_old(old))
        if isinstance(found, int):
            self.next += found
            return
        field, end = at + found["skip"], at + found["skip"] + found["len"]
        to = at + found["target"] - space.own_old(old)
        if found["relative"] and end <= self.end and self.begin <= to < self.end:
            self.put(field, bytes(byte(found["skip"] + k) for k in range(found["len"])), 4 * found["kind"] + 1)
            self.next = end
            return
        target = self.target(number, found["target"]) if end <= self.end else None
        if target is None:
            self.next += found["else"]
            return
        here = space.own_new(new + found["skip"] - found["back"])
        before = bytes(byte(found["skip"] + k) for k in range(4))
        word = MACHINES[machine].write(found["form"], int.from_bytes(before, "little"), target[0], here)
        after = (word & U32).to_bytes(4, "little")
        used = found["gate"] is None or self.trust.get(self.slot(found["gate"]), 0) + found["open"] > 0
        if used:
            self.put(field, after, 4 * found["kind"] + target[1] + 1)
        gate = found["gate"] if after != before else None
        learned = used and found["learn"]
        if (learned or gate is not None) and not self.map_alone:
            self.due.append((field, 4, ("reference", machine, number, found, here, gate, used, learned, before, after, target[2])))
        self.next = end if used else self.next + found["else"]

    # Records (7.3).

    def record(self, region, mode, new):
        _, stride, columns = mode
        offset = (new - region[0]) % stride
        following = next((c["offset"] for c in columns if c["offset"] >= offset), stride)
        if following != offset:
            self.next += following - offset
            return
        here = [(k, c) for k, c in enumerate(columns) if c["offset"] == offset]
        at, old, width, order = self.next, self.next + self.shift, here[0][1]["width"], here[0][1]["order"]
        self.next += width
        if self.next > self.end:
            return
        x = signed(int.from_bytes(self.base[old:old + width], order), 8 * width)
        best, least, rated, sure = None, (1, 2), [None] * 4, True
        for n, (k, column) in enumerate(here):
            sure = sure and column["trust"] == 2
            guess = self.guess(column, x, old, new, width)
            if guess is None:
                continue
            slot = (region[2] << 6 | k) << 9 & U32 | (256 if guess[0] == x else 0) | guess[1] << 6 | self.past[n] & 63
            right, wrong = self.outcomes.get(self.slot(slot), (0, 0))
            score = 16 * right + (6 if column["trust"] == 0 else 14), 16 * (right + wrong + 1)
            rated[n] = guess[0], slot
            if column["trust"] == 2 or score[0] * least[1] > least[0] * score[1]:
                best, least = (n, guess), score
        self.before, learned = None, None
        if best:
            n, (number, kind, learned, add, mapped) = best
            self.put(at, (number & (1 << 8 * width) - 1).to_bytes(width, order), 4 * (n + 1) + kind + 1)
            if learned:
                self.before = *learned, signed(number + add)
                learned = *learned, add, number if mapped else None
        if self.map_alone:
            self.learn_by_map(sure, learned)
        elif learned or not sure and any(rated):
            self.due.append((at, width, ("field", order, rated, sure, learned)))

    def learn_by_map(self, sure, learned):
        """Learns from a unit that is as the map says."""
        if sure and learned and learned[3] is not None:
            self.learn(learned[0], learned[1], None, True)

    def guess(self, column, x, old, new, width):
        """The new number, its class, the space and old value if it is learned, what was taken, whether it is mapped."""
        kind, number = column["kind"], column["space"]
        if x == 0 and (kind != 0 or column["old"] == 0):
            return None
        space, learned, add = self.map.layout.spaces[number], None, 0
        if kind < 2:
            learned = number, signed(x + (column["old"] if kind == 0 else space.own_old(old)))
            add = column["new"] if kind == 0 else space.own_new(new)
            target = self.target(*learned)
        elif kind == 2:
            if x <= 0 or old - x < 0:
                return None
            went, covered = self.map.find(old - x)
            target = new - went, 1 if covered else 2, False
        else:
            if self.before is None:
                return None
            target, add = self.target(self.before[0], signed(self.before[1] + x)), self.before[2]
        if target is None:
            return None
        return signed(target[0] - add, 8 * width), target[1], learned, add, target[2]

    # Rows (7.4).

    def row(self, number, mode):
        at, old, rows = self.next, self.next + self.shift, self.map.rows[number]
        offset = old - rows.start
        self.next += 4 - offset % 4
        name = rows.names.get(old)
        if offset % 4 or self.next > self.end or name is None:
            return
        x = signed(int.from_bytes(self.base[old:old + 4], "little"), 32)
        space = mode[1] if name == "S" else TYPES | number
        target = None if x == 0 else self.target(space, x) if name == "S" else self.type(space, x, rows)
        if target:
            self.put(at, (target[0] & U32).to_bytes(4, "little"), (4 if name == "S" else 8) + target[1] + 1)
            learned = space, x, 0, signed(target[0], 32) if target[2] else None
            if self.map_alone:
                self.learn_by_map(True, learned)
            else:
                self.due.append((at, 4, ("field", "little", [None] * 4, True, learned)))

    def type(self, space, x, rows):
        """The new number of a type, its class, and whether it is mapped."""
        if (n := self.learned(space, x)) is not None:
            return n, 0, False
        if x < 1:
            return None
        went, covered = self.map.find(rows.place(x - 1))
        if went < 0:
            return None
        if not covered and (n := self.learned_near(space, x)) is not None:
            return n, 2, False
        n = self.map.row(went, rows) + 1
        return n, (0 if self.is_mapped(space, x) else 1) if covered else 2, covered

    # Learning (7.5).

    def learn_due(self, start):
        """Learns what is due and ends before a position, or everything."""
        waiting = []
        for at, width, due in self.due:
            if start is not None and at + width > start:
                waiting.append((at, width, due))
            elif due[0] == "reference":
                self.learn_reference(at, *due[1:])
            else:
                self.learn_field(at, width, *due[1:])
        self.due = waiting

    def learn_reference(self, at, machine, number, found, here, gate, used, learned, before, after, mapped):
        out = self.chunk.out
        new = bytes(out[at:at + 4])
        if gate is not None and new in (before, after):
            slot, step = self.slot(gate), 1 if new == after else -2 if used else -1
            self.trust[slot] = max(-5, min(20, self.trust.get(slot, 0) + step))

        def byte(k):
            return out[at + k] if 0 <= at + k < len(out) else 0

        if learned and mapped and new == after:
            self.learn(number, found["target"], None, True)
        elif learned:
            n = MACHINES[machine].read(found["form"], byte, here, found["back"])
            if n is not None and self.map.layout.spaces[number].is_value(signed(n)):
                self.learn(number, found["target"], signed(n), False)

    def learn_field(self, at, width, order, rated, sure, learned):
        x = signed(int.from_bytes(self.chunk.out[at:at + width], order), 8 * width)
        for n, guess in enumerate(rated if not sure else []):
            right = guess is not None and guess[0] == x
            self.past[n] = 2 * self.past[n] + right & U32
            if guess is not None:
                slot = self.slot(guess[1])
                counts = list(self.outcomes.get(slot, (0, 0)))
                counts[0 if right else 1] += 1
                self.outcomes[slot] = tuple(c // 2 for c in counts) if sum(counts) > 60 else tuple(counts)
        if learned:
            number, v, add, mapped = learned
            self.learn(number, v, signed(x + add), x == mapped)

    @staticmethod
    def hash(number, v, b):
        x = ((v & U64) ^ (number << 8 | b) << 32) * 0x9E3779B97F4A7C15 & U64
        x = (x ^ x >> 32) * 0xBF58476D1CE4E5B9 & U64
        return x >> 32, x & U32 | 1

    def learned(self, number, v):
        if self.map_alone:
            return None
        slot, tag = self.hash(number, v, 0)
        for known, shift in self.exact.get(slot % self.chunk.spared(2048), []):
            if known == tag:
                return signed(v + shift)
        return None

    def learned_near(self, number, v):
        for b in () if self.map_alone else (9, 14):
            slot, tag = self.hash(number, v >> b, b)
            known, shift = self.near.get(slot % self.chunk.size(2048), (0, 0))
            if known == tag:
                return signed(v + shift)
        return None

    def bits(self, number, v):
        """The word of a value in the set of mapped values, and its bits there."""
        slot, tag = self.hash(number, v, 0)
        return slot % self.chunk.spared(16_384), 1 << (tag >> 2 & 63) | 1 << (tag >> 8 & 63)

    def is_mapped(self, number, v):
        word, bits = self.bits(number, v)
        return self.mapped.get(word, 0) & bits == bits

    def learn(self, number, v, n, mapped):
        """`mapped` says whether the prediction was of a mapped value and right."""
        if mapped:
            word, bits = self.bits(number, v)
            self.mapped[word] = self.mapped.get(word, 0) | bits
            return
        shift = signed(n - v)
        if not -2**31 <= shift < 2**31:
            return
        slot, tag = self.hash(number, v, 0)
        bucket = self.exact.setdefault(slot % self.chunk.spared(2048), [])
        known = next((k for k, entry in enumerate(bucket) if entry[0] == tag), 3)
        del bucket[known:known + 1]
        bucket.insert(0, (tag, shift))
        for b in 9, 14:
            slot, tag = self.hash(number, v >> b, b)
            self.near[slot % self.chunk.size(2048)] = tag, shift
