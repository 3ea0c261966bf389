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
    body, ratios = [], []
    for pair in pairs:
        of_pair = best.get(pair.name, {})
        ours, peer = of_pair.get("pkg"), smallest(of_pair)
        theirs = of_pair.get(peer)
        if ours and theirs:
            ratios.append(ours.size / theirs.size)
        ratio = f"**{ratios[-1]:.3f}**" if ours and theirs else ABSENT
        body.append([pair.name, f"{pair.new_size:,}", f"{ours.size:,}" if ours else ABSENT,
                     f"{theirs.size:,} ({peer})" if theirs else ABSENT, ratio,
                     *(figures(step, what, form, some)
                       for step, what, form, some in (
                           ("make", "cpu_s", ".2f", (ours, theirs)),
                           ("make", "peak_mib", ".0f", (ours, theirs)),
                           ("apply", "wall_s", ".2f", (ours, of_pair.get("bsdiff"), theirs)),
                           ("apply", "peak_mib", ".0f", (ours, of_pair.get("bsdiff"), theirs))))])
    head = ["pair", "new", "ours", "best peer", "ratio", "making, CPU s: ours / that peer", "peak MiB",
            "applying, s: ours / bspatch / that peer", "peak MiB"]
    mean = f"\nGeometric mean of the ratios: **{geometric_mean(ratios):.3f}** over {len(ratios)} pairs.\n" if ratios else ""
    return lines(head, body) + mean


def figures(step, what, form, results):
    return " / ".join(format(getattr(result, step)[what], form) if result else ABSENT for result in results)


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
    """Said once for a setting: too slow, not able to, or wrong."""
    told = {(row["pair"], row["tool"], row["setting"], row["step"], row["failure"]) for row in raw if row["failure"]}
    if not told:
        return "Every patch of every tool reproduced its image.\n"
    return "### What failed\n\n" + lines(["pair", "tool", "setting", "step", "what happened"], sorted(told))
