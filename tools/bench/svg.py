#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Draw build/bench.json: a bar for each operation and each of bare, Hazel, Bao, Xen, KVM, on a logarithmic scale.

    tools/bench/svg.py build/bench.json build/bench.svg
"""
import html
import json
import math
import sys

import rows

# Column, name in the legend, colour on white, colour on black.
SERIES = [("bare", "bare", "#8c959f", "#8b949e"), ("hazel", "Hazel", "#bc4c00", "#f0883e"),
          ("bao", "Bao*", "#1a7f64", "#56d4bc"), ("xen", "Xen", "#0969da", "#58a6ff"),
          ("kvm", "KVM", "#8250df", "#bc8cff")]
CHART = ("hvc_psci_version", "hvc_smccc_version", "hvc_unknown", "id_reg", "gicd_typer_r", "spi_disable_enable",
         "sgi_self_entry", "vtimer_entry", "wfi_vtimer_late", "spi_hw_entry", "spi_pend_entry", "ipi_roundtrip")
CHART_RESET = (rows.RESET, rows.RESET + "@44mb")
RESET_TEXT = {CHART_RESET[0]: "8 MiB of RAM", CHART_RESET[1]: "44 MB image, 256 MiB of RAM"}

WIDTH, LEFT, RIGHT = 860, 240, 70
BAR, STEP, GAP, HEAD = 7, 9, 12, 34
FONT = "font-family: -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif; font-size: 12px;"


def style():
    """Colours, and others for those who prefer dark."""
    light = "".join(f".{c} {{ fill: {on_white}; }}" for c, _, on_white, _ in SERIES)
    dark = "".join(f".{c} {{ fill: {on_black}; }}" for c, _, _, on_black in SERIES)
    return (f"text {{ {FONT} fill: #1f2328; }} .small {{ font-size: 9px; }} .title {{ font-weight: 600; }} "
            f".page {{ fill: #ffffff; }} .grid {{ stroke: #d1d9e0; stroke-width: 1; }} {light} "
            f"@media (prefers-color-scheme: dark) {{ text {{ fill: #e6edf3; }} .page {{ fill: #0d1117; }} "
            f".grid {{ stroke: #30363d; }} {dark} }}")


def short(value):
    """1.2 M, 24.5 k, 573."""
    for limit, unit in ((1_000_000, " M"), (10_000, " k")):
        if value >= limit:
            return f"{value / (1_000_000 if unit == ' M' else 1000):.3g}{unit}"
    return str(value)


def medians_of(data, name):
    """[(column, median)] of what is known about an operation."""
    columns = data["rows"].get(name, {})
    found = {column: figures["median"] for column, figures in columns.items()}
    if name in rows.BAO:
        found["bao"] = rows.BAO[name]
    return [(column, found[column]) for column, _, _, _ in SERIES if found.get(column, 0) > 0]


def text(x, y, words, **attributes):
    extra = "".join(f' {name.rstrip("_").replace("_", "-")}="{value}"' for name, value in attributes.items())
    return f'<text x="{x:.0f}" y="{y:.1f}"{extra}>{html.escape(words)}</text>'


def panel(data, names, label, title, top):
    """One chart from @top down; its elements, and where it ends."""
    names = [n for n in names if medians_of(data, n)]
    if not names:
        return [], top
    highest = max(value for n in names for _, value in medians_of(data, n))
    decades = math.ceil(math.log10(highest))
    scale = (WIDTH - LEFT - RIGHT) / decades
    found, y = [], top + HEAD
    for name in names:
        bars = medians_of(data, name)
        found.append(text(LEFT - 8, y + len(bars) * STEP / 2 + 3, label(name), text_anchor="end"))
        for column, value in bars:
            # One instruction would be a bar without length.
            width = max(math.log10(value) * scale, 2)
            found.append(f'<rect class="{column}" x="{LEFT}" y="{y}" width="{width:.1f}" height="{BAR}"/>')
            found.append(text(LEFT + width + 4, y + BAR, short(value), class_="small"))
            y += STEP
        y += GAP
    grid = [text(LEFT, top + 12, title, class_="title")]
    for i in range(decades + 1):
        x = LEFT + i * scale
        grid.append(f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{top + HEAD - 6}" y2="{y - GAP + 4}"/>')
        grid.append(text(x, top + HEAD - 9, short(10 ** i), class_="small", text_anchor="middle"))
    return grid + found, y + GAP


def draw(data):
    """The picture, as text."""
    seen = {column for name in CHART + CHART_RESET for column, _ in medians_of(data, name)}
    found, x = [], LEFT
    for column, name, _, _ in SERIES:
        if column in seen:
            found.append(f'<rect class="{column}" x="{x}" y="14" width="11" height="11"/>')
            found.append(text(x + 16, 24, name))
            x += 40 + 9 * len(name)
    main, y = panel(data, CHART, rows.ROWS.get, "Instructions per operation, logarithmic", 44)
    reset, y = panel(data, CHART_RESET, RESET_TEXT.get, "Instructions from reset to the guest, logarithmic", y)
    note = text(LEFT, y + 4, "* measured earlier with the same method; reads no device tree, checks and zeroes nothing",
                class_="small") if "bao" in seen else ""
    body = "\n".join(found + main + reset + [note])
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y + 16}" width="{WIDTH}" '
            f'height="{y + 16}" role="img">\n<!-- SPDX-License-Identifier: BSD-3-Clause -->\n'
            f"<title>Instructions per operation: bare, Hazel and others</title>\n<style>{style()}</style>\n"
            f'<rect class="page" width="100%" height="100%"/>\n{body}\n</svg>\n')


def main():
    """Read JSON, write SVG."""
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    with open(sys.argv[1], encoding="utf-8") as f:
        data = json.load(f)
    with open(sys.argv[2], "w", encoding="utf-8") as f:
        f.write(draw(data))
    return 0


if __name__ == "__main__":
    sys.exit(main())
