"""What went wrong, as RFC 9457 problem details for programs; pages show the same sentences (`describe`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DataError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api.auth.call import language_of
from api.exact import Json
from api.texts import unkeepable
from engine.errors import FacetError

log = structlog.get_logger(__name__)

MEDIA_TYPE: Final = "application/problem+json"
TYPE_PREFIX: Final = "urn:facet:problem:"

TITLES: Final[Mapping[int, tuple[str, str]]] = {
    400: ("Bad request", "请求有误"),
    401: ("Not signed in", "未登录"),
    403: ("Not allowed", "无权操作"),
    404: ("Not found", "未找到"),
    405: ("Method not allowed", "不支持该方法"),
    406: ("Not acceptable", "无法提供所需格式"),
    409: ("Conflict", "冲突"),
    412: ("Changed meanwhile", "已有变化"),
    413: ("Too large", "内容过大"),
    415: ("Unsupported type", "不支持的类型"),
    422: ("Not accepted", "内容有误"),
    408: ("Too slow", "请求超时"),
    429: ("Too many attempts", "尝试次数过多"),
    431: ("Too many headers", "请求头过大"),
    500: ("Something went wrong", "出现错误"),
    503: ("Busy", "系统繁忙"),
}
_DETAILS: Final[Mapping[int, tuple[str, str]]] = {
    404: ("There is nothing at this address.", "该地址没有内容。"),
    405: ("This address does not take this method.", "该地址不支持此方法。"),
    413: ("What you sent is too large.", "发送的内容过大。"),
    500: (
        "Something went wrong on our side. Please try again; if it happens again, tell us the request id.",
        "服务器出现错误，请重试；如再次出现，请告知请求编号。",
    ),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """An error in the reader's language. `errors`: JSON pointer → sentence; `extra`: what else the error knows."""

    status: int
    code: str
    title: str
    detail: str
    errors: Mapping[str, str]
    extra: Mapping[str, Any]

    def body(self, request_id: str | None) -> dict[str, Any]:
        """As RFC 9457 wants it, with our own members `code`, `errors`, `request_id` and `data`."""
        found: dict[str, Any] = {
            "type": TYPE_PREFIX + self.code,
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
        }
        if self.errors:
            found["errors"] = self.errors
        if self.extra:
            found["data"] = self.extra
        if request_id is not None:
            found["request_id"] = request_id
        return found


def describe(error: Exception, lang: str) -> Problem:
    """Any exception as a problem in "en" or "zh"; of unknown ones nothing is told but that they happened."""
    zh = lang == "zh"
    if isinstance(error, FacetError):
        data = dict(error.data)
        errors = data.pop("errors", {})
        problems = data.get("problems")
        if isinstance(problems, Sequence):
            data["problems"] = [problem_of_file(one, lang) for one in problems]
        detail = error.zh if zh else error.message
        return Problem(error.status, error.code, _title(error.status, zh), detail, _in(errors, lang), data)
    if isinstance(error, RequestValidationError):
        errors = {_pointer(one["loc"]): _said(one, zh) for one in error.errors()}
        detail = "部分内容无法识别。" if zh else "Some of what you sent is not understood."
        return Problem(422, "invalid-request", _title(422, zh), detail, errors, {})
    status = error.status_code if isinstance(error, HTTPException) else 500
    detail = _DETAILS[status][zh] if status in _DETAILS else _title(status, zh)
    return Problem(status, _CODES.get(status, "error"), _title(status, zh), detail, {}, {})


_CODES: Final[Mapping[int, str]] = {
    400: "bad-request",
    401: "sign-in-required",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    413: "too-large",
    415: "unsupported-type",
    500: "unexpected",
}


def problem_of_file(problem: Any, lang: str) -> dict[str, Any]:
    """A linter's problem as data, with its sentence in the reader's language."""
    message = (problem.message_zh if lang == "zh" else "") or problem.message
    return {
        "severity": problem.severity,
        "rule": problem.rule,
        "message": message,
        "file": problem.file,
        "line": problem.line,
        "element_id": problem.element_id,
        "element_name": problem.element_name,
        "data": dict(problem.data),
    }


def _title(status: int, zh: bool) -> str:
    return TITLES.get(status, TITLES[500])[zh]


def _in(errors: Any, lang: str) -> dict[str, str]:
    return {
        str(pointer): str(said.get(lang) or said.get("en")) if isinstance(said, Mapping) else str(said)
        for pointer, said in (errors.items() if isinstance(errors, Mapping) else ())
    }


def _pointer(place: Sequence[object]) -> str:
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in place)


_SAID_ZH: Final[Mapping[str, str]] = {
    "missing": "缺少此项。",
    "json_invalid": "不是有效的 JSON。",
    "string_type": "应为文本。",
    "string_too_long": "文本过长。",
    "string_too_short": "文本过短。",
    "string_pattern_mismatch": "格式不正确。",
    "int_type": "应为整数。",
    "int_parsing": "应为整数。",
    "bool_type": "应为 true 或 false。",
    "bool_parsing": "应为 true 或 false。",
    "dict_type": "应为对象。",
    "list_type": "应为列表。",
    "literal_error": "不是允许的取值。",
    "enum": "不是允许的取值。",
    "extra_forbidden": "不认识的字段。",
    "greater_than_equal": "数值过小。",
    "less_than_equal": "数值过大。",
    "datetime_parsing": "应为日期时间。",
    "datetime_from_date_parsing": "应为日期时间。",
    "timezone_aware": "日期时间须含时区。",
    "too_long": "数量过多。",
    "too_short": "数量过少。",
}


def _said(one: Mapping[str, Any], zh: bool) -> str:
    if zh:
        return _SAID_ZH.get(str(one["type"]), "内容无效。")
    text = str(one["msg"])
    return text if text.endswith(".") else f"{text}."


def problem_response(request: Request, error: Exception) -> Response:
    """The answer to a request that failed, for programs."""
    problem = describe(error, language_of(request, request.app.state.settings))
    headers = dict(getattr(error, "headers", None) or {})
    if problem.status == 405:
        headers["Allow"] = ", ".join(sorted(request.app.state.methods(request.url.path)))
    if problem.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if (wait := problem.extra.get("retry_after")) is not None:
        headers["Retry-After"] = str(wait)
    body = problem.body(request.scope.get("facet.request_id"))
    return Json(body, problem.status, headers, media_type=MEDIA_TYPE)


def answer(request: Request, error: Exception) -> Response:
    """The answer to any exception; unexpected ones are logged with all that they know.

    `app.state.page_problem`, a function (request, error) → Response or None, may answer for pages.
    """
    if isinstance(error, DataError):  # PostgreSQL says what SQLite lets pass: NUL, too many digits, too long
        log.warning("refused by the database", exc_info=error)
        error = unkeepable()
    if not isinstance(error, FacetError | HTTPException | RequestValidationError):
        log.error("request failed", exc_info=error)
    page = getattr(request.app.state, "page_problem", None)
    shown: Response | None = page(request, error) if page is not None else None
    return shown if shown is not None else problem_response(request, error)


def install(app: FastAPI) -> None:
    """Handlers for our own errors and for what pydantic refuses; `api.edge` brings everything unexpected to `answer`."""

    async def handle(request: Request, error: Exception) -> Response:
        return answer(request, error)

    for kind in (FacetError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, handle)
