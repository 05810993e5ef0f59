"""Rules decide, models suggest."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claims.batch import select
from rules.catalogue import RULES
from rules.facts import Facts
from rules.frame import HIGHLY, Hits, rule
from rules.numbers import Numbers
from scoring.actions import ACTIONS
from scoring.alerts import ANOMALY, ANOMALY_PRIOR
from scoring.judge import Judgement, judge
from scoring.knots import Knots
from tests.rules.scenes import scene
from tests.scoring.small_bundle import small_bundle, values

DEAR = {"unit_price_micro_yuan": 20_000_000}
STRANGER = {"doctor_id": "D-TEST-9"}
"""A line that a doctor ordered whom the complete register does not know: it may be refused."""
CEILING = [{"price_ceiling_micro_yuan": 10_000_000}, {"item_code": "A-TEST"}]


def judged(claims: list[dict[str, Any]], matrix: object = None, **more: Any) -> Judgement:
    options = {name: more.pop(name) for name in ("bundle", "already_paid", "rules", "shadow") if name in more}
    batch, context = scene(claims, **more)
    rows = np.zeros((len(batch), 6)) if matrix is None else np.asarray(matrix, dtype=np.float64)
    return judge(batch, context, rows, options.pop("bundle", None), **options)


@given(st.integers(0, 10_000), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
@settings(max_examples=25, deadline=None)
def test_a_model_or_ring_alone_never_refuses(seed: int, probability: float, anomaly: float, ring: float) -> None:
    bundle = small_bundle(review_probability=probability, review_anomaly=anomaly, review_ring_score=ring)
    result = judged([{"patient_id": "P1"}] * 8, values(8, seed), bundle=bundle, rules=())
    assert set(result.claim_action) <= {"pass", "review"}
    assert set(result.line_action) <= {"pass", "review"}


@given(st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_a_model_changes_no_refusal_and_softens_nothing(seed: int) -> None:
    claims = [{"lines": [{**STRANGER}, {"item_code": "A-TEST"}]}, {}, {"lines": [STRANGER]}, {"doctor_id": None}]
    bundle = small_bundle(review_probability=0.2)
    alone, both = (judged(claims, values(4, seed), bundle=given) for given in (None, bundle))
    for before, after in zip(alone.line_action, both.line_action, strict=True):
        assert ACTIONS.index(after) >= ACTIONS.index(before)
        assert (after == "refuse") == (before == "refuse")


def test_a_refused_line_does_not_refuse_the_others() -> None:
    result = judged([{"lines": [STRANGER, {"item_code": "A-TEST"}]}])
    assert result.line_action.tolist() == ["refuse", "pass"]
    assert result.claim_action.tolist() == ["remind"]
    assert result.line_money_fen.tolist() == [1000, 0]
    assert result.money_at_stake_fen.tolist() == [1000]


def test_a_claim_is_refused_when_every_line_is() -> None:
    result = judged([{"lines": [STRANGER] * 2}, {"patient_id": "P2", "lines": [STRANGER]}, {"patient_id": "P3"}])
    assert result.claim_action.tolist() == ["refuse", "refuse", "pass"]


def test_what_was_refused_before_payment_is_no_case_and_what_was_paid_is() -> None:
    before = judged([{"lines": [STRANGER]}])
    after = judged([{"lines": [STRANGER]}], already_paid=True)
    assert (before.claim_action.tolist(), before.alerts) == (["refuse"], [])
    assert after.claim_action.tolist() == ["review"]
    assert after.line_action.tolist() == ["review"]
    (alert,) = after.alerts
    assert (alert.source, alert.subject_kind, alert.subject_id) == ("rule", "institution", "H-TEST-1")
    assert (alert.line_number, alert.amount_fen, alert.claim_id) == (1, 1000, "claim-0")


def test_a_failed_real_name_check_refuses_the_line_and_a_stale_register_does_not() -> None:
    current = judged([{"doctor_id": "D-TEST-9"}])
    stale = judged([{"doctor_id": "D-TEST-9"}], declarations=[{"confirmed_at": None}])
    incomplete = judged([{"doctor_id": "D-TEST-9"}], declarations=[{"is_complete": False}])
    assert [result.claim_action[0] for result in (current, stale, incomplete)] == ["refuse", "review", "remind"]


def test_a_duplicate_holds_the_whole_claim() -> None:
    result = judged([{"lines": [{}, {"item_code": "A-TEST"}]}], history=[{"lines": [{}, {"item_code": "A-TEST"}]}])
    assert result.line_action.tolist() == ["review", "review"]
    assert result.alerts[0].line_number == 0


@rule(
    code="YC-TEST",
    name_zh="测试",
    name_en="Test",
    category="管理类",
    grade=HIGHLY,
    since="2000-01-01",
    source="made up",
    subject_kind="institution",
)
def crashes(facts: Facts, numbers: Numbers) -> Hits:
    """Always fails."""
    raise KeyError("private")


def test_a_crashed_rule_sends_the_claim_to_a_person() -> None:
    result = judged([{}, {"kind": "reversal"}], rules=[crashes])
    assert result.claim_action.tolist() == ["review", "pass"]
    assert result.crashed == [("YC-TEST", "KeyError")]
    assert [alert.claim_id for alert in result.alerts] == ["claim-0"]
    assert result.reasons[0][0]["kind"] == "crash"
    assert "private" not in json.dumps(result.reasons)


def guilty_rows() -> np.ndarray:
    """Rows of which the model is sure: by visits, by the doctor's column set aside, and by a ring."""
    return np.array([[12, 1e5, 0, 20, 0.9, 1], [1, 1e5, 0.9, 20, 0.1, 0], [1, 1e5, 0, 20, 0.1, 0]], dtype=np.float64)


