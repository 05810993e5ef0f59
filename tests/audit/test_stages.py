"""Each rule is asked at the stages that it declares, and at no other."""

from __future__ import annotations

from dataclasses import replace

from audit.life.asked import asked_in
from rules.catalogue import RULES
from rules.frame import AFTER, BEFORE, DURING, State


def test_only_rules_of_the_stage_are_asked() -> None:
    late = [replace(RULES[0], stages=(AFTER,)), replace(RULES[1], stages=(DURING, AFTER)), *RULES[2:5]]
    asked = asked_in({rule.code: State.SHADOW if rule is late[1] else State.ACTIVE for rule in late}, late)
    for stage in (BEFORE, DURING, AFTER):
        at = asked.at(stage)
        assert at.active == tuple(rule for rule in asked.active if stage in rule.stages)
        assert at.shadow == tuple(rule for rule in asked.shadow if stage in rule.stages)
        assert at.fingerprint == asked.fingerprint, "a decision names the whole set"
        assert asked.at(stage) is at, "made once"
    assert [len(asked.at(stage).active) for stage in (BEFORE, DURING, AFTER)] == [3, 3, 4]


def test_what_all_rules_share_is_not_copied() -> None:
    asked = asked_in({rule.code: State.ACTIVE for rule in RULES})
    assert asked.at(AFTER).active is asked.active
    assert {rule.code for rule in asked.active} - {rule.code for rule in asked.at(BEFORE).active} == {
        rule.code for rule in RULES if BEFORE not in rule.stages
    }
