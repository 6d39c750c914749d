"""References that get lost on the way, and the state files come in."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from beancount_posguard.legs import Source
from beancount_posguard.simulate.chance import Dice, Urn
from beancount_posguard.simulate.printing import File, Row

#: What may happen to a line's references, with weights. The time, and on statements the card, always stay.
_DAMAGE = Urn({"rrn lost": 50, "rrn mistyped": 20, "rrn in scientific notation": 10, "rrn and trace lost": 20})


def damaged(files: Iterable[File], share: Decimal, dice: Dice) -> list[dict[str, Any]]:
    """Damage a ``share`` of the till's and the statements' lines in place, and return what was done to which."""
    done: list[dict[str, Any]] = []
    if not share:
        return done
    for file in files:
        if file.source not in {Source.SALE, Source.SETTLEMENT}:
            continue
        for place, row in enumerate(file.rows):
            if row.damage or not row.rrn or not dice.happens(share):
                continue
            how = _DAMAGE.draw(dice)
            file.rows[place] = _hurt(row, how, dice)
            done.append({"event_id": row.event, "source": file.source.value, "date": f"{file.day}", "damage": how})
    return done


def _hurt(row: Row, how: str, dice: Dice) -> Row:
    if how == "rrn lost":
        return row._replace(rrn="", damage=how)
    if how == "rrn and trace lost":
        return row._replace(rrn="", trace="", damage=how)
    if how == "rrn in scientific notation":
        return row._replace(rrn=f"{Decimal(row.rrn):.5E}", damage=how)
    place = dice.randrange(len(row.rrn))
    digit = (int(row.rrn[place]) + dice.randint(1, 9)) % 10
    return row._replace(rrn=f"{row.rrn[:place]}{digit}{row.rrn[place + 1 :]}", damage=how)