def test_model_and_ring_hold_the_claim_with_reasons() -> None:
    result = judged([{}, {"patient_id": "P2"}, {"patient_id": "P3"}], guilty_rows(), bundle=small_bundle(), rules=())
    assert result.claim_action.tolist() == ["review", "review", "pass"]
    assert result.has_model
    assert result.money_at_stake_fen.tolist() == [1_000_000, 1_000_000, 0]
    kinds = [[reason["kind"] for reason in spoken] for spoken in result.reasons]
    assert set(kinds[0]) == {"feature"}
    assert kinds[1][0] == "ring"
    assert "patient_ring_score" not in [reason.get("feature") for reason in result.reasons[1][1:]]
    assert kinds[2] == []
    by_claim = {alert.claim_id: alert for alert in result.alerts if alert.subject_kind == "patient"}
    assert (by_claim["claim-1"].source, by_claim["claim-1"].subject_id) in {("ring", "P2"), ("model", "P2")}


MATES, CARDS = "till_ring_mates_distinct_15m", "till_ring_cards_distinct_15m"


def beside(mates: float, cards: float, ring: float, review_probability: float = 1.0) -> Judgement:
    """A claim at 10:42 at till T7, judged by a bundle that also reads which cards of rings were there just before."""
    bundle = small_bundle(review_probability=review_probability, review_anomaly=1.0)
    names = {"doctor_patient_distinct_1d": MATES, "patient_claims_count_30d": CARDS}
    features = tuple(replace(one, name=names.get(one.name, one.name)) for one in bundle.features)
    claim = {"till_id": "T7", "settled_at": "2026-01-05T10:42"}
    row = np.array([[cards, 1e5, ring, mates, 0.1, 0]], dtype=np.float64)
    return judged([claim], row, bundle=replace(bundle, features=features), rules=())


