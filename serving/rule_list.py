"""The catalogue of rules as a supervisor sees it."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import psycopg

from audit.life.counts import counts_by_day
from audit.life.ledger import states_of
from audit.life.proposals import Proposal, open_proposals
from claims.clock import to_moment
from rules.catalogue import RULES
from serving.rule_schemas import ProposalOut, RuleOut, RulesOut

DAYS = 30


def listed(connection: psycopg.Connection, now: int) -> RulesOut:
    """All rules with their states and their findings of the last `DAYS` days."""
    today = to_moment(now).date()
    states, found = states_of(connection), dict[str, Counter[str]]()
    for day in counts_by_day(connection, today - timedelta(days=DAYS - 1), today):
        counts = found.setdefault(day.rule_code, Counter())
        counts.update(hits=day.hits, claims=day.claims, crashes=day.crashes)
    return RulesOut(
        rules=[
            RuleOut(
                code=rule.code,
                name_zh=rule.name_zh,
                name_en=rule.name_en,
                grade=str(rule.grade),
                state=states[rule.code],
                source=rule.source,
                hits_30d=counts["hits"],
                claims_30d=counts["claims"],
                crashes_30d=counts["crashes"],
            )
            for rule in RULES
            for counts in [found.get(rule.code, Counter())]
        ],
        proposals=[proposal_out(each) for each in open_proposals(connection)],
    )


def proposal_out(proposal: Proposal) -> ProposalOut:
    """A proposal as the API gives it."""
    return ProposalOut(
        proposal_id=proposal.proposal_id,
        rule_code=proposal.rule_code,
        old_state=proposal.old_state,
        new_state=proposal.new_state,
        proposed_by=proposal.proposed_by,
        why=proposal.why,
    )
