"""Layouts that are drawn (DELTA.md 5): spaces, modes and regions, the base that they describe, and their numbers."""

import layouts_base
from delta_layout import OUTSIDE, ROWS, Space
from delta_machines import MACHINES
from delta_models import signed
from layouts_coder import coded

RECORDS = 0
# Numbers at which something begins or ends to be allowed, and some others.
EDGES = (0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 4095, 4096, 2**32, OUTSIDE, 2**61, 2**62 - 1, 2**63 - 2)


class Drawn:
    """A layout and a base. `fault` is what is wrong with it: "number" if one of its numbers is another; or what there
    are too many of, "pieces", "columns", "candidates" or "rows"; anything else is not the layout's."""

    def __init__(self, dice, fault):
        self.dice, self.fault, self.popular = dice, fault, {}
        few = dice.choice((0, 1, 1, 2, 2, 3, 5)) if fault is None else dice.choice((1, 2, 3))
        self.pinned = []  # regions with rows whose strings are behind them
        self.modes = self.kinds(few)
        self.base = self.sections()
        most = dice.choice((60, *[2 * len(self.base)] * 7))
        self.image = dice.randrange(most // 4 + 1, most + 2)
        cuts = sorted(dice.randrange(self.image + 1) for _ in range(dice.choice((4, 7, 10))))
        self.spans = [span for span in map(range, cuts, cuts[1:]) if span]
        dice.shuffle(self.spans)
        strings = [k for k, mode in enumerate(self.modes) if mode[0] == ROWS]
        count = 0 if not self.modes and dice.random() < 0.7 else dice.choice((1, 2, 3))
        self.spaces = [self.space(k) for k in strings[:3]] + [self.space(None) for _ in range(count)]
        self.finish_modes(strings)
        self.regions = self.draw_regions()
        self.fill()
        self.numbers = self.listed()
        if fault == "number" and self.numbers:
            self.spoil()

    # The base.

    def kinds(self, count):
        """What each mode is: the number of a machine, records, or rows."""
        kinds = [self.dice.choice((RECORDS, RECORDS, RECORDS, ROWS, ROWS, *MACHINES)) for _ in range(count)]
        more = {"rows": [ROWS] * 9, "columns": [RECORDS], "candidates": [RECORDS]}
        return [(kind,) for kind in kinds + more.get(self.fault, [])]

    def sections(self):
        """Bytes with a place for what each mode finds. `parts` has those places, with those of the strings."""
        dice, base, self.parts = self.dice, bytearray(dice_bytes(self.dice, 40)), {}
        order = list(range(len(self.modes)))
        dice.shuffle(order)
        for k in order:
            if self.modes[k][0] == ROWS:
                rows, strings = layouts_base.rows(dice, dice.choice((0, 3, 12, 40)) if k < 3 else 2)
                base += dice_bytes(dice, 12)
                middle = len(base) + len(rows)
                self.parts[k] = range(len(base), middle), range(middle, middle + len(strings))
                base += rows + strings
            else:
                base += bytes(dice.choice((-len(base) % 4, -len(base) % 4, -len(base) % 4, 1, 2)))
                self.parts[k] = range(len(base), len(base) + dice.randrange(30, 700)), None
                base += bytes(dice.randrange(4) for _ in self.parts[k][0])
        return base + dice_bytes(dice, 400) + b"\0"

    def fill(self):
        for k, mode in enumerate(self.modes):
            section = self.parts[k][0]
            if mode[0] in MACHINES:
                space = self.spaces[mode[1]]
                layouts_base.code(self.dice, mode[0], space, lambda: self.value(mode[1]), self.base, section)
            elif mode[0] == RECORDS:
                layouts_base.records(self.dice, mode, self.spaces, self.value, self.base, section)

    def value(self, number):
        """A value of a space of the base, of which some come often."""
        known = self.popular.setdefault(number, [])
        if len(known) < 6 or self.dice.random() < 0.4:
            space = self.spaces[number]
            value, _, length = self.dice.choice(space.base or [(0, 0, 1)])
            known.append(signed(value + self.dice.randrange(max(1, length)) // space.scale))
        return self.dice.choice(known[:6] + known[-1:])

    def like(self, at, table):
        """A place of the base whose bytes are what a place of the image should hold."""
        dice = self.dice
        if table is not None and dice.random() < 0.8:
            if at in table.new_rows and table.rows.begins:
                return dice.choice(table.rows.begins) + dice.choice((0, 0, 0, 4, 1))
            if at in table.new_strings and table.strings:
                return dice.choice(table.strings)
        for start, end, mode in self.regions:
            section = self.parts[mode][0]
            if start <= at < end and section and dice.random() < 0.85:
                # Records begin with their region, instructions with a word of the file.
                records = self.modes[mode][0] == RECORDS
                step, ahead = (self.modes[mode][1], section.start - start) if records else (4, 0)
                place = dice.choice(section)
                return place - (place - at - ahead) % step if dice.random() < 0.9 else place
        return dice.randrange(len(self.base))

    def to_border(self, at):
        """How many bytes there are to the next place where a region begins or ends."""
        return min((border - at for region in self.regions for border in region[:2] if border > at), default=self.image)

    # The parts of the layout.

    def space(self, rows):
        """A space. If it is of the strings of a mode of rows, both mostly have places."""
        dice, base, image = self.dice, [], []
        few = dice.choice((0, 1, 1, 2, 3, 4, 8, 16))
        scale = 1 if rows is not None or dice.random() < 0.7 else dice.choice((2, 3, 4, 8, 24, 4096))
        start = dice.choice((0, 0, 0x1000 - 200, 0x1000 - 200, 0x8010000, 0x8010000, -300, 2**40 + 7, 2**61 - 9000))
        if rows is not None and dice.random() < 0.9:
            strings = self.parts[rows][1]
            base = [(0, strings.start, len(strings))]
            if self.spans and dice.random() < 0.9:
                image = [(0, *self.new_strings(rows, self.spans.pop()))]
        elif few and dice.random() < 0.8:
            base, image = [(start, 0, len(self.base))], [(start + dice.choice((0, 40)), 0, self.image)]
        limit = dice.choice((few, few, 16)) if dice.random() < 0.9 else 0
        while len(base) < few:
            base.append(self.piece(base, start, scale, len(self.base)))
        start += dice.choice((0, 0, 16, 1000, -8))
        while len(image) < limit:
            # What is outside means the same in both.
            like = base[len(image)] if len(image) < len(base) else (0, 0, 0)
            outside = like[1] >= OUTSIDE and dice.random() < 0.8
            image.append(like if outside else self.piece(image, start, scale, self.image))
        if self.fault == "pieces":
            dice.choice((base, image)).extend([(0, 0, 0)] * 17)
        return Space(scale, base, image)

    def new_strings(self, rows, span):
        """Where strings of the image are: offset and length. They may reach into other ones, or into rows."""
        if len(span) > 1 and self.dice.random() < 0.8:
            middle = self.dice.randrange(span.start + 1, span.stop)
            self.pinned.append((span.start, middle, rows))
            span = range(middle, span.stop)
        longer = self.dice.choice((0, 0, 0, 60))
        return span.start, min(len(span) + longer, self.image - span.start)

    def piece(self, before, start, scale, end):
        """A piece of a file: all of it, one that touches the one before, any, one of no bytes, or one outside."""
        dice, way = self.dice, self.dice.random()
        offset, length, value = 0, end, start + dice.choice((0, 0, 0, 0, 50, 2**33, -2**61))
        if way < 0.25 and before:
            first, offset, length = before[-1]
            value, offset = first + length // scale, offset + length
            most = end - offset if offset < OUTSIDE else 500
            length = dice.randrange(max(0, most) // 2 + 1)
        elif way < 0.6:
            offset = dice.randrange(end)
            length = dice.randrange(end - offset + 1)
            value += offset // scale
        elif way < 0.65:
            offset, length = dice.randrange(end + 1), 0
        elif way < 0.8:
            offset, length = OUTSIDE + dice.choice((0, 5, 300, 2**61)), dice.randrange(1, 2000)
        return max(-2**61, value), offset, length

    def finish_modes(self, strings):
        """The parts of modes that need spaces."""
        dice = self.dice
        for k, (kind,) in enumerate(self.modes):
            any_space = dice.randrange(len(self.spaces))
            if kind == RECORDS:
                stride = dice.choice((1, 4, 8, 12, 16, 24, 40, dice.randrange(1, 64), 4096))
                self.modes[k] = kind, stride, self.columns(stride)
            elif kind == ROWS:
                own = strings.index(k)
                section, cut = self.parts[k][0], dice.choice((0, 0, 0, 0, 0, 4, 7, 30))
                start, length = section.start + min(cut, len(section)), max(0, len(section) - cut * dice.randrange(4))
                length = min(length, len(self.base) - start)
                self.modes[k] = kind, own if own < 3 and dice.random() < 0.9 else any_space, start, length
            else:
                self.modes[k] = kind, any_space

    def columns(self, stride):
        dice, columns, end = self.dice, [], 0
        most = 33 if self.fault == "columns" else 5 if self.fault == "candidates" else dice.choice((0, 1, 4, 8, 32))
        while len(columns) < most:
            same = columns and sum(c["offset"] == columns[-1]["offset"] for c in columns) < 4 and dice.random() < 0.45
            if self.fault in ("columns", "candidates") and columns:
                same = True
            if not same:
                gap = dice.choice((0, 0, 0, 1, 4))
                width = dice.choice((1, 2, 4, 4, 4, 8, 8, dice.randrange(1, 9)))
                if end + gap + width > stride:
                    break
                before = (end + gap, width, dice.choice(("little", "little", "big")))
                end += gap + width
            offset, width, order = before
            column = {"offset": offset, "width": width, "order": order, "kind": dice.choice((0, 0, 1, 2, 3)),
                      "trust": dice.randrange(3), "space": 0, "old": 0, "new": 0}
            if column["kind"] < 2:
                column["space"] = dice.randrange(len(self.spaces))
            if column["kind"] == 0:
                self.add(column)
            columns.append(column)
        return columns

    def add(self, column):
        """What is added to a column: small numbers stand for values that are far from 0."""
        space, dice = self.spaces[column["space"]], self.dice
        first = [pieces[0][0] if pieces else 0 for pieces in (space.base, space.image)]
        if column["width"] < 4 or dice.random() < 0.3:
            column["old"], column["new"] = first
        elif dice.random() < 0.2:
            column["old"], column["new"] = dice.randrange(-50, 50), dice.randrange(-50, 50)
        column["new"] += dice.choice((0, 0, 0, 2, -1))

    def draw_regions(self):
        dice = self.dice
        known = list(range(len(self.modes)))
        if len(known) > 1 and dice.random() < 0.2:
            known.remove(dice.choice(known))  # a mode of rows without a region may have strings
        if known and dice.random() < 0.2:
            return [(0, self.image, dice.choice(known))]
        spans = self.spans[:dice.choice((1, 9, 9))] if known else []
        return sorted(self.pinned + [(span.start, span.stop, dice.choice(known)) for span in spans])

    # Their numbers.

    def listed(self):
        """The numbers of the layout, each with what it counts (DELTA.md 5)."""
        if not self.spaces:
            return [(0, 0)]
        numbers = [(0, len(self.spaces))]
        for space in self.spaces:
            numbers += [(1, space.scale - 1), (0, len(space.base))]
            value, offset = 0, 0
            for piece in space.base:
                numbers += pieces(2, (value, offset, 0), piece)
                value, offset = piece[0] + piece[2], piece[1] + piece[2]
            numbers.append((0, len(space.image)))
            for k, piece in enumerate(space.image):
                numbers += pieces(5, space.base[k] if k < len(space.base) else (0, 0, 0), piece)
        numbers.append((0, len(self.modes)))
        for mode in self.modes:
            numbers.append((8, mode[0]))
            if mode[0] == RECORDS:
                numbers += [(10, mode[1] - 1), (0, len(mode[2]))]
                numbers += [number for k, column in enumerate(mode[2]) for number in self.column(column, mode[2][:k])]
            else:
                numbers.append((9, mode[1]))
                numbers += [(20, mode[2]), (21, mode[3])] if mode[0] == ROWS else []
        numbers.append((0, len(self.regions)))
        end = 0
        for start, stop, mode in self.regions:
            numbers += [(17, start - end), (18, stop - start), (19, mode)]
            end = stop
        return numbers

    def column(self, column, before):
        last, numbers = before[-1] if before else None, []
        if last and last["offset"] == column["offset"]:
            numbers = [(11, 0)]
        else:
            skip = column["offset"] - (last["offset"] + last["width"] if last else 0) + 1
            if not last and skip == 1 and self.dice.random() < 0.5:
                skip = 0
            numbers = [(11, skip), (12, column["width"] - 1 + (8 if column["order"] == "big" else 0))]
        numbers += [(13, column["kind"]), (14, column["trust"])]
        numbers += [(9, column["space"])] if column["kind"] < 2 else []
        if column["kind"] == 0:
            numbers += [(15, coded(column["old"])), (16, coded(column["new"] - column["old"]))]
        return numbers

    def spoil(self):
        """Makes one number another."""
        dice, place = self.dice, self.dice.randrange(len(self.numbers))
        what, number = self.numbers[place]
        # No list is so long that drawing it takes long.
        edges = (0, 17, 33, 2**33, 2**61) if what == 0 else (*EDGES, number + 2, dice.getrandbits(62))
        self.numbers[place] = what, dice.choice((*edges, number + 1))

    def number(self, what):
        """The next number. If those drawn do not fit any more, since one of them was made another, a small one."""
        while self.numbers and self.numbers[0][0] != what and self.fault == "number":
            self.numbers.pop(0)
        if not self.numbers:
            assert self.fault == "number", what
            return self.dice.randrange(3)
        expected, number = self.numbers.pop(0)
        assert expected == what, (expected, what)
        return number

    def summary(self):
        names = {RECORDS: "records", ROWS: "rows"}
        modes = " ".join(names.get(mode[0], f"machine-{mode[0]}") for mode in self.modes)
        return f"{len(self.spaces)} spaces, modes: {modes or 'none'}, {len(self.regions)} regions"


def dice_bytes(dice, most):
    return dice.randbytes(dice.randrange(most))


def pieces(what, like, piece):
    return [(what + k, coded(signed(piece[k] - like[k]))) for k in range(3)]