def test_the_third_card_of_a_ring_at_a_till_says_so_after_the_ring() -> None:
    result = beside(mates=2, cards=3, ring=0.9)
    assert [reason["kind"] for reason in result.reasons[0]] == ["ring", "meeting"]
    meeting = result.reasons[0][1]
    assert meeting["en"] == (
        "Settled at till T7 at 10:42: 2 other cards of the same ring settled there in the 15 minutes before, "
        "so this is card 3"
    )
    assert meeting["zh"] == "10:42 在收费窗口 T7 结算，此前15分钟内同一团伙另有 2 人的卡在此结算，本单为第 3 张"
    assert (meeting["feature"], meeting["value"]) == (MATES, 2.0)
    assert meeting in result.alerts[0].reasons


def test_a_claim_beside_a_ring_of_others_says_so_when_something_holds_it() -> None:
    assert beside(mates=0, cards=1, ring=0.0).reasons == [[]]
    held = beside(mates=0, cards=1, ring=0.0, review_probability=0.0).reasons[0]
    assert held[0]["en"].endswith("1 card of known rings settled there in the 15 minutes before")
    assert (held[0]["kind"], held[0]["feature"]) == ("meeting", CARDS)
    assert CARDS not in [reason["feature"] for reason in held[1:]]


def test_a_ring_holds_what_can_be_carried_away_and_not_its_members_blood_tests() -> None:
    bundle = small_bundle(review_probability=1.0, review_anomaly=1.0)
    row = np.array([[1, 1e5, 0.9, 20, 0.1, 0]], dtype=np.float64)
    drug, blood_test = ([{"item_kind": kind}] for kind in ("drug", "service"))
    assert judged([{"lines": drug}], row, bundle=bundle, rules=()).claim_action.tolist() == ["review"]
    assert judged([{"lines": blood_test}], row, bundle=bundle, rules=()).claim_action.tolist() == ["pass"]


def test_an_anomaly_alone_is_explained_by_what_made_it_strange() -> None:
    bundle = small_bundle(review_probability=1.0, review_anomaly=0.9)
    strange = np.array([[0, 9e9, 0, 500, 0.1, 0]], dtype=np.float64)
    result = judged([{}], strange, bundle=bundle, rules=())
    assert result.claim_action.tolist() == ["review"]
    (alert,) = result.alerts
    assert alert.source == "anomaly"
    assert {reason["feature"] for reason in result.reasons[0][:2]} == {
        "patient_fund_sum_30d",
        "doctor_patient_distinct_1d",
    }


def test_without_a_bundle_only_rules_speak_and_the_judgement_says_so() -> None:
    result = judged([{}, {"patient_id": "P2", "doctor_id": None}])
    assert not result.has_model
    assert np.isnan(result.probability).all()
    assert result.claim_action.tolist() == ["pass", "remind"]
    assert result.alerts == []


def test_alerts_on_one_subject_and_line_are_one() -> None:
    item = [{"price_ceiling_micro_yuan": 10_000_000, "only_sex": "2", "most_age_years": 14}]
    result = judged([{"lines": [DEAR]}], catalogue=item, already_paid=True)
    assert len(result.hits) == 3
    (alert,) = result.alerts
    assert [reason["code"] for reason in alert.reasons] == ["GZ10000301004000", "YC-AGE", "YC-PRICE"]
    assert alert.amount_fen == 2000


def test_no_claim_has_more_at_stake_than_the_insurance_paid() -> None:
    result = judged([{"fund_fen": 300, "account_fen": 200, "lines": [DEAR]}], catalogue=CEILING, already_paid=True)
    assert result.money_at_stake_fen.tolist() == [500]
    assert result.alerts[0].amount_fen == 500


def test_a_reversal_is_neither_scored_nor_held() -> None:
    result = judged([{"kind": "reversal", "fund_fen": -5}], guilty_rows()[:1], bundle=small_bundle())
    assert result.claim_action.tolist() == ["pass"]
    assert (result.probability[0], result.anomaly[0], result.money_at_stake_fen[0], result.alerts) == (0, 0, 0, [])


