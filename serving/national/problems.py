"""What can be wrong with a message: a class of code for each way, and a Chinese sentence that says where and what."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg_pool import PoolClosed, PoolTimeout, TooManyRequests
from pydantic import ValidationError

from claims.errors import (
    BadBundle,
    BadSetting,
    Conflict,
    KeyFileGone,
    NoChampion,
    NotBuilt,
    NotFound,
    Refused,
    StoreDown,
    YichaError,
)
from serving.errors import NotAuthenticated
from serving.fields import PATTERN_WORDS
from serving.national.fields import CODE_WORDS

SUCCESS, MALFORMED, CONFLICT, UNKNOWN, NOT_ALLOWED, LATER, OUR_FAULT = "0", "-1", "-2", "-3", "-4", "-5", "-9"
"""Values of infcode. Only after -5 and -9 is it worth while to send the same message again."""

MOST_PLACES = 5
"""Fields named in one err_msg; it has room for so many."""

_STORE = (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout, PoolClosed, TooManyRequests)
_LATER = (StoreDown, NotBuilt, NoChampion, BadBundle, KeyFileGone, *_STORE)
_SENTENCES: tuple[tuple[tuple[type[Exception], ...], str, str], ...] = (
    (
        (NotAuthenticated,),
        NOT_ALLOWED,
        "未提供有效的接口密钥，请联系运维人员申请（Authorization: Bearer 或 X-API-Key）",
    ),
    ((Refused,), NOT_ALLOWED, "该密钥无权调用结算类接口，请使用结算系统的密钥"),
    ((Conflict,), CONFLICT, "与已记录的内容冲突，未作任何记录"),
    ((NotFound,), UNKNOWN, "所指的数据不存在"),
    ((BadSetting,), MALFORMED, "报文内容不可接受"),
    (_LATER, LATER, "服务暂不可用，未作任何记录，请稍后以同一报文重发"),
)


class Problem(YichaError):
    """A message that cannot be taken.

    Args:
        code: one of the values of infcode above.
        sentence: in Chinese: where, what was found, what was expected; without values of the message.
    """

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code, self.sentence = code, sentence


def problem_of(error: Exception) -> Problem:
    """Any error as a problem; one that nobody foresaw is our fault."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, ValidationError):
        return malformed(error)
    for kinds, code, sentence in _SENTENCES:
        if isinstance(error, kinds):
            detail = "" if code in {NOT_ALLOWED, LATER} else f"（{error}）"
            return Problem(code, sentence + detail)
    return Problem(OUR_FAULT, "服务内部错误，未作任何记录，请以同一报文重发；仍失败请将 x-request-id 告知运维人员")


def malformed(error: ValidationError) -> Problem:
    """Which fields were refused, and what was expected there."""
    found = error.errors(include_url=False, include_input=False)
    if any(each["type"] == "json_invalid" for each in found):
        return Problem(MALFORMED, "报文不是 UTF-8 编码的 JSON 对象")
    named = [f"{_where(each['loc'])}：{_expected(each)}" for each in found[:MOST_PLACES]]
    more = f"；另有 {len(found) - MOST_PLACES} 处" if len(found) > MOST_PLACES else ""
    return Problem(MALFORMED, "；".join(named) + more)


def _where(location: tuple[int | str, ...]) -> str:
    """The path of a field, such as `input.data.patient_dtos[0].gend`."""
    path = ""
    for part in location:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else part
    return path or "报文"


def _expected(error: Any) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind == "string_pattern_mismatch":
        pattern = context["pattern"]
        return f"应为{CODE_WORDS.get(pattern) or PATTERN_WORDS.get(pattern, '另一种格式')}"
    sentence = _EXPECTED.get(kind)
    return sentence.format(**context) if sentence else "格式不正确"


_EXPECTED = {
    "missing": "缺少该字段",
    "string_type": "应为文本",
    "string_too_short": "不能为空",
    "string_too_long": "长度不能超过 {max_length}",
    "string_unicode": "应为 UTF-8 文本",
    "decimal_type": "应为数值",
    "decimal_parsing": "应为数值",
    "finite_number": "应为有限数值",
    "decimal_max_digits": "有效数字不能超过 {max_digits} 位",
    "decimal_max_places": "小数不能超过 {decimal_places} 位",
    "decimal_whole_digits": "整数部分不能超过 {whole_digits} 位",
    "greater_than_equal": "不能小于 {ge}",
    "less_than_equal": "不能大于 {le}",
    "less_than": "应小于 {lt}",
    "int_type": "应为整数",
    "int_parsing": "应为整数",
    "int_from_float": "应为整数",
    "int_parsing_size": "数值过大",
    "list_type": "应为数组",
    "too_short": "至少应有 {min_length} 项",
    "too_long": "不能超过 {max_length} 项",
    "model_type": "应为对象",
    "model_attributes_type": "应为对象",
    "literal_error": "应为下列之一：{expected}",
    "moment": "应为 {form} 格式的时间",
    "year": "年份应在 1900 至 2199 之间",
    "reason": "{says}",
}
