"""Prepares the past of a few asked claims for the compiled passes: choosing, sorting and counting in one call.

A settlement asks some hundred events some hundred times; then the number of calls is what takes time. Each function
here picks the events of the asked entities, puts the bins of their tiles before them, and hands both to the passes in
`kernel`, `kernel_distinct` and `newcomers`, which builds call as well.

All functions share these arguments:

- `s`, `order`, `subject`, `kind`: (e,) events, see `Events`; sightings name their claim as `of_claim`.
- `group`: (m,) the entities of the asked claims are numbered 0, 1, ...; the number of each claim's entity, else -1.
- `first_order`, `cut`: events of the batch count one by one, and those that are not older than the entity's cut (g,);
  everything else of an entity with a tile is in the bins.
- `bin_group`, `bin_s`, and `bins` (b, w) or `bin_count`: (b,) bins of tiles before the cut.
- `place`, `q_group`, `q_t`, `q_order`: (q,) the asked claims that have the entity, sorted by (group, order), and where
  the answers of each go.
- `length`, `hop`, `shift`: (w,) windows.
- `out`: (p, n) int64, takes the answers.
"""

from __future__ import annotations

import numpy as np

from claims.clock import DAY, HOUR
from claims.tables import Array
from features.compiled import compiled
from features.kernel import sums
from features.kernel_distinct import distinct
from features.kernel_largest import last_and_largest
from features.kernel_runs import start_of
from features.last_seen import newest_of_pairs
from features.newcomers import changes_in
from features.places import PAST
from features.rows import SETTLED
from features.sorting import sorted_few, sorted_places
from features.windows import WEEK, shift_of

_HOUR_SHIFT, _DAY_SHIFT, _WEEK_SHIFT = shift_of(HOUR), shift_of(DAY), shift_of(WEEK)


@compiled
def groups_of(first: Array, second: Array, at: Array, order: Array) -> tuple[Array, Array, Array, Array]:
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
def live_sums(
    s: Array, order: Array, subject: Array, values: Array, measures: Array, group: Array, first_order: int, cut: Array,
    bin_group: Array, bin_s: Array, bins: Array, bin_columns: Array,
    place: Array, q_group: Array, q_t: Array, q_order: Array, length: Array, hop: Array, shift: Array,
    window_of: Array, measure_of: Array, out: Array,
) -> None:  # fmt: skip
    """Sums over the windows of one kind of entity.

    `values` (e, c) says what each event adds to all measures, `measures` (k,) which of them are in use here,
    `bin_columns` (k,) which columns of `bins` hold those; `window_of` and `measure_of` (p,) are the pairs asked.
    """
    old = bin_s.size
    key, at, since = _happenings(s, order, subject, group, first_order, cut, bin_group, bin_s)
    places, key, at, since = sorted_few(key, at, since, np.arange(cut.size))
    chosen = np.empty((places.size, measures.size), np.int64)
    for row in range(places.size):
        for c in range(measures.size):
            if places[row] < old:
                chosen[row, c] = bins[places[row], bin_columns[c]]
            else:
                chosen[row, c] = values[places[row] - old, measures[c]]
    sums(key, at, since, np.arange(places.size), chosen, q_group, q_t, q_order, place,
         length, hop, shift, window_of, measure_of, out.T)  # fmt: skip


@compiled
def _happenings(
    s: Array, order: Array, subject: Array, group: Array, first_order: int, cut: Array, bin_group: Array, bin_s: Array
) -> tuple[Array, Array, Array]:
    """Bins and events, one after the other: group (-1 for what does not count), seconds and order of each."""
    old, size = bin_s.size, bin_s.size + s.size
    key, at, since = np.empty(size, np.int64), np.empty(size, np.int64), np.empty(size, np.int64)
    key[:old], at[:old], since[:old] = bin_group, bin_s, PAST
    for event in range(s.size):
        of = group[subject[event]]
        counts = of >= 0 and (order[event] >= first_order or s[event] >= cut[of])
        key[old + event], at[old + event], since[old + event] = (of if counts else -1), s[event], order[event]
    return key, at, since


@compiled
def live_distinct(
    s: Array, order: Array, of_claim: Array, other: Array, group: Array, first_order: int, cut: Array,
    bin_group: Array, bin_s: Array, bin_count: Array, named_group: Array, named_other: Array, named_s: Array,
    place: Array, q_group: Array, q_t: Array, q_order: Array, length: Array, hop: Array, shift: Array, out: Array,
) -> None:  # fmt: skip
    """Different others over the windows of one kind of entity.

    `other` (e,) says who was seen, -1 for nobody. `bin_count` holds others nameless, each at its last sighting before
    the cut; those that the batch names are taken out of it and stand in `named_group`, `named_other`, `named_s`.
    """
    old = named_s.size
    key, at, since = _happenings(s, order, of_claim, group, first_order, cut, named_group, named_s)
    places, key, at, since = sorted_few(key, at, since, np.arange(cut.size))
    seen = np.empty(places.size, np.int64)
    for row in range(places.size):
        seen[row] = named_other[places[row]] if places[row] < old else other[places[row] - old]
    distinct(key, at, since, np.arange(places.size), seen, q_group, q_t, q_order, place, length, hop, shift, out.T)
    if bin_s.size:
        past = np.full(bin_s.size, PAST, np.int64)
        places, key, at, since = sorted_few(bin_group, bin_s, past, np.arange(cut.size))
        sums(key, at, since, places, bin_count.copy().reshape(-1, 1), q_group, q_t, q_order, place,
             length, hop, shift, np.arange(length.size), np.zeros(length.size, np.int64), out.T)  # fmt: skip