def test_an_empty_batch_and_a_claim_without_lines() -> None:
    empty = judged([], bundle=small_bundle())
    assert (len(empty.claim_action), empty.alerts) == (0, [])
    bare = judged([{"lines": [], "total_fen": 0}], guilty_rows()[:1], bundle=small_bundle())
    assert bare.claim_action.tolist() == ["review"]


def test_reasons_and_alerts_go_into_json() -> None:
    claims = [{"lines": [DEAR]}, {"patient_id": "P2"}, {"patient_id": "P3", "doctor_id": "D-TEST-9"}]
    result = judged(claims, guilty_rows(), bundle=small_bundle(), catalogue=CEILING, already_paid=True)
    for spoken in [*result.reasons, *(alert.reasons for alert in result.alerts)]:
        assert json.loads(json.dumps(spoken, allow_nan=False)) == spoken
        assert all({"kind", "zh", "en"} <= set(reason) for reason in spoken)


@pytest.mark.parametrize("has_model", [True, False])
def test_one_claim_alone_is_judged_as_in_the_batch(has_model: bool) -> None:
    claims = [{"lines": [DEAR, {}], "patient_id": f"P{row}", "doctor_id": f"D-TEST-{row % 3}"} for row in range(12)]
    batch, context = scene(claims, catalogue=CEILING)
    matrix, bundle = values(12, seed=3), small_bundle() if has_model else None
    whole = judge(batch, context, matrix, bundle)
    for row in range(12):
        alone = judge(select(batch, np.array([row])), context, matrix[row : row + 1], bundle)
        assert alone.claim_action[0] == whole.claim_action[row]
        assert alone.reasons[0] == whole.reasons[row]
        assert alone.alerts == [alert for alert in whole.alerts if alert.claim_id == f"claim-{row}"]


def test_rules_in_shadow_are_found_and_change_nothing_even_by_a_crash() -> None:
    def broken(*_: object) -> Hits:
        raise ZeroDivisionError

    claims = [{"lines": [DEAR, {"item_code": "A-TEST"}]}, {"lines": [DEAR]}, {}]
    acting = {rule.code: rule for rule in RULES}
    dear = acting.pop("YC-PRICE")
    crashing = replace(dear, code="YC-CRASH", check=broken)
    alone = judged(claims, catalogue=CEILING, rules=tuple(acting.values()))
    beside = judged(claims, catalogue=CEILING, rules=tuple(acting.values()), shadow=(dear, crashing))
    assert {hit.code for hit in beside.shadow.hits} == {"YC-PRICE"}
    assert beside.shadow.crashed == [("YC-CRASH", "ZeroDivisionError")]
    assert (alone.shadow.hits, alone.shadow.crashed) == ([], [])
    for name in ("claim_action", "line_action", "money_at_stake_fen", "line_money_fen"):
        np.testing.assert_array_equal(getattr(alone, name), getattr(beside, name))
    for name in ("hits", "crashed", "reasons", "alerts", "spared"):
        assert getattr(alone, name) == getattr(beside, name)


def test_before_the_first_verdict_what_is_odd_goes_to_a_person_without_a_probability() -> None:
    prior = Knots(np.zeros(1), np.full(1, ANOMALY_PRIOR))
    forest_alone = small_bundle(
        model_text="", probability_knots=prior, review_probability=1.0, review_anomaly=0.9, review_ring_score=9.0
    )
    result = judged([{"patient_id": "P1"}] * 60, values(60), bundle=forest_alone, rules=())
    assert result.decided_by == "rules and isolation forest"
    held = result.claim_action == "review"
    assert 0 < held.sum() < 20
    assert {(alert.source, alert.probability) for alert in result.alerts} == {(ANOMALY, ANOMALY_PRIOR)}
    assert all(result.reasons[row] for row in np.flatnonzero(held).tolist())
    assert judged([{}]).decided_by == "rules only"
    assert judged([{}], values(1), bundle=small_bundle()).decided_by == "rules and model"
