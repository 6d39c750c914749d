"""Pages that print well: everything that others wrote is escaped, and nothing is fetched from anywhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

_STYLE = (
    "body{font:11pt/1.5 serif;max-width:46em;margin:2em auto;padding:0 1em;color:#111}"
    "h1{font-size:1.5em}h2{font-size:1.15em;margin-top:1.6em;border-bottom:1px solid #999}"
    "table{border-collapse:collapse;width:100%}th,td{border:1px solid #999;padding:.25em .5em;text-align:left;"
    "vertical-align:top;overflow-wrap:anywhere}td.n{text-align:right;white-space:nowrap}"
    "figure{margin:1em 0;break-inside:avoid}img{max-width:100%;max-height:22cm}code{font-size:.8em}"
    "@page{size:A4;margin:18mm}@media print{body{margin:0;max-width:none}h2{break-after:avoid}}"
)

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


def paragraph(text: str) -> str:
    """Return a paragraph."""
    return f"<p>{escape(text)}</p>"


def table(head: Sequence[str], rows: Iterable[Sequence[object]], numbers: Iterable[int] = ()) -> str:
    """Return a table; the columns in ``numbers`` are flush right."""
    flush = frozenset(numbers)
    top = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    lines = ["".join(_cell(cell, flush=place in flush) for place, cell in enumerate(row)) for row in rows]
    inside = "\n".join(f"<tr>{line}</tr>" for line in [*([top] if top else []), *lines])
    return f"<table>\n{inside}\n</table>"


def _cell(cell: object, *, flush: bool) -> str:
    return f"<td{' class=n' if flush else ''}>{escape(str(cell))}</td>"


def picture(data: str, caption: str) -> str:
    """Return a picture with what it shows; ``data`` is a ``data:`` address made by us."""
    return (
        f'<figure><img src="{escape(data)}" alt="{escape(caption)}"><figcaption>{escape(caption)}</figcaption></figure>'
    )