@compiled
def last_named(
    kind: Array, s: Array, order: Array, subject: Array, group: Array, other: Array, at: Array, first_order: int
) -> tuple[Array, Array, Array]:
    """The newest stored settlement of each asked entity with each `other` (m,) that the asked claims `at` (n,) name.

    Returns:
        Group, other and seconds.
    """
    is_named = np.zeros(other.max() + 2, np.bool_)
    is_named[other[at]] = True
    is_named[-1] = False
    chosen = np.zeros(s.size, np.bool_)
    for event in range(s.size):
        claim = subject[event]
        chosen[event] = (kind[event] == SETTLED and order[event] < first_order and group[claim] >= 0
                         and is_named[other[claim]])  # fmt: skip
    return newest_of_pairs(group, other, subject, s, chosen)


@compiled
def taken_out(
    named_group: Array, named_other: Array, named_s: Array, cut: Array, bin_group: Array, bin_s: Array,
    bin_count: Array, hours_from: Array, days_from: Array, kept_from: Array,
) -> tuple[Array, Array, Array, Array, Array, Array]:  # fmt: skip
    """Takes named others out of bins that hold them nameless, each at its last sighting.

    `hours_from`, `days_from` and `kept_from` (g,) are the bounds of each tile's bins, as in `tiles.Clock`.

    Returns:
        Group, other and seconds of those named that were seen before the cut; and the bins' group, first second and
        count, with a bin of -1 for each that they hold.
    """
    bins, earlier = bin_s.size, 0
    group, other, at = np.empty_like(named_group), np.empty_like(named_other), np.empty_like(named_s)
    of_bin, start = np.empty(bins + named_s.size, np.int64), np.empty(bins + named_s.size, np.int64)
    count = np.full(bins + named_s.size, -1, np.int64)
    of_bin[:bins], start[:bins], count[:bins] = bin_group, bin_s, bin_count
    for place in range(named_s.size):
        of, s = named_group[place], named_s[place]
        if s < cut[of]:
            group[earlier], other[earlier], at[earlier] = of, named_other[place], s
            earlier += 1
            if s >= kept_from[of]:
                of_bin[bins], start[bins] = of, _bin_of(s, hours_from[of], days_from[of])
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
def live_newcomers(
    kind: Array, s: Array, order: Array, subject: Array, group: Array, patient: Array, first_order: int, cut: Array,
    bin_group: Array, bin_s: Array, bin_count: Array, hidden_group: Array, hidden_patient: Array, hidden_s: Array,
    longest: Array,
    place: Array, q_group: Array, q_t: Array, q_order: Array, length: Array, hop: Array, shift: Array, out: Array,
) -> None:  # fmt: skip
    """New patients over the windows of one kind of entity.

    `patient` (m,) is that of each claim; `hidden_group`, `hidden_patient`, `hidden_s` are last settlements before the
    cut; `longest` is the length, hop and shift of the window within which nobody is new.
    """
    old = hidden_s.size
    of, who = np.empty(old + s.size, np.int64), np.empty(old + s.size, np.int64)
    at, since = np.empty(old + s.size, np.int64), np.empty(old + s.size, np.int64)
    of[:old], who[:old], at[:old], since[:old] = hidden_group, hidden_patient, hidden_s, PAST
    count = old
    for event in range(s.size):
        if kind[event] == SETTLED and group[subject[event]] >= 0:
            of[count], who[count] = group[subject[event]], patient[subject[event]]
            at[count], since[count] = s[event], order[event]
            count += 1
    pair = of[:count] * (who[:count].max() + 1 if count else 1) + who[:count]
    sequence = sorted_places(np.arange(count), pair, since[:count])
    moments = at[sequence]
    start = np.empty(count, np.int64)
    for one in range(count):
        start[one] = start_of(moments[one], longest[0], longest[1], longest[2])
    changed, when, change = changes_in(pair[sequence], moments, start)
    many, olds = changed.size, bin_s.size
    key, times = np.empty(olds + many, np.int64), np.empty(olds + many, np.int64)
    orders, values = np.empty(olds + many, np.int64), np.empty((olds + many, 1), np.int64)
    key[:olds], times[:olds], orders[:olds], values[:olds, 0] = bin_group, bin_s, PAST, bin_count
    for one in range(many):
        row = sequence[changed[one]]
        counts = since[row] >= first_order or when[one] >= cut[of[row]]
        key[olds + one], times[olds + one], orders[olds + one] = (of[row] if counts else -1), when[one], since[row]
        values[olds + one, 0] = change[one]
    places, key, times, orders = sorted_few(key, times, orders, np.arange(cut.size))
    sums(key, times, orders, places, values, q_group, q_t, q_order, place,
         length, hop, shift, np.arange(length.size), np.zeros(length.size, np.int64), out.T)  # fmt: skip


@compiled
def live_last(
    s: Array, order: Array, of_claim: Array, value: Array, group: Array, groups: int,
    place: Array, q_group: Array, q_t: Array, q_order: Array, length: Array, hop: Array, shift: Array, out: Array,
) -> None:  # fmt: skip
    """Time of the last settlement and the largest `value` (m,) within one window; `out` is that of the pass (n, 2)."""
    key = np.empty(s.size, np.int64)
    for event in range(s.size):
        key[event] = group[of_claim[event]]
    places, key, at, since = sorted_few(key, s, order, np.arange(groups))
    last_and_largest(key, at, since, of_claim[places], value, q_group, q_t, q_order, place,
                     length[0], hop[0], shift[0], out)  # fmt: skip
