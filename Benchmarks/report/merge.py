"""Puts the JSON of several parts, or of several runs of them, into one file: python3 merge.py OUT PART…

A number that was taken several times becomes its median, and its spread covers all of them. Fails if one of the numbers
is missing that every whole run has (see names.py).
"""

import json
import statistics
import sys

from names import complaints


def middle(takes):
    """One metric of several takes of it: the middle one, with a spread over all of them."""
    takes = [take for take in takes if isinstance(take.get("value"), (int, float))] or takes
    if len(takes) == 1:
        return {"spread": None, "peers": {}, **takes[0]}
    ordered = sorted(takes, key=lambda take: take["value"])
    chosen = dict(ordered[(len(ordered) - 1) // 2])
    value = statistics.median(take["value"] for take in ordered)
    apart = (ordered[-1]["value"] - ordered[0]["value"]) / 2 / abs(value) if value else 0
    chosen["value"] = value
    chosen["spread"] = max([apart] + [take["spread"] for take in takes if take.get("spread") is not None])
    chosen["takes"] = [take["value"] for take in takes]
    if chosen.get("goal") is not None:
        # Which way is better is known from a take: it is met exactly on one side of the goal.
        upward = (takes[0]["value"] >= takes[0]["goal"]) == takes[0]["met"]
        chosen["met"] = value >= chosen["goal"] if upward else value <= chosen["goal"]
    return chosen


def main():
    out, *paths = sys.argv[1:]
    whole = {"machine": {}, "versions": {}, "metrics": {}, "absent": {}}
    takes, peers = {}, {}
    for path in paths:
        with open(path) as file:
            part = json.load(file)
        # Each part starts at a load of its own, and each number has the load it was taken at.
        whole["machine"].update({key: value for key, value in part.get("machine", {}).items() if key != "load"})
        whole["versions"].update(part.get("versions", {}))
        whole["absent"].update(part.get("absent", {}))
        for name, metric in part.get("metrics", {}).items():
            takes.setdefault(name, []).append(metric)
        for name, others in part.get("peersOf", {}).items():
            peers.setdefault(name, {}).update(others)
    whole["metrics"] = {name: middle(found) for name, found in takes.items()}
    for name, others in peers.items():
        if name in whole["metrics"]:
            whole["metrics"][name]["peers"] = {**whole["metrics"][name].get("peers", {}), **others}
    with open(out, "w") as file:
        json.dump(whole, file, indent=2, sort_keys=True, ensure_ascii=False)
        file.write("\n")
    lacking = complaints(whole)
    for sentence in lacking:
        print(f"{out}: {sentence}.", file=sys.stderr)
    sys.exit(1 if lacking else 0)


if __name__ == "__main__":
    main()
