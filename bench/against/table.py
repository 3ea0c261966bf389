"""The report in Markdown."""
import math

from . import pairs as kinds
from . import peers, rows

ABSENT = "–"


def report(told, pairs, raw):
    best = rows.results(raw)
    parts = [told + "\n"]
    for title, some in groups(pairs):
        parts += [f"### {title}\n", comparison(some, best), sizes(some, best)]
    parts += ["### The settings that were best\n", settings(pairs, best), failures(raw), kinds.RULE + " Shares: "
              + ", ".join(f"{pair.name} {pair.dense:.0%}" for pair in pairs) + ".\n"]
    return "\n".join(part for part in parts if part)


def groups(pairs):
    for title, compressed in (("Uncompressed images", False), ("Compressed images", True)):
        some = [pair for pair in pairs if pair.compressed == compressed]
        if some:
            yield title, some


def lines(head, body):
    table = [head, ["---"] * len(head), *body]
    return "\n".join("| " + " | ".join(map(str, cells)) + " |" for cells in table) + "\n"


def smallest(of_pair):
    """Name of the peer with the smallest patch, or None."""
    return min((tool for tool in of_pair if tool != "pkg"), key=lambda tool: of_pair[tool].size, default=None)


def comparison(pairs, best):
    body, ratios = [], {"size": [], "CPU seconds of making": [], "seconds of applying, to bspatch's": []}
    for pair in pairs:
        of_pair = best.get(pair.name, {})
        ours, peer, bspatch = of_pair.get("pkg"), smallest(of_pair), of_pair.get("bsdiff")
        theirs = of_pair.get(peer)
        if ours and theirs:
            for kept, a, b in zip(ratios.values(), (ours.size, ours.make["cpu_s"], ours.apply["wall_s"]),
                                  (theirs.size, theirs.make["cpu_s"], bspatch and bspatch.apply["wall_s"])):
                if a and b:
                    kept.append(a / b)
        body.append([pair.name, f"{pair.new_size:,}", f"{ours.size:,}" if ours else ABSENT,
                     f"{theirs.size:,} ({peer})" if theirs else ABSENT,
                     f"**{ours.size / theirs.size:.3f}**" if ours and theirs else ABSENT,
                     figures("make", "cpu_s", seconds, ours, theirs),
                     figures("make", "peak_mib", mib, ours, theirs),
                     figures("apply", "wall_s", seconds, ours, bspatch, theirs),
                     figures("apply", "peak_mib", mib, ours, bspatch, theirs)])
    head = ["pair", "new", "ours", "best peer", "ratio", "making, CPU s: ours / that peer", "peak MiB",
            "applying, s: ours / bspatch / that peer", "peak MiB"]
    means = [f"{what} **{geometric_mean(some):.3f}** ({len(some)} pairs)" for what, some in ratios.items() if some]
    return lines(head, body) + (f"\nGeometric means of the ratios: {'; '.join(means)}.\n" if means else "")


def figures(step, what, form, *results):
    return " / ".join(form(getattr(result, step)[what]) if result else ABSENT for result in results)


def seconds(value):
    return f"{value:.3f}" if value < 1 else f"{value:.1f}"


def mib(value):
    return f"{value:.0f}"


def geometric_mean(ratios):
    return math.exp(sum(map(math.log, ratios)) / len(ratios))


def sizes(pairs, best):
    """Every tool at its best, in bytes."""
    tools = present(best)
    body = [[pair.name, *(f"{best[pair.name][tool].size:,}" if tool in best.get(pair.name, {}) else ABSENT
                          for tool in tools)] for pair in pairs]
    return "Bytes of each tool's smallest patch:\n\n" + lines(["pair", *tools], body)


def present(best):
    return [tool for tool in peers.TOOLS if any(tool in of_pair for of_pair in best.values())]


def settings(pairs, best):
    body = [[pair.name, tool, f"`{result.setting}`"]
            for pair in pairs for tool, result in best.get(pair.name, {}).items() if tool == smallest(best[pair.name])]
    return lines(["pair", "best peer", "setting"], body)


def failures(raw):
    """Reported once for each setting: too slow, unable, or wrong."""
    told = {(row["pair"], row["tool"], row["setting"], row["step"], row["failure"]) for row in raw if row["failure"]}
    if not told:
        return "Every patch of every tool reproduced its image.\n"
    return "### What failed\n\n" + lines(["pair", "tool", "setting", "step", "what happened"], sorted(told))
