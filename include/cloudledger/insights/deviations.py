"""How far a series usually lies from what was expected of it: the unit of a day's score.

Of earlier days only: the median absolute deviation (Hampel 1974), upper quantiles for series with
long tails, and what a wild series does now and then.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cloudledger.insights.row_statistics import MAD_TO_DEVIATION, row_quantiles

Values = npt.NDArray[np.float64]

LONG_WINDOW = 180
RENEW = 4
"""The usual deviation is taken anew every so many days."""
RARE = 2.6
NTH = 3
FORTNIGHT = 14
_LEAST = 0.01
_UPPER = 2.2
_FAR_UPPER = 3.2
_ENOUGH = 14
_FEW = 7.0
_STRANGE = 3.5
_TAILS = 2.5


def usual_deviations(relative: Values, window: int, lag: int) -> Values:
    """Each day's usual deviation: of days at least ``lag`` before it, renewed every few days.

    Tails are told from excesses of a day or two (`_alone`): what lasts longer is an event, and
    must not hide the next one. What is stranger than a few deviations is cut to them. From few
    days it is taken wider, and from fewer than two weeks not at all.

    :param relative: how far each day lay from what was expected, over the size of its level.
    :param window: how many days are looked at for the usual, 180 for the rare.
    """
    size = np.abs(relative).astype(np.float32)
    whole = _alone(relative).astype(np.float32)
    alone = whole.copy()
    series, days = size.shape
    found = np.full((series, days), np.nan)
    for day in range(RENEW, days, RENEW):
        upto = max(day - lag + 1, 0)
        recent = size[:, max(0, upto - window) : upto]
        count = np.isfinite(recent).sum(axis=1)
        (middle,) = row_quantiles(recent, 0.5)
        # The neighbours of the last day of all are not known yet.
        before = max(upto - 1, 0)
        (upper,) = row_quantiles(alone[:, max(0, before - window) : before], 0.95)
        (far,) = row_quantiles(alone[:, max(0, before - LONG_WINDOW) : before], 0.975)
        rare = _rare(whole[:, max(0, before - LONG_WINDOW) : before])
        typical = np.fmax(MAD_TO_DEVIATION * middle, _LEAST)
        tails = np.fmin(np.fmax(upper / _UPPER, far / _FAR_UPPER), _TAILS * typical)
        usual = np.fmax(np.fmax(typical, tails), rare / RARE) * (1 + _FEW / np.maximum(count, 1))
        usual = np.where(count >= _ENOUGH, usual, np.nan)[:, None]
        found[:, day : day + RENEW] = usual
        for sizes in (size, alone):
            cut = sizes[:, day : day + RENEW]
            cut[...] = np.where(cut > _STRANGE * usual, _STRANGE * usual, cut)
    return found


def usual_level(level: Values) -> Values:
    """The median level of the 180 days before each, renewed every few days; zero if unknown."""
    found = np.zeros(level.shape)
    for day in range(RENEW, level.shape[1], RENEW):
        (middle,) = row_quantiles(level[:, max(0, day - LONG_WINDOW) : day], 0.5)
        found[:, day : day + RENEW] = np.nan_to_num(middle)[:, None]
    return found


def _rare(size: npt.NDArray[np.float32]) -> Values:
    """The size that was passed in three fortnights: what a wild series does now and then."""
    series, days = size.shape
    blocks = np.zeros((series, LONG_WINDOW // FORTNIGHT * FORTNIGHT), np.float32)
    kept = min(days, blocks.shape[1])
    if kept:
        blocks[:, -kept:] = np.nan_to_num(size[:, -kept:])
    highest = blocks.reshape(series, -1, FORTNIGHT).max(axis=2)
    found: Values = np.sort(highest, axis=1)[:, -NTH].astype(np.float64)
    return found


def _alone(relative: Values) -> Values:
    """How far each day lies from the median of itself and its neighbours.

    Nothing is left of an excess of two days or more. What is first or last is left as it is.
    """
    before, day, after = relative[:, :-2], relative[:, 1:-1], relative[:, 2:]
    found = np.abs(relative)
    lasting = np.clip(day, np.minimum(before, after), np.maximum(before, after))
    found[:, 1:-1] = np.abs(day - np.nan_to_num(lasting))
    return found
