"""Exact statistics for rare events: limits, intervals and ratios that hold for three mismatches as for three hundred.

Mismatches are rare: a few in ten thousand slips. Limits drawn at three standard deviations, as on a daily p-chart,
would cry wolf ten times as often as they say. So everything here comes from the binomial, Poisson and geometric
distributions themselves: tails are sums of their terms, intervals are found by bisection on the tails (Clopper and
Pearson 1934, Garwood 1936, the conditional test of Przyborowski and Wilenski 1940). Floats are right here: nothing of
this is money.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

#: Bisection halves this often: past the precision of a float.
_HALVINGS = 64


class Interval(NamedTuple):
    """Where the true value lies, at the level that was asked for; ``high`` may be infinite."""

    low: float
    high: float


class Ratio(NamedTuple):
    """How a rate changed: ``value`` after / before with its interval, and how often chance alone does as well.

    ``p`` is one-sided: the probability of so few (or fewer) after, were the rates equal.
    """

    value: float
    interval: Interval
    p: float


def binomial_at_most(count: int, trials: int, share: float) -> float:
    """Return P(X ≤ ``count``) for X binomial over ``trials`` with probability ``share`` each."""
    if count < 0:
        return 0.0
    if count >= trials or share <= 0:
        return 1.0
    if share >= 1:
        return 0.0
    log, rest = math.log(share), math.log1p(-share)
    whole = math.lgamma(trials + 1)
    terms = (
        math.exp(whole - math.lgamma(k + 1) - math.lgamma(trials - k + 1) + k * log + (trials - k) * rest)
        for k in range(count + 1)
    )
    return min(math.fsum(terms), 1.0)


def binomial_at_least(count: int, trials: int, share: float) -> float:
    """Return P(X ≥ ``count``): the small tail is summed itself and not taken from one."""
    return binomial_at_most(trials - count, trials, 1 - share)


def poisson_at_most(count: int, mean: float) -> float:
    """Return P(X ≤ ``count``) for X Poisson with ``mean``."""
    if count < 0:
        return 0.0
    if mean <= 0:
        return 1.0
    log = math.log(mean)
    return min(math.fsum(math.exp(k * log - mean - math.lgamma(k + 1)) for k in range(count + 1)), 1.0)


def clopper_pearson(count: int, trials: int, level: float = 0.95) -> Interval:
    """Return the exact interval for a share of which ``count`` of ``trials`` were seen.

    Raises:
        ValueError: when ``count`` is not between 0 and ``trials``.
    """
    if not 0 <= count <= trials:
        raise ValueError(f"{count} of {trials}; expected a count between 0 and the number of trials")
    tail = (1 - level) / 2
    low = 0.0 if count == 0 else _where(lambda share: binomial_at_least(count, trials, share) < tail, 1.0)
    high = 1.0 if count == trials else _where(lambda share: binomial_at_most(count, trials, share) > tail, 1.0)
    return Interval(low, high)


@lru_cache(maxsize=4096)
def poisson_interval(count: int, level: float = 0.95) -> Interval:
    """Return the exact interval for a mean of which ``count`` was seen (Garwood).

    Raises:
        ValueError: when ``count`` is negative.
    """
    if count < 0:
        raise ValueError(f"{count}; expected a count of 0 or more")
    tail = (1 - level) / 2
    top = 2.0 * count + 40
    low = 0.0 if count == 0 else _where(lambda mean: 1 - poisson_at_most(count - 1, mean) < tail, top)
    return Interval(low, _where(lambda mean: poisson_at_most(count, mean) > tail, top))


def rate_ratio(before: int, exposed_before: int, after: int, exposed_after: int, level: float = 0.95) -> Ratio:
    """Return how the rate changed: the exact Poisson rate ratio, by the conditional binomial test.

    Given the sum of both counts, the later one is binomial with the later exposure's share when nothing changed. The
    interval is Clopper and Pearson's for that share, turned into a ratio.

    Args:
        before: events before.
        exposed_before: slips among which they happened.
        after: events after.
        exposed_after: slips among which those happened.
        level: of the interval, two-sided.

    Raises:
        ValueError: when an exposure is not positive, or nothing happened at all.
    """
    if exposed_before <= 0 or exposed_after <= 0:
        raise ValueError(f"{exposed_before} and {exposed_after} slips; expected some on both sides")
    events = before + after
    if events == 0:
        raise ValueError("nothing happened before nor after: there is no ratio")
    odds = exposed_before / exposed_after
    share = clopper_pearson(after, events, level)
    value = after / before * odds if before else math.inf
    p = binomial_at_most(after, events, exposed_after / (exposed_before + exposed_after))
    return Ratio(value, Interval(_odds(share.low) * odds, _odds(share.high) * odds), p)


def most_by_chance(trials: int, share: float, risk: float) -> int:
    """Return the largest count that is no surprise: more than it happens by chance with at most ``risk``."""
    count = min(int(trials * share), trials)
    while count < trials and binomial_at_least(count + 1, trials, share) > risk:
        count += 1
    return count


def gap_limits(mean: float, risk: float) -> tuple[int, int]:
    """Return the limits of a g-chart: gaps up to the first, or above the second, come by chance with at most ``risk``.

    A gap counts the slips from one event to the next, the next one included: geometric with the given ``mean``.
    The first limit is 0 where no gap is short enough to surprise.

    Raises:
        ValueError: when ``mean`` is below one slip.
    """
    if mean < 1:
        raise ValueError(f"a mean of {mean} slips; expected one or more")
    if mean == 1:
        return 0, 1
    stay = math.log1p(-1 / mean)
    return math.floor(math.log1p(-risk) / stay), math.ceil(math.log(risk) / stay)


def _odds(share: float) -> float:
    return math.inf if share >= 1 else share / (1 - share)


def _where(holds: Callable[[float], bool], top: float) -> float:
    """Return the point up to which ``holds`` holds, between 0 and ``top``."""
    low, high = 0.0, top
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return (low + high) / 2
