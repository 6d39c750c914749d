"""Pages that read well on a screen, in the dark and on paper.

Everything that others wrote is escaped, and nothing is fetched from anywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

#: Colours by name, for light and for dark; paper is always light.
_LIGHT = (
    "--paper:#fff;--card:#f6f7f9;--ink:#1b1f24;--soft:#5b6570;--rule:#d5dae0;--main:#2f6f9f;--worse:#b3402e;"
    "--better:#2e7d4f;--few:#8a93a0"
)
_DARK = (
    "--paper:#15181c;--card:#1e2329;--ink:#e7eaee;--soft:#a3adb8;--rule:#3a424c;--main:#6fb0dd;--worse:#ef8672;"
    "--better:#6cc492;--few:#7d8793"
)
_FONTS = (
    "system-ui,'Segoe UI','PingFang SC','Hiragino Sans GB','Microsoft YaHei','Noto Sans CJK SC','Source Han Sans SC',"
    "sans-serif"
)
#: How the pieces of a page look, wherever they stand; the colours are the surrounding page's.
PIECES = (
    "h1{font-size:1.6rem;line-height:1.25;margin:0 0 .25rem}"
    "h2{font-size:1.15rem;margin:2.2rem 0 .6rem;padding-bottom:.25rem;border-bottom:1px solid var(--rule)}"
    "h3{font-size:1rem;margin:1.4rem 0 .4rem}p{margin:.4rem 0}.sub,.note{color:var(--soft)}.note{font-size:.87rem}"
    ".tiles{display:flex;flex-wrap:wrap;gap:.6rem;margin:1.1rem 0}.tile{background:var(--card);border-radius:.4rem;"
    "padding:.6rem .9rem;min-width:8rem;flex:1}"
    ".tile b{display:block;font-size:1.35rem;font-variant-numeric:tabular-nums}"
    ".tile span{color:var(--soft);font-size:.85rem}"
    ".scroll{overflow-x:auto;margin:.6rem 0}table{border-collapse:collapse;width:100%;font-size:.87rem}"
    "th,td{padding:.35rem .55rem;text-align:left;vertical-align:top;overflow-wrap:break-word;"
    "border-bottom:1px solid var(--rule)}"
    "th{color:var(--soft);font-weight:600;border-bottom-width:2px;overflow-wrap:normal}"
    ".n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}.keep{white-space:nowrap}th.n{white-space:normal}"
    "table.facts{width:auto;min-width:60%}table.facts td:first-child{color:var(--soft);white-space:nowrap}"
    "tr.sum td{font-weight:600;border-top:2px solid var(--rule)}"
    "figure{margin:1rem 0;break-inside:avoid}figcaption{font-size:.87rem;color:var(--soft);margin-bottom:.3rem}"
    "svg.chart{width:100%;height:auto;max-width:50rem;display:block;font-size:12px}svg text{fill:var(--ink)}"
    "svg .label,svg .end{text-anchor:end}svg .tick{text-anchor:middle;fill:var(--soft)}svg .value{fill:var(--soft)}"
    ".bar{fill:var(--main)}.dot{fill:var(--main)}.whisker{stroke:var(--main);stroke-width:1.6;fill:none}"
    ".bar.worse,.dot.worse{fill:var(--worse)}.whisker.worse{stroke:var(--worse)}"
    ".bar.better,.dot.better{fill:var(--better)}.whisker.better{stroke:var(--better)}"
    ".bar.few,.dot.few{fill:var(--few)}.whisker.few{stroke:var(--few)}"
    ".track{fill:var(--card);stroke:var(--rule)}.mark{stroke:var(--ink);stroke-width:1.5}"
    ".line{fill:none;stroke:var(--soft);stroke-width:1.2}.grid{stroke:var(--rule);fill:none}"
    ".axis{stroke:var(--soft);fill:none}.mean,.limit{stroke:var(--soft);stroke-dasharray:4 3}"
    ".limit{stroke:var(--worse)}"
    ".long,td.sign{min-width:11rem}td.keep{min-width:0}.sign.worse{color:var(--worse);font-weight:600}"
    ".sign.better{color:var(--better);font-weight:600}"
)
_STYLE = (
    f":root{{color-scheme:light dark;{_LIGHT}}}"
    f"@media screen and (prefers-color-scheme:dark){{:root{{{_DARK}}}}}"
    f"*{{box-sizing:border-box}}body{{font:15px/1.55 {_FONTS};max-width:60rem;margin:0 auto;padding:2rem 1.25rem 3rem;"
    "color:var(--ink);background:var(--paper)}"
    f"{PIECES}"
    "img{max-width:100%;max-height:22cm}code{font-size:.78em;overflow-wrap:anywhere}"
    "pre{white-space:pre-wrap;background:var(--card);padding:.6rem;font-size:.85em;border-radius:.4rem}"
    ".signs{display:flex;gap:2rem;margin:2.5rem 0 1rem;break-inside:avoid}.signs div{flex:1;border-top:1px solid "
    "var(--ink);padding-top:.3rem;color:var(--soft);font-size:.87rem}.letter{margin:1.2rem 0}"
    f"@page{{size:A4;margin:16mm}}@media print{{:root{{{_LIGHT}}}body{{margin:0;padding:0;max-width:none}}"
    "html{background:none;font-size:12.5px}body{font-size:1rem}h2,h3{break-after:avoid}tr{break-inside:avoid}"
    ".scroll{overflow:visible}thead{display:table-header-group}"
    "*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}"
)

#: A cell of no more letters is not broken into lines.
_SHORT = 18
#: A cell of more has room for some words a line.
_LONG = 40

#: Whatever gets into a page, it loads nothing and runs nothing.
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def page(language: str, title: str, body: Iterable[str]) -> str:
    """Return a whole page; ``body`` is made of the pieces below."""
    lines = [
        "<!DOCTYPE html>",
        f'<html lang="{escape(language)}">',
        "<head>",
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width,initial-scale=1">',
        f"<title>{escape(title)}</title>",
        f"<style>{_STYLE}</style>",
        "</head>",
        "<body>",
        *body,
        "</body>",
        "</html>",
    ]
    return "".join(f"{line}\n" for line in lines)


def heading(text: str, level: int = 2) -> str:
    """Return a heading."""
    return f"<h{level}>{escape(text)}</h{level}>"


def paragraph(text: str, kind: str = "") -> str:
    """Return a paragraph; ``kind`` is ``sub`` below a heading, ``note`` below a table, or ``letter``."""
    return f'<p class="{kind}">{escape(text)}</p>' if kind else f"<p>{escape(text)}</p>"


def tiles(figures: Iterable[tuple[str, str]]) -> str:
    """Return figures with what they are, side by side."""
    inside = "".join(
        f'<div class="tile"><b>{escape(value)}</b><span>{escape(name)}</span></div>' for name, value in figures
    )
    return f'<div class="tiles">{inside}</div>'


def table(
    head: Sequence[str],
    rows: Iterable[Sequence[object]],
    numbers: Iterable[int] = (),
    *,
    kind: str = "",
    signs: Sequence[str] = (),
    total: bool = False,
) -> str:
    """Return a table.

    Args:
        head: what the columns are called; nothing for a list of facts.
        rows: the cells, as text.
        numbers: the columns that are flush right.
        kind: a class of the table.
        signs: for each row, how its last cell is coloured.
        total: whether the last row is a sum.
    """
    flush = frozenset(numbers)
    cells = [[*row] for row in rows]
    lines = []
    for number, row in enumerate(cells):
        colour = signs[number] if number < len(signs) else ""
        inside = "".join(
            _cell(cell, flush=place in flush, sign=colour if place == len(row) - 1 else "")
            for place, cell in enumerate(row)
        )
        lines.append(f"<tr class=sum>{inside}</tr>" if total and number == len(cells) - 1 else f"<tr>{inside}</tr>")
    top = "".join(f"<th{' class=n' if place in flush else ''}>{escape(cell)}</th>" for place, cell in enumerate(head))
    whole = [*([f"<thead><tr>{top}</tr></thead>"] if top else []), "<tbody>", *lines, "</tbody>"]
    return "\n".join([f'<div class="scroll"><table{f" class={kind}" if kind else ""}>', *whole, "</table></div>"])


def _cell(cell: object, *, flush: bool, sign: str) -> str:
    text = escape(str(cell))
    if sign:
        return f'<td class="sign {sign}{" keep" if len(text) <= _SHORT else ""}">{text}</td>'
    kind = " class=n" if flush else " class=keep" if len(text) <= _SHORT else " class=long" if len(text) > _LONG else ""
    return f"<td{kind}>{text}</td>"


def figure(drawing: str, caption: str) -> str:
    """Return a drawing of :mod:`beancount_posguard.reports.charts` under what it shows."""
    return f"<figure><figcaption>{escape(caption)}</figcaption>\n{drawing}</figure>"


def picture(data: str, caption: str) -> str:
    """Return a picture with what it shows; ``data`` is a ``data:`` address made by us."""
    return (
        f'<figure><figcaption>{escape(caption)}</figcaption><img src="{escape(data)}" alt="{escape(caption)}"></figure>'
    )


def signatures(names: Iterable[str]) -> str:
    """Return lines to sign on."""
    return f'<div class="signs">{"".join(f"<div>{escape(name)}</div>" for name in names)}</div>'


def preformatted(text: str) -> str:
    """Return a text as it is, line by line."""
    return f"<pre>{escape(text)}</pre>"


def code_lines(lines: Iterable[str]) -> str:
    """Return digests and their like, a line each."""
    return "\n".join(f"<p><code>{escape(line)}</code></p>" for line in lines)
