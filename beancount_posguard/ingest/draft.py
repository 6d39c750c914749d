"""A first profile for a file that nobody has described: what can be seen in it, in the words of the catalogue."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple

from beancount_posguard.ingest.cards import redact
from beancount_posguard.ingest.cells import PADDING, fold, moment_pattern
from beancount_posguard.ingest.errors import IngestError
from beancount_posguard.ingest.profile import DATES, Meaning, Profile
from beancount_posguard.ingest.readers import Container, Document, Record
from beancount_posguard.text import plain
from beancount_posguard.words import _

_ENCODINGS = ("utf-8-sig", "gb18030")
_DELIMITERS = (",", ";", "\t", "|")
_WITHIN = 30
#: So many rows are looked at, and a column with more different words than that is no column of words.
_ROWS, _WORDS = 2000, 20
#: Layouts tried besides the usual ones.
_MORE_DATES = (
    "%Y-%m-%d%H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d.%m.%Y",
    "%d/%m/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M:%S",
    "%Y%m%d%H%M%S",
)
#: A header names at least so many things.
_LEAST = 2


class Draft(NamedTuple):
    """The profile's text, and what a person should still decide."""

    text: str
    open_questions: Sequence[str]


class _Sight(NamedTuple):
    """What a file looks like: delimiter (empty: a workbook), header, and some rows."""

    encoding: str
    delimiter: str
    header_at: int
    header: Sequence[str]
    rows: Sequence[Record]


def draft(path: Path, profiles: Sequence[Profile]) -> Draft:
    """Return a first profile for the file at ``path``, its columns guessed by the words that ``profiles`` know.

    Raises:
        IngestError: for a file in which no header can be seen.
    """
    document = Document.load(path)
    members = document.members
    if len(members) != 1:
        raise IngestError(
            document.name,
            None,
            _("an archive of {n} files").format(n=len(members)),
            _("one file"),
            _("Unpack it first."),
        )
    sight = _look(members[0], _words_for_roles(profiles))
    roles = _roles(sight, _words_for_roles(profiles))
    return _written(path, sight, roles, profiles)


def _words_for_roles(profiles: Iterable[Profile]) -> dict[str, str]:
    """Return for each column name the role that most profiles give it."""
    votes: dict[str, Counter[str]] = {}
    for profile in profiles:
        for role, column in profile.columns.items():
            for name in column.names:
                votes.setdefault(name, Counter())[role] += 1
    return {name: max(count.items(), key=lambda one: (one[1], one[0]))[0] for name, count in votes.items()}


def _look(document: Document, known: Mapping[str, str]) -> _Sight:
    tables: list[tuple[str, str, Sequence[Record]]] = []
    if document.container is Container.SHEET:
        tables = [("", "", _top(document.sheet(name))) for name in document.sheets]
    elif document.container is Container.TEXT:
        encoding = _encoding(document)
        for delimiter in _DELIMITERS:
            try:
                tables.append((encoding, delimiter, _top(document.delimited((encoding,), delimiter, '"'))))
            except IngestError:
                continue
    best: tuple[tuple[int, int], _Sight] | None = None
    for encoding, delimiter, rows in tables:
        for index, row in enumerate(rows[:_WITHIN]):
            names = [cell.strip(PADDING) for cell in row]
            rating = (sum(fold(name) in known for name in names if name), sum(map(bool, names)))
            if (
                rating[1] >= _LEAST
                and not any(_is_number(name) for name in names)
                and (best is None or rating > best[0])
            ):
                best = rating, _Sight(encoding, delimiter, index, names, rows[index + 1 : index + 1 + _ROWS])
    if best is None:
        raise IngestError(
            document.name, None, _("no row that could be a header"), _("a table with the columns' names above it"),
            _("Describe the columns with file.names in a profile of your own."),
        )  # fmt: skip
    return best[1]


def _top(chunks: Iterator[list[Record]]) -> list[Record]:
    return [*islice(chain.from_iterable(chunks), _WITHIN + _ROWS)]


def _encoding(document: Document) -> str:
    for encoding in _ENCODINGS:
        try:
            document.encoding((encoding,))
        except IngestError:
            continue
        return encoding
    raise IngestError(
        document.name,
        None,
        _("bytes in no known encoding"),
        _("text in {encodings}").format(encodings=" or ".join(_ENCODINGS)),
    )


def _is_number(text: str) -> bool:
    return any(one.isdigit() for one in text) and not any(one.isalpha() for one in text)


def _roles(sight: _Sight, known: Mapping[str, str]) -> dict[str, str]:
    """Return role -> column name, each role once."""
    roles: dict[str, str] = {}
    for name in sight.header:
        role = known.get(fold(name))
        if role and role not in roles:
            roles[role] = name
    return roles


def _cells(sight: _Sight, name: str) -> list[str]:
    place = list(sight.header).index(name)
    return [row[place].strip(PADDING) for row in sight.rows if len(row) > place]


