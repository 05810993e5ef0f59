"""Prepares the past of a few asked claims for the compiled passes: all windows of a settlement in one call.

A settlement asks some hundred events some hundred times; then the number of calls is what takes time. What is here
picks the events of the asked entities, puts the bins of their tiles before them, and hands both to the passes in
`kernel`, `kernel_distinct`, `kernel_largest` and `newcomers`, which builds call as well.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from claims.clock import DAY, HOUR
from claims.tables import MISSING, Array
from features.compiled import compiled
from features.kernel import sums
from features.kernel_distinct import distinct
from features.kernel_largest import last_and_largest
from features.kernel_runs import start_of
from features.last_seen import newest_of_pairs
from features.live_plan import (
    ADDED,
    BEGIN,
    CELLS,
    COLUMN,
    DISTINCT,
    END,
    FAMILY,
    FIRST,
    ITEMS,
    LARGEST,
    MEASURE,
    MEASURES,
    NEW,
    PLACE,
    SECOND,
    SEEN_BY,
    SUM,
    TILE,
    WHAT,
    WINDOW,
    WINDOWS,
)
from features.newcomers import changes_in
from features.places import FAR, PAST
from features.rows import SETTLED
from features.sorting import sorted_few, sorted_places
from features.timeline import hops_of
from features.windows import LONGEST, WEEK, shift_of

KIND, CUT, HOURS_FROM, DAYS_FROM, KEPT_FROM, LAST_SETTLED, BINS, ROW = range(8)
"""Columns of tiles: the place among `TILE_ENTITIES`; from where on events count one by one; three bounds and the last
settlement, as in `tiles.Clock`; how many bins lie before the cut; and the first asked claim of the entity."""

_HOUR_SHIFT, _DAY_SHIFT, _WEEK_SHIFT = shift_of(HOUR), shift_of(DAY), shift_of(WEEK)
_LONGEST, _LONGEST_HOP, _LONGEST_SHIFT = (int(part[0]) for part in hops_of((LONGEST,)))
_BEFORE_ALL = int(np.iinfo(np.int64).min)

Three = tuple[Array, Array, Array]


class Frame(NamedTuple):
    """What is known: e events, m claims of which n are asked, their lines and diagnoses; see `fill_live`."""

    kind: Array
    s: Array
    order: Array
    subject: Array
    values: Array
    facts: Array
    is_settlement: Array
    moment: Array
    since: Array
    at: Array
    line_row: Array
    item: Array
    diagnosis_row: Array
    diagnosis: Array


class Asks(NamedTuple):
    """What is asked, see `live_plan.Asked`."""

    kinds: Array
    passes: Array
    windows: Array
    pairs: Array
    measures: Array


class Tiles(NamedTuple):
    """The packed past of the asked entities, see `fill_live`."""

    first_order: int
    table: Array
    bin_s: Array
    hidden: Array


class Whose(NamedTuple):
    """The entities of one kind, numbered 0, 1, ... in the order of the asked claims.

    Attributes:
        group: (m,) the number of each claim's entity, -1 for one that is not asked.
        row_of: (g,) a claim of each entity.
        place, q_group, q_t, q_order: (q,) the asked claims that have the entity, sorted by (group, order): where the
            answers of each go, its entity, time and order.
        first_order, cut: which events count one by one: those of the batch, and from the cut (g,) of each entity on;
            everything else of an entity with a tile is in the bins.
        tile: (g, 8) rows of `Tiles.table`; none for entities without tiles.
        bin_group, bin_s: (b,) the bins of the tiles before the cut.
        event, key, s, order: (c,) the events that count one by one, their entities, seconds and orders.
        settled: how many of those are settlements, which come first.
    """

    group: Array
    row_of: Array
    place: Array
    q_group: Array
    q_t: Array
    q_order: Array
    first_order: int
    cut: Array
    tile: Array
    bin_group: Array
    bin_s: Array
    event: Array
    key: Array
    s: Array
    order: Array
    settled: int


class Sightings(NamedTuple):
    """Who or what was seen, -1 for nobody, by which entity, when and in which order."""

    other: Array
    key: Array
    s: Array
    order: Array


@compiled
def fill_live(
    kind: Array, s: Array, order: Array, subject: Array, values: Array, facts: Array, is_settlement: Array,
    moment: Array, since: Array, at: Array, line_row: Array, item: Array, diagnosis_row: Array, diagnosis: Array,
    kinds: Array, passes: Array, windows: Array, pairs: Array, measures: Array,
    first_order: int, tile: Array, bin_s: Array, hidden: Array, out: Array, *bins: Array,
) -> None:  # fmt: skip
    """Fill the cells of all passes over windows (cells, n) int64, zeros before.

    Args:
        kind: (e,) events, as the next three.
        s: (e,)
        order: (e,)
        subject: (e,)
        values: (e, c) what each event adds to all measures.
        facts: (f, m) of the claims, see `Asked`.
        is_settlement: (m,)
        moment: (m,) when each claim was settled.
        since: (m,) recorded orders.
        at: n asked claims.
        line_row: the claim of each line.
        item: what it bills.
        diagnosis_row: the claim of each diagnosis.
        diagnosis: its code.
        kinds: what is asked, see `Asked`, as are the next four.
        passes: (p, 9)
        windows: (3, w)
        pairs: (2, cells)
        measures: (2, k)
        first_order: the lowest order of the batch.
        tile: (g, 8) a tile for each entity of the asked claims, see `KIND`, kind by kind.
        bin_s: the bins of all tiles, one tile after the other.
        hidden: (h, 5) kind by its place among `TILE_ENTITIES`, fact, group, number and seconds of others' last
            settlements before the cut.
        out: (cells, n), filled.
        *bins: the values of the bins of each kind.
    """
    frame = Frame(kind, s, order, subject, values, facts, is_settlement, moment, since, at, line_row, item,
                  diagnosis_row, diagnosis)  # fmt: skip
    asks = Asks(kinds, passes, windows, pairs, measures)
    tiles = Tiles(first_order, tile, bin_s, hidden)
    for of in range(len(kinds)):
        _fill_kind(kinds[of], frame, asks, tiles, bins, out)


@compiled
def _fill_kind(kind: Array, frame: Frame, asks: Asks, tiles: Tiles, bins: tuple[Array, ...], out: Array) -> None:
    """The passes about one kind of entity."""
    whose = _whose(kind, frame, tiles)
    of_tile = bins[max(kind[TILE], 0)][: whose.bin_s.size]
    for number in range(kind[BEGIN], kind[END]):
        step = asks.passes[number]
        first, end = step[WINDOW], step[WINDOW] + step[WINDOWS]
        length, hop, shift = asks.windows[0, first:end], asks.windows[1, first:end], asks.windows[2, first:end]
        into = out[step[PLACE] : step[PLACE] + step[CELLS]]
        if step[FAMILY] == SUM:
            _sums(frame, whose, step, asks, of_tile, length, hop, shift, into)
        elif step[FAMILY] == DISTINCT:
            _distinct(frame, whose, step, tiles, of_tile, length, hop, shift, into)
        elif step[FAMILY] == NEW:
            _newcomers(frame, whose, step, tiles, of_tile, length, hop, shift, into)
        else:
            which = 1 if step[FAMILY] == LARGEST else 0
            _last(frame, whose, frame.facts[step[WHAT]], which, length, hop, shift, into)


@compiled
def _whose(kind: Array, frame: Frame, tiles: Tiles) -> Whose:
    """The entities of one kind."""
    first, second = frame.facts[kind[FIRST]], frame.facts[kind[SECOND]] + kind[ADDED]
    group, q_group, place, row_of = _groups(first, second, frame.at, frame.since)
    asked = frame.at[place]
    begin, bin_at = 0, 0
    while begin < len(tiles.table) and tiles.table[begin, KIND] < kind[TILE]:
        bin_at += tiles.table[begin, BINS]
        begin += 1
    table = tiles.table[begin : begin + row_of.size] if kind[TILE] >= 0 else tiles.table[:0]
    cut, first_order = np.full(row_of.size, FAR, np.int64), _BEFORE_ALL
    if kind[TILE] >= 0:
        cut, first_order = table[:, CUT].copy(), tiles.first_order
    bin_group = np.repeat(np.arange(len(table)), table[:, BINS])
    event, settled = _counted(frame, group, first_order, cut)
    return Whose(
        group, row_of, place, q_group, frame.moment[asked], frame.since[asked], first_order, cut, table,
        bin_group, tiles.bin_s[bin_at : bin_at + bin_group.size],
        event, group[frame.subject[event]], frame.s[event], frame.order[event], settled,
    )  # fmt: skip


@compiled
def _counted(frame: Frame, group: Array, first_order: int, cut: Array) -> tuple[Array, int]:
    """The events that count one by one, and how many of them are settlements."""
    event, count, settled = np.empty(frame.s.size, np.int64), 0, 0
    for one in range(frame.s.size):
        of = group[frame.subject[one]]
        if of >= 0 and (frame.order[one] >= first_order or frame.s[one] >= cut[of]):
            event[count] = one
            count += 1
            settled += frame.kind[one] == SETTLED
    return event[:count].copy(), settled


@compiled
def _groups(first: Array, second: Array, at: Array, order: Array) -> tuple[Array, Array, Array, Array]:
    """The entities of the asked claims.

    Args:
        first: (m,) the first number that names each claim's entity; below zero for none.
        second: (m,) the second one; the same where one number is enough.
        at: (n,) rows of the asked claims.
        order: (m,) recorded orders.

    Returns:
        The group of each claim (m,); the group of each query, its place in `at` (q,); and a row of each group (g,).
    """
    row_of = np.empty(at.size, np.int64)
    group_of = np.full(at.size, -1, np.int64)
    count = 0
    for q in range(at.size):
        row = at[q]
        if first[row] < 0 or second[row] < 0:
            continue
        known = 0
        while known < count and not (first[row_of[known]] == first[row] and second[row_of[known]] == second[row]):
            known += 1
        if known == count:
            row_of[count] = row
            count += 1
        group_of[q] = known
    group = np.full(first.size, -1, np.int64)
    for known in range(count):
        one, other = first[row_of[known]], second[row_of[known]]
        for row in range(first.size):
            if first[row] == one and second[row] == other:
                group[row] = known
    place = sorted_places(np.flatnonzero(group_of >= 0), group_of, order[at])
    return group, group_of[place], place, row_of[:count]


@compiled
def _sums(
    frame: Frame, whose: Whose, step: Array, asks: Asks, bins: Array, length: Array, hop: Array, shift: Array,
    out: Array,
) -> None:  # fmt: skip
    measures = asks.measures[:, step[MEASURE] : step[MEASURE] + step[MEASURES]]
    pairs = asks.pairs[:, step[PLACE] : step[PLACE] + step[CELLS]]
    key, at, since = _after(whose.bin_group, whose.bin_s, whose.key, whose.s, whose.order)
    places, key, at, since = sorted_few(key, at, since, np.arange(whose.cut.size))
    if whose.bin_s.size:
        values, places = _chosen(frame, whose, places, measures, bins), np.arange(places.size)
        measure_of = pairs[1].copy()
    else:
        values, places, measure_of = frame.values, whose.event[places], measures[0][pairs[1]]
    sums(key, at, since, places, values, whose.q_group, whose.q_t, whose.q_order, whose.place,
         length, hop, shift, pairs[0].copy(), measure_of, out.T)  # fmt: skip


@compiled
def _chosen(frame: Frame, whose: Whose, places: Array, measures: Array, bins: Array) -> Array:
    """The measures of bins and of the events after them in the order of `places`."""
    old, chosen = whose.bin_s.size, np.empty((places.size, measures.shape[1]), np.int64)
    for row in range(places.size):
        for c in range(measures.shape[1]):
            if places[row] < old:
                chosen[row, c] = bins[places[row], measures[1, c]]
            else:
                chosen[row, c] = frame.values[whose.event[places[row] - old], measures[0, c]]
    return chosen


@compiled
def _after(old_group: Array, old_s: Array, key: Array, s: Array, order: Array) -> Three:
    """What is old and then what counts one by one: group, seconds and order of each."""
    if not old_s.size:
        return key, s, order
    past = np.full(old_s.size, PAST, np.int64)
    return np.concatenate((old_group, key)), np.concatenate((old_s, s)), np.concatenate((past, order))


@compiled
def _distinct(
    frame: Frame, whose: Whose, step: Array, tiles: Tiles, bins: Array, length: Array, hop: Array, shift: Array,
    out: Array,
) -> None:  # fmt: skip
    """Different others: those that the batch names are taken out of the bins, which hold others nameless."""
    seen = _sightings(frame, whose, step[WHAT])
    (named_group, named, named_s), (bin_group, bin_s, count) = _named(frame, whose, step, tiles, bins[:, step[COLUMN]])
    key, at, since = _after(named_group, named_s, seen.key, seen.s, seen.order)
    places, key, at, since = sorted_few(key, at, since, np.arange(whose.cut.size))
    other = np.concatenate((named, seen.other)) if named.size else seen.other
    distinct(key, at, since, places, other, whose.q_group, whose.q_t, whose.q_order, whose.place,
             length, hop, shift, out.T)  # fmt: skip
    if bin_s.size:
        past = np.full(bin_s.size, PAST, np.int64)
        places, key, at, since = sorted_few(bin_group, bin_s, past, np.arange(whose.cut.size))
        sums(key, at, since, places, count.reshape(-1, 1), whose.q_group, whose.q_t, whose.q_order, whose.place,
             length, hop, shift, np.arange(length.size), np.zeros(length.size, np.int64), out.T)  # fmt: skip


@compiled
def _sightings(frame: Frame, whose: Whose, what: int) -> Sightings:
    """The settled sightings of one kind of others: of a fact of each claim, or of its items or diagnoses."""
    if what >= 0:
        return _of_fact(frame, whose, frame.facts[what])
    claims, others = (frame.line_row, frame.item) if what == ITEMS else (frame.diagnosis_row, frame.diagnosis)
    chosen, count = np.empty(claims.size, np.int64), 0
    for one in range(claims.size):
        claim, of = claims[one], whose.group[claims[one]]
        is_late = of >= 0 and (frame.since[claim] >= whose.first_order or frame.moment[claim] >= whose.cut[of])
        if is_late and frame.is_settlement[claim]:
            chosen[count] = one
            count += 1
    claim = claims[chosen[:count]]
    return Sightings(others[chosen[:count]], whose.group[claim], frame.moment[claim], frame.since[claim])


@compiled
def _of_fact(frame: Frame, whose: Whose, fact: Array) -> Sightings:
    few = whose.settled
    return Sightings(fact[frame.subject[whose.event[:few]]], whose.key[:few], whose.s[:few], whose.order[:few])


@compiled
def _named(frame: Frame, whose: Whose, step: Array, tiles: Tiles, count: Array) -> tuple[Three, Three]:
    """Group, other and seconds of last sightings by name; group, first second and count of what is left nameless."""
    if not len(whose.tile):
        return (_nobody(), _nobody(), _nobody()), (_nobody(), _nobody(), _nobody())
    group, other, s, bin_group, bin_s, left = _taken_out(whose, count, _last_seen(frame, whose, step, tiles))
    hidden_group, hidden, hidden_s = _hidden(whose, step[WHAT], tiles.hidden)
    group, other = np.concatenate((group, hidden_group)), np.concatenate((other, hidden))
    return (group, other, np.concatenate((s, hidden_s))), (bin_group, bin_s, left)


@compiled
def _nobody() -> Array:
    return np.empty(0, np.int64)


@compiled
def _last_seen(frame: Frame, whose: Whose, step: Array, tiles: Tiles) -> Three:
    """The last stored settlement of each asked entity with the others of the batch: group, other, seconds."""
    other, last = frame.facts[step[WHAT]], tiles.table[:, LAST_SETTLED]
    if step[SEEN_BY] >= 0:  # the tiles of the pair tell
        pairs = np.flatnonzero((tiles.table[:, KIND] == step[SEEN_BY]) & (last != MISSING))
        claim = tiles.table[:, ROW][pairs]
        return whose.group[claim], other[claim], last[pairs]
    is_named = np.zeros(other.max() + 2, np.bool_)
    is_named[other[frame.at]] = True
    is_named[-1] = False
    chosen = np.zeros(frame.s.size, np.bool_)
    for event in range(frame.s.size):
        claim = frame.subject[event]
        is_stored = frame.kind[event] == SETTLED and frame.order[event] < tiles.first_order
        chosen[event] = is_stored and whose.group[claim] >= 0 and is_named[other[claim]]
    return newest_of_pairs(whose.group, other, frame.subject, frame.s, chosen)


@compiled
def _hidden(whose: Whose, fact: int, hidden: Array) -> Three:
    """The last settlements before the cut of others that were seen after it: group, other, seconds."""
    kind = whose.tile[0, KIND] if len(whose.tile) else -1
    found = np.flatnonzero((hidden[:, 0] == kind) & (hidden[:, 1] == fact))
    return hidden[:, 2][found], hidden[:, 3][found], hidden[:, 4][found]


@compiled
def _taken_out(whose: Whose, bin_count: Array, named: Three) -> tuple[Array, Array, Array, Array, Array, Array]:
    """Takes named others (group, other, seconds) out of bins that hold them nameless, each at its last sighting.

    Returns:
        Group, other and seconds of those named that were seen before the cut; and the bins' group, first second and
        count, with a bin of -1 for each that they hold.
    """
    named_group, named_other, named_s = named
    bins, earlier = whose.bin_s.size, 0
    group, other, at = np.empty_like(named_group), np.empty_like(named_other), np.empty_like(named_s)
    of_bin, start = np.empty(bins + named_s.size, np.int64), np.empty(bins + named_s.size, np.int64)
    count = np.full(bins + named_s.size, -1, np.int64)
    of_bin[:bins], start[:bins], count[:bins] = whose.bin_group, whose.bin_s, bin_count
    for place in range(named_s.size):
        of, s = named_group[place], named_s[place]
        if s < whose.cut[of]:
            group[earlier], other[earlier], at[earlier] = of, named_other[place], s
            earlier += 1
            if s >= whose.tile[of, KEPT_FROM]:
                of_bin[bins], start[bins] = of, _bin_of(s, whose.tile[of, HOURS_FROM], whose.tile[of, DAYS_FROM])
                bins += 1
    return group[:earlier], other[:earlier], at[:earlier], of_bin[:bins], start[:bins], count[:bins]


@compiled
def _bin_of(s: int, hours_from: int, days_from: int) -> int:
    if s >= hours_from:
        return (s + _HOUR_SHIFT) // HOUR * HOUR - _HOUR_SHIFT
    if s >= days_from:
        return (s + _DAY_SHIFT) // DAY * DAY - _DAY_SHIFT
    return (s + _WEEK_SHIFT) // WEEK * WEEK - _WEEK_SHIFT


@compiled
def _newcomers(
    frame: Frame, whose: Whose, step: Array, tiles: Tiles, bins: Array, length: Array, hop: Array, shift: Array,
    out: Array,
) -> None:  # fmt: skip
    """New patients; a last settlement before the cut decides whether somebody is new after it."""
    hidden_group, hidden_patient, hidden_s = _hidden(whose, step[WHAT], tiles.hidden)
    kind, s, order, subject, patient = frame.kind, frame.s, frame.order, frame.subject, frame.facts[step[WHAT]]
    old = hidden_s.size
    of, who = np.empty(old + s.size, np.int64), np.empty(old + s.size, np.int64)
    at, since = np.empty(old + s.size, np.int64), np.empty(old + s.size, np.int64)
    of[:old], who[:old], at[:old], since[:old] = hidden_group, hidden_patient, hidden_s, PAST
    count = old
    for event in range(s.size):
        if kind[event] == SETTLED and whose.group[subject[event]] >= 0:
            of[count], who[count] = whose.group[subject[event]], patient[subject[event]]
            at[count], since[count] = s[event], order[event]
            count += 1
    pair = of[:count] * (who[:count].max() + 1 if count else 1) + who[:count]
    sequence = sorted_places(np.arange(count), pair, since[:count])
    moments = at[sequence]
    start = np.empty(count, np.int64)
    for one in range(count):
        start[one] = start_of(moments[one], _LONGEST, _LONGEST_HOP, _LONGEST_SHIFT)
    changed, when, change = changes_in(pair[sequence], moments, start)
    many, olds = changed.size, whose.bin_s.size
    key, times = np.empty(olds + many, np.int64), np.empty(olds + many, np.int64)
    orders, values = np.empty(olds + many, np.int64), np.empty((olds + many, 1), np.int64)
    key[:olds], times[:olds], orders[:olds], values[:olds, 0] = (
        whose.bin_group,
        whose.bin_s,
        PAST,
        bins[:, step[COLUMN]],
    )
    for one in range(many):
        row = sequence[changed[one]]
        counts = since[row] >= whose.first_order or when[one] >= whose.cut[of[row]]
        key[olds + one], times[olds + one], orders[olds + one] = (of[row] if counts else -1), when[one], since[row]
        values[olds + one, 0] = change[one]
    places, key, times, orders = sorted_few(key, times, orders, np.arange(whose.cut.size))
    sums(key, times, orders, places, values, whose.q_group, whose.q_t, whose.q_order, whose.place,
         length, hop, shift, np.arange(length.size), np.zeros(length.size, np.int64), out.T)  # fmt: skip


@compiled
def _last(
    frame: Frame, whose: Whose, value: Array, which: int, length: Array, hop: Array, shift: Array, out: Array
) -> None:
    """Time of the last settlement (`which` 0), or the largest `value` (m,) (1)."""
    seen, found = _of_fact(frame, whose, value), np.empty((out.shape[1], 2), np.int64)
    places, key, at, since = sorted_few(seen.key, seen.s, seen.order, np.arange(whose.cut.size))
    for window in range(length.size):
        found[:] = MISSING
        last_and_largest(key, at, since, places, seen.other, whose.q_group, whose.q_t, whose.q_order,
                         whose.place, length[window], hop[window], shift[window], found)  # fmt: skip
        out[window] = found[:, which]
