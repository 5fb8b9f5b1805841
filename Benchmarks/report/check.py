"""Checks what is committed, without measuring: python3 check.py

numbers.json has every number that a whole run must have, and the README's table and the chart are what it says.
"""

import json
import os
import sys

import chart
import table
from names import complaints

HOME = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def read(name):
    with open(os.path.join(HOME, name)) as file:
        return file.read()


def main():
    document = json.loads(read("numbers.json"))
    found = [f"numbers.json: {sentence}" for sentence in complaints(document)]
    if not found:
        if read("chart.svg") != chart.draw(document):
            found.append("chart.svg is not what numbers.json says; run report/chart.py")
        readme = read("README.md")
        if readme != table.filled(readme, document):
            found.append("the table in README.md is not what numbers.json says; run report/table.py")
    for sentence in found:
        print(f"Benchmarks: {sentence}.", file=sys.stderr)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
