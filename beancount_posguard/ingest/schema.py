"""The profile language as a JSON Schema, so that editors complete it and complain before posguard does.

The keys stand in one table here; a test holds it against the keys that the reader of profiles asks for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from beancount_posguard.ingest.language import AMOUNT_STYLES, FEE_STYLES, FIGURES, MONEY, PARTS, READERS, SUMMED
from beancount_posguard.ingest.profile import BY_SIGN, ROLES, SKIP
from beancount_posguard.legs import Kind, Source, Status

Schema = Mapping[str, Any]

_TEXT: Schema = {"type": "string"}
_WHOLE: Schema = {"type": "integer"}
_TRUTH: Schema = {"type": "boolean"}
_TEXTS: Schema = {"type": "array", "items": _TEXT}
_PATTERN: Schema = {"type": "string", "format": "regex"}
_ROLE: Schema = {"enum": [*ROLES]}
_ROLES: Schema = {"type": "array", "items": _ROLE}
_SEVERITY: Schema = {"enum": ["refuse", "warn", "off"]}
_KIND_WORDS = [kind.value for kind in Kind]
_KIND: Schema = {"enum": [*_KIND_WORDS, *(f"{sign}{word}" for word in _KIND_WORDS for sign in "+-"), SKIP, BY_SIGN]}
_STATUS: Schema = {"enum": [*(status.value for status in Status), SKIP]}


def _table(keys: Mapping[str, Schema], required: tuple[str, ...] = ()) -> Schema:
    table = {"type": "object", "properties": dict(keys), "additionalProperties": False}
    return table | {"required": [*required]} if required else table


def _words(meaning: Schema) -> Schema:
    return {"type": "object", "additionalProperties": meaning}


def _list(table: Schema) -> Schema:
    return {"type": "array", "items": table}


def _about(schema: Schema, text: str) -> Schema:
    return {**schema, "description": text}


_COLUMN = _table(
    {
        "names": _about(_TEXTS, "the names the column may have, the preferred one first"),
        "pad": _about(_WHOLE, "fill plain digits up with zeros to this width"),
        "longer": _about(_ROLE, "the role that a value longer than pad serves as"),
        "first": _about(_TRUTH, "of several columns the first filled one, row by row"),
        "join": _about(_TRUTH, "all the named columns, a blank between two"),
        "pick": _about(_PATTERN, "keep what the first group finds in a cell"),
        "empty": _about(_TEXTS, "texts that mean nothing in this column"),
        "value": _about(_TEXT, "what stands in every row that says nothing"),
    }
)
_SUMS: Mapping[str, Schema] = {role: _about(_TEXTS, "columns to add; -Name takes one away") for role in SUMMED}
_INDICATOR = _table({"column": _TEXT, "words": _words({"enum": [1, -1]})})

_KEYS: Mapping[str, Schema] = {
    "name": _about(_TEXT, "the profile's name, and its folder's"),
    "title": _about(_TEXT, "what the file is, for readers"),
    "version": _TEXT,
    "extends": _about(_TEXT, "a profile of the catalogue to build on: tables are merged, all else is replaced"),
    "source": {"enum": [source.value for source in Source]},
    "acquirer": _about(_TEXT, "whose files these are: the contract of that name, where several could be"),
    "currency": _about(_TEXT, "the currency of rows that name none; XXX: the contract's"),
    "priority": _about(_WHOLE, "when two profiles fit, the higher one reads the file"),
    "required": _about(_ROLES, "roles that no row may leave empty"),
    "ignore": _about(_TEXTS, "columns that are never read"),
    "proof": _TEXT,
    "notes": _TEXT,
    "file": _table(
        {
            "encodings": _about(_TEXTS, "tried in this order"),
            "delimiters": _about(_TEXTS, "one character each, or blanks, or wide blanks"),
            "quote": _about(_TEXT, "empty: nothing is quoted"),
            "strict": _about(_TRUTH, "false: something may follow a closing quote"),
            "header_within": _WHOLE,
            "header_lines": _about(_WHOLE, "the lines that make up the header"),
            "layout": _about(
                {"type": "array", "items": {"type": "array", "prefixItems": [_TEXT, _WHOLE]}},
                "fixed width: [field, bytes] in order",
            ),
            "gap": _about(_WHOLE, "the blanks between two fields of fixed width"),
            "sheets": _about(_TRUTH, "whether a workbook counts"),
            "sheet": _about(_TEXT, "one worksheet, by name or number"),
            "names": _about(_TEXTS, "the columns of a file without a header"),
            "min_cells": _about(_WHOLE, "rows with fewer cells are dropped"),
            "ragged": _about(_TRUTH, "rows may lack their last cells"),
            "overflow": _about(_TEXT, "the column that takes the cells too many, in files that quote nothing"),
            "end": _about(_TEXT, "the mark that must be the last line"),
            "reader": {"enum": [*READERS]},
            "member": _about(_PATTERN, "the name of the member in an archive"),
            "beside": _about(_PATTERN, "the name of the member that states totals"),
            "name": _about(_PATTERN, "the name of the file"),
        }
    ),
    "records": _list(
        _table(
            {
                "at": _about(_WHOLE, "the cell that names the type, from 1"),
                "is": _PATTERN,
                "as": {"enum": [*PARTS]},
                "names": _TEXTS,
            },
            ("is",),
        )
    ),
    "detect": _table({"columns": _ROLES, "without": _TEXTS, "text": _about(_PATTERN, "what the beginning holds")}),
    "columns": {
        "type": "object",
        "properties": {role: {"anyOf": [_TEXTS, _COLUMN], "description": text} for role, text in ROLES.items()},
        "additionalProperties": False,
    },
    "cells": _table(
        {
            "empty": _TEXTS,
            "strip": _about(_TEXT, "characters to take off, besides the usual padding"),
            "dates": _TEXTS,
            "times": _TEXTS,
            "zone": _about(_TEXT, "whose time the file states"),
            "local": _about(_TEXT, "whose time the shop keeps"),
            "zones": _words(_TEXT),
        }
    ),
    "amount": _table(
        {
            "scale": _about(_TEXT, "0.01 for fen; minor: each currency's own minor unit"),
            "decimal": {"enum": [".", ","]},
            "thousands": _TEXTS,
            "loose": _about(_TRUTH, "separators may stand anywhere"),
            "letters": {"type": "object", "properties": {role: _words({"enum": [1, -1]}) for role in MONEY}},
        }
    ),
    "sums": _table(
        {
            **_SUMS,
            "by-kind": {
                "type": "object",
                "properties": {word: _table({**_SUMS, "in-net-currency": _TRUTH}) for word in _KIND_WORDS},
                "additionalProperties": False,
            },
        }
    ),
    "signs": _table(
        {
            "amount": {"enum": [*AMOUNT_STYLES]},
            "fee": {"enum": [*FEE_STYLES]},
            **{f"{role}-indicator": _INDICATOR for role in ("amount", "fee", "balance")},
        }
    ),
    "rules": _list(_table({"when": _words(_TEXT), "kind": _KIND, "status": _STATUS})),
    "kinds": _words(_KIND),
    "statuses": _words(_STATUS),
    "tenders": _words({"enum": ["card", "other"]}),
    "card-types": _words({"enum": ["debit", "credit", "foreign"]}),
    "currencies": _words(_TEXT),
    "facts": _list(_table({"in": {"enum": ["name", "head", "foot"]}, "pattern": _PATTERN}, ("in", "pattern"))),
    "extract": _list(_table({"from": _ROLES, "pattern": _PATTERN}, ("from", "pattern"))),
    "attach": _list(
        _table(
            {
                "kind": _about({"enum": _KIND_WORDS}, "the rows that say something about another row"),
                "by": _about(_ROLE, "the role whose value both have"),
                "give": _about(_ROLES, "what they give it: fee, or what is empty there, such as payout"),
            },
            ("kind", "by", "give"),
        )
    ),
    "acquirers": _words(_PATTERN),
    "rows": _table({"drop": _PATTERN, "stop": _PATTERN, "keep": _PATTERN, "filled": _ROLES}),
    "footer": _table({"rows": _PATTERN, **dict.fromkeys(FIGURES, _PATTERN)}),
    "totals": _list(
        _table(
            {
                "in": {"enum": ["head", "foot", "beside"]},
                "pattern": _PATTERN,
                "kinds": _TEXTS,
                "column": _TEXT,
                "per-currency": _TRUTH,
                "in-or-out": {"enum": ["in", "out"]},
                "scale": _about(_TEXT, "the unit of the figures, where it is not the rows'"),
            },
            ("pattern",),
        )
    ),
    "checks": _table(
        {
            **dict.fromkeys(("net", "totals", "balance", "payout"), _SEVERITY),
            "tolerance": _TEXT,
            "payout-key": _ROLE,
        }
    ),
}


def schema() -> dict[str, Any]:
    """Return the JSON Schema of ``profile.toml``."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "posguard profile",
        **_table(_KEYS),
    }
