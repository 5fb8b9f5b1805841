"""Writes the table of the README from the JSON of a run: python3 table.py NUMBERS.json README.md

What stands between the two marks is replaced; everything else is a person's.
"""

import json
import sys

from names import REQUIRED

BEGIN, END = "<!-- numbers -->", "<!-- end of numbers -->"
AT_MOST = ("Microseconds", "Milliseconds", "bytesPer", "P99Ratio", "idle.", "recovery.")


def readable(value):
    if value is None:
        return "–"
    size = abs(value)
    digits = 0 if size >= 100 else 1 if size >= 10 else 2
    return f"{value:,.{digits}f}".replace(",", " ")


def row(name, metric):
    sign = "≤" if any(part in name for part in AT_MOST) else "≥"
    spread = f" ±{metric['spread'] * 100:.0f} %" if metric.get("spread") else ""
    met = "✓" if metric["met"] else "✗"
    return (
        f"| `{name}` | {metric['title'].strip()} | {readable(metric['value'])} {metric['unit']}{spread} | "
        f"{sign} {readable(metric['goal'])} | {met} | {metric.get('durability') or ''} | {readable(metric.get('load'))} |"
    )


def peers_of(metrics):
    lines = []
    for work, title in (
        ("enqueue1", "enqueue, one caller"), ("enqueue64", "enqueue, 64 callers"), ("bulk", "enqueue in bulk"),
        ("drain1", "drain, 1 in flight"), ("drain10", "drain, 10 in flight"), ("drain100", "drain, 100 in flight"),
        ("run", "enqueue and run at once"), ("pickup", "pick-up, p50"), ("idle", "idle worker"),
        ("recovery", "`kill -9` to running again"),
    ):  # fmt: skip
        seen = {}
        for name, metric in metrics.items():
            if not name.startswith("peers.") or not name.endswith(f".{work}"):
                continue
            system = metric["title"].split(": ", 1)[1]
            seen[system] = (metric["durability"], metric["value"], True)
            for other, numbers in metric["peers"].items():
                key = {"pickup": "p50", "idle": "cpu", "recovery": "seconds"}.get(work, "rate")
                seen[other] = (numbers["durability"], numbers[key], False)
        for system, (durability, value, _) in sorted(seen.items(), key=lambda item: (item[1][0], item[0])):
            unit = {"pickup": "ms", "idle": "% of a core", "recovery": "s"}.get(work, "jobs/s")
            shown = "not within the limit" if value is None else f"{readable(value)} {unit}"
            lines.append(f"| {title} | {durability} | {system} | {shown} |")
    return lines


def table(document):
    machine, metrics = document["machine"], document["metrics"]
    versions = ", ".join(f"{name} {version}" for name, version in sorted(document["versions"].items()))
    lines = [
        f"{machine['processor']}, {machine['cores']} cores, {machine['system']}. {versions}.",
        "",
        "| name | what | measured | goal | | promise | load |",
        "|---|---|---|---|---|---|---|",
        *[row(name, metrics[name]) for name in REQUIRED],
        "",
        "![Jobs per second, beside others](chart.svg)",
        "",
        "| work | promise | system | |",
        "|---|---|---|---|",
        *peers_of(metrics),
    ]
    if document["absent"]:
        absent = "; ".join(f"{name}: {reason}" for name, reason in sorted(document["absent"].items()))
        lines += ["", f"Not measured: {absent}."]
    return "\n".join(lines)


def filled(text, document):
    """The README with the table in it."""
    before, rest = text.split(BEGIN, 1)
    _, after = rest.split(END, 1)
    return f"{before}{BEGIN}\n{table(document)}\n{END}{after}"


def main():
    numbers, readme = sys.argv[1:]
    with open(numbers) as file:
        document = json.load(file)
    with open(readme) as file:
        text = file.read()
    with open(readme, "w") as file:
        file.write(filled(text, document))


if __name__ == "__main__":
    main()
