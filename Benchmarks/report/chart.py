"""Draws the chart of the README from the JSON of a run: python3 chart.py NUMBERS.json CHART.svg

Jobs per second on a logarithmic scale, one group for each promise, because numbers of different promises are not comparable.
"""

import json
import math
import sys
from xml.sax.saxutils import escape

WIDTH, LEFT, RIGHT, BAR, GAP, HEAD = 860, 290, 90, 18, 6, 34
OURS, OTHERS, TEXT, FAINT = "#2f6f8f", "#b8bec6", "#30363d", "#8b949e"


def groups(metrics):
    """(title, [(name, jobs per second, whether it is ours)]) for each promise."""
    found = []
    memory = metrics.get("peers.nightjar_memory.run")
    if memory:
        found.append(("this process: enqueue and run at once", rows(memory, "Nightjar, memory", memory["durability"])))
    for system, title in (
        ("nightjar_sqlite", "SQLite, WAL, synchronous=NORMAL: drain, 10 in flight"),
        ("nightjar_sqlite_full", "a disk, an fsync for each commit: drain, 10 in flight"),
    ):
        drain = metrics.get(f"peers.{system}.drain10")
        if drain:
            found.append((title, rows(drain, "Nightjar, SQLite", drain["durability"])))
    drain = metrics.get("peers.nightjar_sqlite.drain10")
    if drain:
        servers = [
            (f"{name} ({numbers['durability']})", numbers["rate"], False)
            for name, numbers in drain["peers"].items()
            if numbers["durability"] != drain["durability"]
        ]
        found.append(("for scale, other promises: drain, 10 in flight", sorted(servers, key=lambda row: -row[1])))
    return [(title, members) for title, members in found if members]


def rows(metric, own, durability):
    others = [
        (name, numbers["rate"], False)
        for name, numbers in metric["peers"].items()
        if numbers["durability"] == durability
    ]
    return sorted([(own, metric["value"], True)] + others, key=lambda row: -row[1])


def readable(value):
    digits = 0 if value >= 10 else 1
    return f"{value:,.{digits}f}".replace(",", " ")


def draw(document):
    found = groups(document["metrics"])
    least = 10
    most = max(value for _, members in found for _, value, _ in members)
    span = math.log10(most * 1.2 / least)
    room = WIDTH - LEFT - RIGHT

    def length(value):
        return max(2, math.log10(max(value, least * 1.05) / least) / span * room)

    lines, y = [], 20
    for title, members in found:
        lines.append(f'<text x="8" y="{y + 8}" font-weight="600" fill="{TEXT}">{escape(title)}</text>')
        y += HEAD - 12
        for name, value, is_ours in members:
            color = OURS if is_ours else OTHERS
            weight = "600" if is_ours else "400"
            middle = y + BAR - 5
            lines.append(
                f'<text x="{LEFT - 8}" y="{middle}" text-anchor="end" font-weight="{weight}" fill="{TEXT}">'
                f"{escape(name)}</text>"
            )
            lines.append(f'<rect x="{LEFT}" y="{y}" width="{length(value):.1f}" height="{BAR}" fill="{color}"/>')
            lines.append(
                f'<text x="{LEFT + length(value) + 6:.1f}" y="{middle}" font-weight="{weight}" fill="{TEXT}">'
                f"{readable(value)}</text>"
            )
            y += BAR + GAP
        y += HEAD - 14
    machine = document["machine"]
    foot = f"jobs per second, logarithmic; {machine.get('cores', '?')} cores, {machine.get('processor', '')}"
    lines.append(f'<text x="8" y="{y}" fill="{FAINT}">{escape(foot)}</text>')
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y + 14}" width="{WIDTH}" '
        'font-family="system-ui, sans-serif" font-size="12">'
    )
    return "\n".join([head, f'<rect width="{WIDTH}" height="{y + 14}" fill="#ffffff"/>', *lines, "</svg>", ""])


def main():
    numbers, chart = sys.argv[1:]
    with open(numbers) as file:
        document = json.load(file)
    with open(chart, "w") as file:
        file.write(draw(document))


if __name__ == "__main__":
    main()
