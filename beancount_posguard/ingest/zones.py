"""Time zones under the names that providers print."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

#: What providers write in place of a zone's own name. A profile's ``[cells.zones]`` adds to it.
ALIASES: Mapping[str, str] = {
    "Eastern Time (US & Canada)": "America/New_York",
    "Central Time (US & Canada)": "America/Chicago",
    "Mountain Time (US & Canada)": "America/Denver",
    "Arizona": "America/Phoenix",
    "Pacific Time (US & Canada)": "America/Los_Angeles",
    "Alaska": "America/Anchorage",
    "Hawaii": "Pacific/Honolulu",
    "London": "Europe/London",
    "Dublin": "Europe/Dublin",
    "Tokyo": "Asia/Tokyo",
    "Sydney": "Australia/Sydney",
    "Beijing": "Asia/Shanghai",
    "CST (China)": "Asia/Shanghai",
    "Z": "UTC",
    "UTC": "UTC",
    "GMT": "UTC",
    "EST": "-05:00", "EDT": "-04:00", "CDT": "-05:00", "MST": "-07:00", "MDT": "-06:00", "PST": "-08:00",
    "PDT": "-07:00", "WET": "+00:00", "WEST": "+01:00", "BST": "+01:00", "CET": "+01:00", "CEST": "+02:00",
    "MEZ": "+01:00", "MESZ": "+02:00", "EET": "+02:00", "EEST": "+03:00", "AEST": "+10:00", "AEDT": "+11:00",
    "JST": "+09:00", "HKT": "+08:00", "SGT": "+08:00",
}  # fmt: skip

_OFFSET = re.compile(r"([+-])(\d\d):?(\d\d)?", re.ASCII)


def zone(name: str, aliases: Mapping[str, str] | None = None) -> tzinfo:
    """Return the zone that ``name`` stands for: an alias, an IANA name, or an offset such as ``+08:00``.

    Raises:
        ValueError: for a name nobody knows.
    """
    name = {**ALIASES, **(aliases or {})}.get(name, name)
    match = _OFFSET.fullmatch(name)
    if match:
        away = timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
        return timezone(-away if match[1] == "-" else away)
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        raise ValueError("a time zone such as Asia/Shanghai, UTC or +08:00") from None
