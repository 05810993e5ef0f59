"""One message on its way to its answer; an answer is kept in the transaction that did what it says."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import psycopg
from propcache.api import cached_property

from claims.errors import YichaError
from serving.desk import Desk
from serving.national.area import Area
from serving.national.envelope import Envelope, answer_of
from serving.national.problems import CONFLICT, Problem

Output = dict[str, Any]


class AnsweredMeanwhile(YichaError):
    """Another request with the same message was quicker; its answer is the one that counts."""


@dataclass(frozen=True)
class Exchange:
    """What a transaction needs to act.

    Attributes:
        holder: the name of the API key that the message came with.
        received: when it came, seconds since 1970.
        start: the same on the clock that measures.
    """

    desk: Desk
    area: Area
    message: Envelope
    holder: str
    received: float
    start: float

    @property
    def microseconds(self) -> int:
        """How long it has taken until now."""
        return round((time.perf_counter() - self.start) * 1e6)

    @cached_property
    def pseudonyms(self) -> dict[str, str]:
        """The pseudonym of each person number of the message. Nothing but these goes into answers that are kept."""
        numbers = list(dict.fromkeys(self.message.persons))
        return {number: str(name) for number, name in zip(numbers, self.desk.pseudonyms.of(numbers), strict=True)}

    def with_numbers(self, answer: bytes) -> bytes:
        """An answer as its caller gets it: the person numbers, which only the message knows, stand where they were."""
        for number, pseudonym in self.pseudonyms.items():
            answer = answer.replace(f'"{pseudonym}"'.encode(), f'"{number}"'.encode())
        return answer

    @cached_property
    def fingerprint(self) -> str:
        """Keyed, since the input holds the person number; names are dropped before."""
        (made,) = self.desk.pseudonyms.of([self.message.model_dump_json(include={"input"})])
        assert made is not None
        return made

    def known(self) -> bytes | None:
        """The answer that this message got before; None when it is new.

        Raises:
            Problem: its id is known with another content.
        """
        with self.desk.pool.connection() as connection:
            row = connection.execute(
                "SELECT transaction_number, body_fingerprint, answer FROM national_messages"
                " WHERE sender = %s AND message_id = %s",
                [self.message.sender, self.message.msgid],
            ).fetchone()
        if row is None:
            return None
        if row[:2] != (self.message.infno, self.fingerprint):
            raise Problem(CONFLICT, "msgid：该报文号已用于内容不同的报文，请更换报文号")
        return str(row[2]).encode()

    def keep(
        self,
        connection: psycopg.Connection,
        output: Output | None,
        claim_id: str | None = None,
        warning: str | None = None,
    ) -> bytes:
        """The answer, recorded so that the same message gets it again; the transaction is the caller's.

        Args:
            connection: of the transaction that did what the answer says.
            output: of the transaction.
            claim_id: the settlement or reversal that the message made.
            warning: for warn_msg.

        Raises:
            AnsweredMeanwhile: the same message was answered by another request.
        """
        message = self.message
        answer = answer_of(output, None, message.msgid, message.mdtrtarea_admvs, self.received, warning)
        added = connection.execute(
            "INSERT INTO national_messages"
            " (sender, message_id, transaction_number, body_fingerprint, claim_id, answer)"
            " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            [
                self.message.sender,
                self.message.msgid,
                self.message.infno,
                self.fingerprint,
                claim_id,
                answer.decode(),
            ],
        )
        if not added.rowcount:
            raise AnsweredMeanwhile
        return answer
