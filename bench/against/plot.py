"""The sizes of all tools on all pairs as one SVG for light and dark mode."""
import html
import math

from .table import groups, present, smallest

WIDTH, LEFT, RIGHT, TOP, ROW, HEAD, BOTTOM = 940, 190, 200, 76, 34, 30, 46
# Mark and its colour on light and on dark; tools of one colour family never share a mark.
MARKS = {"pkg": ("diamond", "#c2185b", "#ff6fa5"), "hdiffpatch": ("circle", "#1565c0", "#6ab0ff"),
         "detools": ("square", "#00796b", "#4fd1bd"), "bsdiff": ("triangle", "#b45f06", "#ffb55c"),
         "zstd": ("circle", "#6a3fb5", "#b79bff"), "xdelta3": ("square", "#8a6d00", "#e3c93f"),
         "rdiff": ("triangle", "#5f6b76", "#a3b0bc"), "zchunk": ("cross", "#2e7d32", "#7fd184"),
         "casync": ("cross", "#b3261e", "#ff8a80")}


def sizes(pairs, best):
    tools = present(best)
    percents = [100 * result.size / pair.new_size for pair in pairs for result in best.get(pair.name, {}).values()]
    if not percents:
        return '<svg xmlns="http://www.w3.org/2000/svg"/>\n'
    axis = Axis(min(percents))
    some = list(groups(pairs))
    height = TOP + sum(HEAD + ROW * len(members) for _, members in some) + BOTTOM
    bands, body, y = [], [], TOP
    for title, members in some:
        body.append(text(12, y + 20, title, "head"))
        y += HEAD
        for at, pair in enumerate(sorted(members, key=lambda pair: share(pair, best, smallest(best.get(pair.name, {}))))):
            if at % 2 == 0:
                bands.append(f'<rect class="band" width="{WIDTH}" height="{ROW}" y="{y}"/>')
            body += row(pair, best.get(pair.name, {}), tools, axis, y)
            y += ROW
    return "\n".join([head(height), *bands, *axis.grid(TOP, y), *legend(tools), *body, axis_label(y), "</svg>", ""])


class Axis:
    """Per cent of the new image, logarithmic, from the tick below the least to 100."""
    TICKS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100]

    def __init__(self, least):
        self.low = max([tick for tick in self.TICKS if tick <= least], default=self.TICKS[0])

    def x(self, percent):
        part = math.log(max(percent, self.low) / self.low) / math.log(100 / self.low)
        return LEFT + part * (WIDTH - LEFT - RIGHT)

    def grid(self, top, bottom):
        for tick in self.TICKS:
            if tick >= self.low:
                x = self.x(tick)
                yield f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{top}" y2="{bottom}"/>'
                yield text(x, bottom + 16, f"{tick:g} %", "tick", "middle")


def share(pair, best, tool):
    result = best.get(pair.name, {}).get(tool)
    return result.size / pair.new_size if result else 1


def row(pair, of_pair, tools, axis, y):
    middle = y + ROW / 2
    yield text(LEFT - 12, middle - 1, pair.name, "name", "end")
    yield text(LEFT - 12, middle + 12, f"{pair.new_size / 1e6:.1f} MB", "tick", "end")
    ours, peer = of_pair.get("pkg"), smallest(of_pair)
    if ours and peer:
        ends = [axis.x(100 * result.size / pair.new_size) for result in (ours, of_pair[peer])]
        yield f'<line class="lead" x1="{ends[0]:.1f}" x2="{ends[1]:.1f}" y1="{middle}" y2="{middle}"/>'
    for tool in reversed(tools):  # ours on top
        if tool in of_pair:
            result = of_pair[tool]
            # Marks that coincide stay apart by their height: half above, half below the middle, ours on it.
            lift = 0 if tool == "pkg" else (-1, 1)[tools.index(tool) % 2] * (3 + tools.index(tool) // 2 * 1.5)
            note = f"{tool}: {result.size:,} bytes, {100 * result.size / pair.new_size:.2f} %, {result.setting}"
            yield mark(tool, axis.x(100 * result.size / pair.new_size), middle + lift, note)
    if ours and peer:
        yield text(WIDTH - RIGHT + 22, middle + 4, f"{ours.size / of_pair[peer].size:.2f} × {peer}", "verdict")
    elif peer:
        yield text(WIDTH - RIGHT + 22, middle + 4, peer, "verdict")


def mark(tool, x, y, note):
    shape = MARKS[tool][0]
    r = 6.5 if tool == "pkg" else 4.2
    if shape == "circle":
        drawn = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r}"'
    elif shape == "square":
        drawn = f'<rect x="{x - r + .6:.1f}" y="{y - r + .6:.1f}" width="{2 * r - 1.2:.1f}" height="{2 * r - 1.2:.1f}"'
    else:
        corners = {"diamond": [(0, -r), (r, 0), (0, r), (-r, 0)],
                   "triangle": [(0, -r), (r, r * .8), (-r, r * .8)],
                   "cross": [(0, -1.6), (r - 1.6, -r), (r, 1.6 - r), (1.6, 0), (r, r - 1.6), (r - 1.6, r),
                             (0, 1.6), (1.6 - r, r), (-r, r - 1.6), (-1.6, 0), (-r, 1.6 - r), (1.6 - r, -r)]}[shape]
        drawn = '<polygon points="' + " ".join(f"{x + dx:.1f},{y + dy:.1f}" for dx, dy in corners) + '"'
    return f'{drawn} class="mark {tool}"><title>{html.escape(note)}</title></{drawn[1:].split()[0]}>'


def legend(tools):
    yield text(12, 24, "Delta patches: bytes to transfer, in per cent of the new image", "title")
    x = 18
    for tool in tools:
        yield mark(tool, x, 49, tool)
        yield text(x + 11, 53, tool, "name")
        x += 30 + 7 * len(tool)
    yield text(WIDTH - RIGHT + 22, 53, "ours : the best peer" if "pkg" in tools else "the best peer", "tick")


def axis_label(y):
    return text(LEFT + (WIDTH - LEFT - RIGHT) / 2, y + 36, "patch, per cent of the new image (logarithmic; left is better)",
                "tick", "middle")


def text(x, y, words, kind, anchor="start"):
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{html.escape(words)}</text>'


def head(height):
    light = "\n".join(f".{tool} {{ fill: {colour} }}" for tool, (_, colour, _) in MARKS.items())
    dark = "\n".join(f".{tool} {{ fill: {colour} }}" for tool, (_, _, colour) in MARKS.items())
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img" aria-label="Patch sizes of all tools on all pairs">
<style>
text {{ font: 12px system-ui, "Segoe UI", "DejaVu Sans", sans-serif; fill: #1d2329 }}
.title {{ font-size: 15px; font-weight: 600 }}
.head, .verdict {{ font-weight: 600 }}
.tick {{ font-size: 11px; fill: #56616c }}
.page {{ fill: #ffffff }} .band {{ fill: #f3f5f7 }} .grid {{ stroke: #d3d9df }}
.lead {{ stroke: #c2185b; stroke-width: 2 }}
.mark {{ stroke: #ffffff; stroke-width: .8 }}
{light}
@media (prefers-color-scheme: dark) {{
text {{ fill: #e6eaee }} .tick {{ fill: #a3aeb9 }}
.page {{ fill: #14181d }} .band {{ fill: #1c2228 }} .grid {{ stroke: #39424c }}
.lead {{ stroke: #ff6fa5 }} .mark {{ stroke: #14181d }}
{dark}
}}
</style>
<rect class="page" width="{WIDTH}" height="{height}"/>"""
