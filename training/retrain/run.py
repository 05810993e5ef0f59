"""One retraining from the checks to the answer.

Each step is written down before the next begins, so that a second call goes on where a killed one stopped.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import numpy as np
import psycopg

from audit import promotions
from audit.promotions import CHALLENGER, CHAMPION, Promotion
from audit.shadow import forget_shadows
from claims.clock import to_moment
from claims.errors import NotBuilt, NotEnoughData
from claims.settings import Settings
from claims.tables import Array
from features.catalogue import feature_set
from scoring.bundle import Bundle, load_bundle
from scoring.rule_columns import offered_to
from scoring.score import flagged, outlook
from training.bounds import Bounds, bounds_of
from training.champions import asked_champion
from training.claim_data import END_OF_TIME, align, read_claim_table, read_labels_at
from training.claim_model import ClaimPlan
from training.claim_work import prepare
from training.groups import WrongfulStops, groups_of, wrongful_stops
from training.label_checks import Check
from training.promotion import aliases_follow, install, let_serve
from training.retrain.checks import Material, check_all
from training.retrain.compare import ComparedRows, Comparison, compare
from training.retrain.decide import Decision, decide
from training.retrain.period import comparison_period, last_closed_month
from training.retrain.state import (
    CHECKED,
    COMPARED,
    DECIDED,
    PROMOTED,
    PROPOSED,
    REFUSED,
    STOPPED,
    TRAINED,
    Retraining,
    advance,
    begin,
    hold_the_lock,
)
from training.rule_ranking import rank_by_rules
from training.track import add_to_run, registered_version, run_since, set_alias, store_of, tidy_unfinished
from training.train_claim import train_claims
from training.units import units_of

SUBJECT = "claim"
Say = Callable[[str], None]


@dataclass(frozen=True)
class Asked:
    """What one retraining is asked for.

    Attributes:
        by: who asks; under cron the login name.
        month: any day of the closed month to end with; the newest one if None.
        four_eyes: only propose; what the bounds say if None.
        again: begin anew although this month has an answer.
        per_day: claims that reviewers can judge in a day; their pace if None.
        seed: of every random step.
        now: seconds by the wall clock; the clock's own if None.
        cluster: address of a Dask cluster that fits the trees; this process if None.
    """

    by: str
    month: date | None = None
    four_eyes: bool | None = None
    again: bool = False
    per_day: int | None = None
    seed: int = 1
    now: int | None = None
    cluster: str | None = None

    @property
    def moment(self) -> int:
        """Now, in seconds."""
        return int(time.time()) if self.now is None else self.now


def retrain_claims(
    connection: psycopg.Connection, settings: Settings, asked: Asked, say: Say = lambda _: None
) -> Retraining:
    """Check, train, compare, decide; or give the answer that this month has already.

    Args:
        connection: an open connection without a transaction of the caller's; each step is committed.
        settings: where MLflow and the data folder are.
        asked: for which month, by whom.
        say: told the name of each step that begins.

    Raises:
        Conflict: another retraining runs.
        BadSetting: MLflow is away, or the month is not over; what was reached stays, and the next call goes on.
        NotEnoughData: the store holds no settlement.
        BadBundle: the champion's files are gone or altered.
    """
    bounds = bounds_of(settings)
    hold_the_lock(connection)
    month = last_closed_month(connection, to_moment(asked.moment).date(), asked.month)
    now = begin(connection, SUBJECT, month, asked.by, asked.again)
    if now.is_answered:
        return now
    aliases_follow(connection, settings, SUBJECT)
    forget_shadows(connection, bounds.shadow_days)
    connection.commit()
    run = _Run(connection, settings, asked, bounds, say)
    try:
        for step, work in ((CHECKED, run.check), (TRAINED, run.train), (COMPARED, run.compare), (DECIDED, run.decide)):
            if now.outcome is None and not now.reached(step):
                now = work(now)
                connection.commit()
    except (NotEnoughData, NotBuilt) as error:
        connection.rollback()
        now = advance(connection, now, now.step, outcome=STOPPED, reason=str(error))
        connection.commit()
    return now


@dataclass(frozen=True)
class _Run:
    connection: psycopg.Connection
    settings: Settings
    asked: Asked
    bounds: Bounds
    say: Say

    def check(self, now: Retraining) -> Retraining:
        """Whether the data may teach; the period to compare on is fixed here."""
        self.say("checking data")
        serving, bundle = self._champion()
        table = read_claim_table(self.connection, self.settings)
        labels = align(read_labels_at(self.connection, END_OF_TIME), table.claim_ids)
        seen_until = bundle.trained_until if bundle else 0
        period = comparison_period(table.settled_at, labels.label, now.month, seen_until)
        reference = seen_until or period.begin
        found = check_all(Material(self.connection, table, labels, period, reference, self.bounds, self.asked.moment))
        details = {
            "checks": [asdict(each) for each in found],
            "period": asdict(period),
            "champion": serving.bundle_fingerprint if serving and bundle else None,
        }
        failed = [each for each in found if not each.passed]
        if failed:
            return advance(self.connection, now, now.step, outcome=STOPPED, reason=_words(failed), details=details)
        return advance(self.connection, now, CHECKED, details=details)

    def train(self, now: Retraining) -> Retraining:
        """The challenger's run: one that a killed call had finished, or a new one."""
        period, since = now.details["period"], int(now.begun_at.timestamp())
        store = store_of(self.connection)
        tidy_unfinished(self.settings, SUBJECT, store, period["begin"], since)
        run_id = run_since(self.settings, SUBJECT, store, period["begin"], since)
        if run_id is None:
            per_day, seed, cluster = self.asked.per_day, self.asked.seed, self.asked.cluster
            plan = ClaimPlan(period["begin"], period["end"], per_day, seed=seed, cluster=cluster)
            run_id = train_claims(self.connection, self.settings, plan, self.say, gate=lambda _: None).run_id
        version = registered_version(self.settings, SUBJECT, run_id)
        return advance(self.connection, now, TRAINED, run_id=run_id, version=version)

    def compare(self, now: Retraining) -> Retraining:
        """Both models on the same rows, and whom the challenger would stop wrongly."""
        self.say("comparing with the champion")
        period = now.details["period"]
        assert now.run_id is not None
        model = install(self.settings, now.run_id, SUBJECT)
        challenger = load_bundle(model.bundle_path, model.bundle_fingerprint)
        work = prepare(self.connection, self.settings, ClaimPlan(period["begin"], period["end"], self.asked.per_day))
        window = work.parts.test_window
        matrix, claim_ids = work.table.matrix[window], work.table.claim_ids[window]
        label = work.now.label[window]
        of_rules = work.table.of_rules[window]
        probability, anomaly = outlook(challenger, offered_to(challenger, matrix, of_rules))
        units = units_of(self.connection, work.table.patient_ids[window], period["end"])
        rows = ComparedRows(work.table.settled_at[window], label, work.now.amount_fen[window], units)
        against = self._ranking_to_beat(matrix, of_rules)
        compared = compare(
            rows, against, ("challenger", probability), work.per_day, self.bounds.interval, self.asked.seed
        )
        held = np.logical_or(*flagged(challenger, probability, anomaly))
        judged = np.flatnonzero(held & (label >= 0))
        stops = wrongful_stops(
            groups_of(self.connection, claim_ids[judged]),
            held[judged],
            label[judged],
            units[judged],
            most=self.bounds.most_wrongful_stop_share,
            least_judged=self.bounds.least_judged_in_group,
            seed=self.asked.seed,
        )
        is_same = model.bundle_fingerprint == now.details["champion"]
        decision = decide(compared, stops, self.bounds.most_wrongful_stop_share, is_same)
        details = _plain(compared, stops, decision)
        self._into_the_run(now, compared, decision, details)
        return advance(self.connection, now, COMPARED, bundle_fingerprint=model.bundle_fingerprint, details=details)

    def decide(self, now: Retraining) -> Retraining:
        """The ledger's row and the answer in one transaction; the alias in MLflow before it is committed."""
        self.say("writing the ledger")
        assert now.run_id is not None
        model = install(self.settings, now.run_id, SUBJECT)
        reason, by = _reason_of(now), now.asked_by
        outcome = self._outcome(now)
        if outcome == REFUSED:
            promotions.refuse(self.connection, self.settings, model, by, reason)
        elif outcome == PROPOSED:
            promotions.propose(self.connection, self.settings, model, by, reason, needs_second=True)
            set_alias(self.settings, SUBJECT, CHALLENGER, model.version)
        else:
            let_serve(self.connection, self.settings, model, by, reason)
        return advance(self.connection, now, DECIDED, outcome=outcome, reason=reason)

    def _champion(self) -> tuple[Promotion | None, Bundle | None]:
        return asked_champion(self.connection, self.settings, SUBJECT, feature_set())

    def _ranking_to_beat(self, matrix: Array, of_rules: Array) -> tuple[str, Array]:
        """The champion's scores; without one that can be asked, what rules alone would rank."""
        _, bundle = self._champion()
        if bundle is not None:
            return CHAMPION, outlook(bundle, offered_to(bundle, matrix, of_rules))[0]
        return "rules alone", rank_by_rules(of_rules)

    def _outcome(self, now: Retraining) -> str:
        if not now.details["decision"]["may_serve"]:
            return REFUSED
        four_eyes = self.bounds.four_eyes if self.asked.four_eyes is None else self.asked.four_eyes
        return PROPOSED if four_eyes else PROMOTED

    def _into_the_run(self, now: Retraining, it: Comparison, decision: Decision, details: dict[str, Any]) -> None:
        assert now.run_id is not None
        against = it.champion.name.replace(" ", "_")
        figures = {
            f"than_{against}_{name}{part}": getattr(difference, field) / unit
            for name, difference, unit in (
                ("money_yuan", it.money_fen, 100),
                ("precision", it.precision, 1),
                ("ap", it.average_precision, 1),
            )
            for part, field in (("", "value"), ("_low", "low"), ("_high", "high"))
        }
        tags = {"retraining_month": f"{now.month:%Y-%m}", "retraining_reason": decision.reason.en}
        texts = {"retraining.json": json.dumps({**now.details, **details}, ensure_ascii=False, indent=1)}
        add_to_run(self.settings, now.run_id, figures, tags, texts)


def _plain(compared: Comparison, stops: list[WrongfulStops], decision: Decision) -> dict[str, Any]:
    made: dict[str, Any] = {
        "comparison": asdict(compared),
        "wrongful_stops": [{**asdict(each), "says": str(each)} for each in stops],
        "decision": asdict(decision),
    }
    plain: dict[str, Any] = json.loads(json.dumps(made), parse_constant=lambda _: None)  # no nan in the store
    return plain


def _reason_of(now: Retraining) -> str:
    reason = now.details["decision"]["reason"]
    return f"{reason['en']} {reason['zh']}"


def _words(failed: list[Check]) -> str:
    return f"{'; '.join(each.en for each in failed)}. {'；'.join(each.zh for each in failed)}。"