def _written(path: Path, sight: _Sight, roles: Mapping[str, str], profiles: Sequence[Profile]) -> Draft:
    source = _source(roles)
    questions = [_("source: is it a {source} file?").format(source=source), _("currency: which one is it in?")]
    lost = [role for role in ("date", "amount") if role not in roles and not (role == "amount" and "credit" in roles)]
    questions += [_("no column was recognised as {role}: name it under [columns]").format(role=role) for role in lost]
    other = [name for name in sight.header if name and name not in roles.values()]
    signature = [role for role in roles if role in _TELLING][:6] or [*roles][:4]
    name = "".join(one if one.isalnum() and one.isascii() else "_" for one in path.stem.lower()).strip("_") or "mine"
    lines = [
        f"name     = {_quoted(redact(name))}",
        'title    = "TODO: what this file is"',
        'version  = "1"',
        f"source   = {_quoted(source)}",
        'currency = "CNY"   # TODO',
        f"ignore   = {_list(other)}",
        "",
        "[file]",
        f"encodings  = {_list([sight.encoding or 'utf-8-sig'])}",
        f"delimiters = {_list([sight.delimiter or ','])}",
        "",
        "[detect]",
        f"columns = {_list(signature)}",
        "",
        "[columns]",
        *(f"{role} = {_list([column])}" for role, column in roles.items()),
    ]
    dates = _dates(sight, roles)
    if dates:
        lines += ["", "[cells]", f"dates = {_list(dates)}"]
    words, asked = _words(sight, roles, profiles)
    return Draft("\n".join([*lines, *words]) + "\n", [*questions, *asked])


#: Roles whose columns tell one export from another.
_TELLING = ("settled", "date", "type", "amount", "credit", "fee", "net", "terminal", "trace", "rrn", "balance", "order")


def _source(roles: Mapping[str, str]) -> str:
    if "balance" in roles and ("credit" in roles or "payer" in roles):
        return "bank"
    if "tender" in roles:
        return "sale"
    if {"fee", "net", "settled"} & roles.keys():
        return "settlement"
    return "terminal" if {"trace", "terminal"} & roles.keys() else "settlement"


def _dates(sight: _Sight, roles: Mapping[str, str]) -> list[str]:
    """Return the layouts that fit every date, where the usual ones do not."""
    if "date" not in roles:
        return []
    texts = [text for text in _cells(sight, roles["date"]) if text]
    fits = [layout for layout in (*DATES, *_MORE_DATES) if _all_fit(layout, texts)]
    return [layout for layout in fits if layout in _MORE_DATES][:1] if texts and not set(fits) & set(DATES) else []


def _all_fit(layout: str, texts: Iterable[str]) -> bool:
    pattern = moment_pattern(layout)
    return all(pattern.fullmatch(text) for text in texts)


def _words(sight: _Sight, roles: Mapping[str, str], profiles: Sequence[Profile]) -> tuple[list[str], list[str]]:
    """Return the tables of kinds and statuses, words that nobody knows commented out."""
    kinds: dict[str, str] = {}
    statuses: dict[str, str] = {}
    for profile in profiles:
        kinds.update({word: _kind_word(meaning) for word, meaning in profile.kinds.items() if word})
        statuses.update({word: one.value if one else "skip" for word, one in profile.statuses.items() if word})
    lines: list[str] = []
    questions: list[str] = []
    for role, table, known in (("type", "kinds", kinds), ("status", "statuses", statuses)):
        if role not in roles:
            continue
        words = sorted({*_cells(sight, roles[role])})
        if len(words) > _WORDS:
            questions.append(
                _("{column} has {n} different words: is it really the column of {table}?").format(
                    column=roles[role], n=len(words), table=table
                )
            )
            continue
        lines += ["", f"[{table}]"]
        for word in words:
            meaning = known.get(fold(word), "sale" if role == "type" and not word else "")
            lines.append(f"{_quoted(word)} = {_quoted(meaning)}" if meaning else f"# {_quoted(word)} = ?")
            if not meaning:
                questions.append(_("{table}: what does {word} mean?").format(table=table, word=_quoted(word)))
    if "currency" in roles:
        codes = {word: code for profile in profiles for word, code in profile.currencies.items() if word.isalpha()}
        found = {word: codes[fold(word)] for word in sorted({*_cells(sight, roles["currency"])}) if fold(word) in codes}
        lines += ["", "[currencies]", *(f"{_quoted(word)} = {_quoted(code)}" for word, code in found.items())]
    if "type" not in roles:
        lines += ["", "[kinds]", '"" = "by sign"']
    return lines, questions


def _kind_word(meaning: Meaning) -> str:
    if meaning.skip:
        return "skip"
    return meaning.kind.value if meaning.kind else "by sign"


def _quoted(text: str) -> str:
    return json.dumps(redact(plain(text)), ensure_ascii=False)


def _list(texts: Sequence[str]) -> str:
    # A delimiter may be a TAB, which plain text would lose.
    return json.dumps([redact(text) for text in texts], ensure_ascii=False)
