"""2103, 2208, 2305: a settlement is taken back; 2601: what a message did is taken back."""

from __future__ import annotations

from serving.national.envelope import Envelope
from serving.national.fields import Code5, Code30, Maybe, Part, Person30


class Undone(Part):
    """The `data` of 2103, 2208 and 2305."""

    psn_no: Person30
    setl_id: Code30
    mdtrt_id: Maybe[Code30] = None


class UndoInput(Part):
    """The `input` of 2103, 2208 and 2305."""

    data: Undone


class UndoMessage(Envelope):
    """2103 药店结算撤销, 2208 门诊结算撤销, 2305 住院结算撤销."""

    input: UndoInput

    @property
    def persons(self) -> list[str]:
        """The person numbers that the message names."""
        return [self.input.data.psn_no]


class UndoneMessage(Part):
    """The `data` of 2601: which message of the same sender."""

    psn_no: Person30
    omsgid: Code30
    oinfno: Code5


class UndoMessageInput(Part):
    """The `input` of 2601."""

    data: UndoneMessage


class UndoMessageMessage(Envelope):
    """2601 冲正交易."""

    input: UndoMessageInput

    @property
    def persons(self) -> list[str]:
        """The person numbers that the message names."""
        return [self.input.data.psn_no]
