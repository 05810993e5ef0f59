"""The envelope: what every message carries around its `input`, and what every answer carries around its `output`."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

import orjson

from claims.clock import AREA_ZONE
from serving.national.fields import Code3, Code5, Code6, Code10, Code12, Code30, Maybe, Moment, Name50, Part
from serving.national.problems import MALFORMED, SUCCESS, Problem

MOST_SENTENCE = 1_000
"""Characters of err_msg."""

NO_AREA = "000000"


class Envelope(Part):
    """What every message carries; each transaction adds the fields of its `input`."""

    infno: Code5
    msgid: Code30
    mdtrtarea_admvs: Code6
    insuplc_admdvs: Maybe[Code6] = None
    recer_sys_code: Code10
    infver: Code6
    opter_type: Code3
    opter: Code30
    opter_name: Name50
    inf_time: Moment
    fixmedins_code: Code12

    @property
    def sender(self) -> str:
        """Whose message it is: ids of messages differ within an institution."""
        return self.fixmedins_code

    @property
    def persons(self) -> list[str]:
        """The person numbers that the message names."""
        return []


def answer_of(
    output: dict[str, Any] | None,
    problem: Problem | None,
    msgid: str | None,
    area: str | None,
    received: float,
    warning: str | None = None,
) -> bytes:
    """The whole answer, as JSON.

    Args:
        output: what the transaction gives back; None with a problem.
        problem: what was wrong; None when all went well.
        msgid: the message's own id, given back beside ours.
        area: the area code at the head of our message id.
        received: when the message came, seconds since 1970.
        warning: what the caller should know although all went well.
    """
    now = datetime.now(AREA_ZONE)
    return orjson.dumps(
        {
            "infcode": problem.code if problem else SUCCESS,
            "inf_refmsgid": f"{(area or NO_AREA)[:6]:0<6}{now:%Y%m%d%H%M%S}{secrets.randbelow(10**10):010}",
            "msgid": msgid,
            "refmsg_time": _milliseconds(datetime.fromtimestamp(received, AREA_ZONE)),
            "respond_time": _milliseconds(now),
            "enctype": None,
            "signtype": None,
            "err_msg": problem.sentence[:MOST_SENTENCE] if problem else None,
            "warn_msg": warning,
            "output": output,
        }
    )


def _milliseconds(moment: datetime) -> str:
    return f"{moment:%Y%m%d%H%M%S}{moment.microsecond // 1000:03}"


def told(body: bytes) -> tuple[str | None, str | None]:
    """The message id and the area code of a message that cannot be taken, as far as they can be made out.

    Only what has the form of a code is given back: an answer never quotes anything else of a message.
    """
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None, None
    if not isinstance(found, dict):
        return None, None
    msgid, area = (found.get(name) for name in ("msgid", "mdtrtarea_admvs"))
    return _if_code(msgid, 30), _if_code(area, 6)


def _if_code(value: object, most: int) -> str | None:
    is_code = isinstance(value, str) and 0 < len(value) <= most and value.isascii() and value.isalnum()
    return str(value) if is_code else None


def check_number(given: str, asked: str) -> None:
    """Whether a message went to the address of its transaction.

    Raises:
        Problem: it did not.
    """
    if given != asked:
        raise Problem(MALFORMED, f"infno：应与请求地址一致，为 {asked}")
