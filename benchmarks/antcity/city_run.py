"""One city in one process: made, walked through by every detector, and forgotten."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.antcity.baselines import BASELINES
from benchmarks.antcity.found import FIRST_NIGHT, Found, our_finders, walk
from benchmarks.antcity.planted import Planted, planted_rings
from benchmarks.antcity.source import source_of
from claims.city.make import City, make_city
from claims.city.plan import CityPlan
from claims.city.wrongs import SCHEMES
from graphs.facts import Facts, read_facts

OURS, WITHOUT_HOME = "ours", "ours without home"


@dataclass(frozen=True)
class CityRun:
    """What one city held, and what each detector found in it.

    Attributes:
        insured: persons.
        planted: the rings.
        wrongdoers: persons of any scheme.
        found: by detector; baselines are called by name and knob.
    """

    insured: int
    planted: list[Planted]
    wrongdoers: frozenset[int]
    found: dict[str, list[Found]]


def run_city(plan: CityPlan, knobs: dict[str, tuple[float, ...]], without_home: bool) -> CityRun:
    """Make the city and walk through it night by night.

    Args:
        plan: the city.
        knobs: by baseline, the values of its knob to run; none leaves it out.
        without_home: whether to walk through it a second time without homes and employers.
    """
    city = make_city(plan)
    facts = read_facts(source_of(city))
    found = {OURS: _walk(city, facts)}
    for name, values in knobs.items():
        for knob in values:
            finder = BASELINES[name][0](facts, knob)
            found[f"{name} {knob:g}"] = walk(
                facts, {"baseline": (finder, True)}, _nights(city), _person_of(city, facts)
            )
    if without_home:
        found[WITHOUT_HOME] = _walk(city, read_facts(source_of(city, with_home=False)))
    persons = city.claims.visits["person"][city.truth.claim[city.truth.wrong < len(SCHEMES)]]
    return CityRun(plan.insured, planted_rings(city), frozenset(persons.tolist()), found)


def _walk(city: City, facts: Facts) -> list[Found]:
    return walk(facts, our_finders(facts), _nights(city), _person_of(city, facts))


def _nights(city: City) -> range:
    plan = city.world.plan
    return range(plan.first + FIRST_NIGHT, plan.first + plan.days + 1)


def _person_of(city: City, facts: Facts) -> list[int]:
    row_of = {number: row for row, number in enumerate(city.world.people.numbers.tolist())}
    return [row_of[number] for number in facts.swipes.patient_ids.tolist()]
