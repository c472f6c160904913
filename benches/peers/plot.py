"""Draws the plots of README.md from JSON lines of `compare logistic-gradient --json`.

python plot.py LINES.jsonl "machine, date": lines of 20 columns and any rows give time-by-rows.png, lines of 10 million elements
and any other columns time-by-columns.png. Needs matplotlib.
"""

import json
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

CONTENDERS = {
    "autodiff": ("autodiff", "#c0392b"),
    "handwritten": ("by hand", "#2c3e50"),
    "read": ("reading the data", "#95a5a6"),
    "numpy": ("NumPy", "#2980b9"),
    "sklearn": ("scikit-learn", "#e67e22"),
    "jax": ("JAX", "#27ae60"),
    "torch": ("PyTorch", "#8e44ad"),
}


def plot(lines, key, title, path):
    figure, axes = plt.subplots(figsize=(7, 4.4), dpi=130)
    for impl, (label, colour) in CONTENDERS.items():
        points = sorted((line[key], line["seconds"] * 1e9 / line["rows"]) for line in lines if line["impl"] == impl)
        if points:
            style = "--" if impl in ("read", "handwritten") else "-"
            axes.plot(*zip(*points), style, marker="o", ms=4, color=colour, label=label, lw=2.2 if impl == "autodiff" else 1.3)
    axes.set(xscale="log", yscale="log", xlabel={"rows": "rows", "cols": "columns"}[key], ylabel="nanoseconds a row")
    axes.set_title(title, fontsize=9)
    axes.grid(alpha=0.3, which="both")
    axes.legend(fontsize=8)
    figure.tight_layout()
    figure.savefig(path)


source, machine = sys.argv[1:3]
with open(source) as file:
    all_lines = [json.loads(line) for line in file if line.startswith("{")]
narrow = [line for line in all_lines if line["cols"] == 20]
large = [line for line in all_lines if line["cols"] != 20 and line["rows"] * line["cols"] > 9.9e6]
plot(narrow, "rows", f"logistic loss and gradient, 20 columns, f64, 1 thread ({machine})", "time-by-rows.png")
plot(large, "cols", f"logistic loss and gradient, 10 million elements, f64, 1 thread ({machine})", "time-by-columns.png")
