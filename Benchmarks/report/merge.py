"""Puts the JSON of several parts into one file: python3 merge.py OUT PART…"""

import json
import sys

out, *parts = sys.argv[1:]
whole = {"machine": {}, "versions": {}, "metrics": {}, "absent": {}}
for path in parts:
    with open(path) as file:
        part = json.load(file)
    # Each part starts at a load of its own, and each number has the load it was taken at.
    machine = {key: value for key, value in part.get("machine", {}).items() if key != "load"}
    whole["machine"].update(machine)
    for key in ("versions", "metrics", "absent"):
        whole[key].update(part.get(key, {}))
with open(out, "w") as file:
    json.dump(whole, file, indent=2, sort_keys=True, ensure_ascii=False)
    file.write("\n")
