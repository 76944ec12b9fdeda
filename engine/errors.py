"""Everything that can go wrong for a person, as classes: a code, an HTTP status, a sentence in both languages.

The API renders them as RFC 9457 problem details, the pages as a message; the sentences are the ones a clerk reads.
"""

from __future__ import annotations

from collections.abc import Mapping


class FacetError(Exception):
    """Base of all errors with a meaning for the caller.

    `code` is stable and machine-readable; `status` the HTTP status; `str(error)` the English sentence; `zh` the Chinese one;
    `data` JSON-like details (field errors, ids, what happened meanwhile).
    """

    code = "error"
    status = 500

    def __init__(self, message: str, zh: str = "", *, data: Mapping[str, object] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.zh = zh or message
        self.data: Mapping[str, object] = data or {}


class InvalidInput(FacetError):
    """The request says something that cannot be meant: names the thing and what to do."""

    code = "invalid-input"
    status = 422


class FormRejected(InvalidInput):
    """Submitted data does not satisfy the form; `data["errors"]` maps JSON pointers to sentences (`en`, `zh`)."""

    code = "form-rejected"

    def __init__(self, errors: Mapping[str, Mapping[str, str]]) -> None:
        super().__init__("Some fields need your attention.", "部分字段需要修改。", data={"errors": errors})


class NotFound(FacetError):
    """No such thing, or not for this actor: the two are not told apart."""

    code = "not-found"
    status = 404


class Forbidden(FacetError):
    """The actor may see the thing but not do this with it."""

    code = "forbidden"
    status = 403


class SignInRequired(FacetError):
    """No valid session or token."""

    code = "sign-in-required"
    status = 401


class Conflict(FacetError):
    """Somebody or something was faster; `data` says who and what."""

    code = "conflict"
    status = 409


class StaleRevision(Conflict):
    """The row changed between reading and writing. `bus.run` retries it; callers with an ETag see it."""

    code = "stale-revision"
    status = 412


class Outdated(StaleRevision):
    """The caller named a revision (an ETag) that is no longer the present one: trying again would not help."""


class DeploymentRejected(FacetError):
    """The files have problems of severity error; `data["problems"]` lists them."""

    code = "deployment-rejected"
    status = 422


class LimitExceeded(FacetError):
    """A budget of the runtime was passed: steps, tokens, cardinality, data size."""

    code = "limit-exceeded"
    status = 422


class ScriptPostponed(FacetError):
    """A script may need more time than a turn can give: it is to be run outside any transaction, with the `variables` that
    it names."""

    code = "script-postponed"
    status = 503

    def __init__(self, variables: Mapping[str, object]) -> None:
        super().__init__("The script takes longer; it goes on in the background.", "脚本耗时较长，将在后台继续执行。")
        self.variables = variables


class ElementFailed(FacetError):
    """An element of a running instance could not be executed: becomes an incident that names element and reason."""

    code = "element-failed"
    status = 422

    def __init__(
        self, element_id: str, message: str, zh: str = "", *, data: Mapping[str, object] | None = None
    ) -> None:
        super().__init__(message, zh, data=data)
        self.element_id = element_id


class BpmnError(FacetError):
    """A business error thrown by a script, a service or an external worker (BPMN 10.5.5 error event)."""

    code = "bpmn-error"
    status = 422

    def __init__(self, error_code: str, message: str = "", *, data: Mapping[str, object] | None = None) -> None:
        super().__init__(message or f"BPMN error {error_code}", data=data)
        self.error_code = error_code
