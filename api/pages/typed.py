"""What a person typed into a form: read from a plain POST, files included, and drawn again where it was refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import Depends
from markupsafe import Markup
from sqlalchemy import Connection
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

import forms
from api.auth import Call
from api.auth.forgery import FIELD, is_form
from api.files import keep
from api.pages import shell
from api.pages.people import pickers
from api.texts import is_text, unkeepable
from engine.errors import InvalidInput
from engine.feel import parse
from engine.files import FileTooLarge
from engine.queries.attachments import find_attachments
from engine.variables import from_plain, plain_loads
from forms import FileView, Form, Kind

UPLOADS: Final = frozenset({Kind.FILE, Kind.PHOTO, Kind.SIGNATURE})
MOST_FILES: Final = 200
"""Files of a form that are looked up for its page."""


async def posted_form(request: Request) -> FormData:
    """The fields of a form, read where it does not block. InvalidInput for texts that no database holds."""
    posted = await request.form()
    for name, value in posted.multi_items():
        if not is_text(name) or (isinstance(value, str) and not is_text(value)):
            raise unkeepable()
    return posted


async def posted_json(request: Request) -> Any:
    """A JSON body with exact numbers. InvalidInput for what is no JSON, or no value of a process."""
    if is_form(request):  # what another site's form could send, and as large as a photo
        raise HTTPException(415)
    return from_plain(plain_loads(await request.body()))


PostedDep = Annotated[FormData, Depends(posted_form)]
JsonDep = Annotated[Any, Depends(posted_json)]


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed, and by JSON pointer why a file that came with it was not taken, in the reader's language."""

    data: dict[str, Any]
    errors: Mapping[str, str]


def typed_data(call: Call, form: Form, posted: FormData, task_id: str | None) -> Typed:
    """The form's fields. Files that came with the form itself (a browser without scripts) are attached first."""
    pairs: list[tuple[str, Any]] = []
    errors: dict[str, str] = {}
    for name, value in posted.multi_items():
        if isinstance(value, UploadFile):
            if value.filename:
                try:
                    pairs.append((name, keep(call, value, form=form, field=name, task_id=task_id).id))
                except (InvalidInput, FileTooLarge) as error:
                    errors[f"/{name.replace('.', '/')}"] = error.zh if call.lang == "zh" else error.message
        else:
            pairs.append((name, value))
    return Typed(forms.parse_html(form, pairs, ignore={FIELD}), errors)


def as_typed(posted: FormData) -> list[tuple[str, str]]:
    """Names and texts as they came, for a page that only has to give them back."""
    return [
        (name, value)
        for name, value in posted.multi_items()
        if isinstance(value, str) and value.strip() and name != FIELD and not name.startswith("_")
    ]


def errors_of(data: Mapping[str, object], lang: str) -> dict[str, str]:
    """The sentences of a FormRejected, by JSON pointer, in the reader's language."""
    given = data.get("errors")
    found: dict[str, str] = {}
    for pointer, said in given.items() if isinstance(given, Mapping) else ():
        text = said.get(lang) or said.get("en") if isinstance(said, Mapping) else said
        found[str(pointer)] = str(text)
    return found


def draw(
    call: Call,
    connection: Connection,
    form: Form,
    data: Mapping[str, Any],
    *,
    base: str,
    errors: Mapping[str, str] | None = None,
    readonly: bool = False,
    draft_key: str | None = None,
) -> Markup:
    """The form's fields. `base` is the path whose `/files`, `/calculate` and `/draft` the browser script may use."""
    people, groups = pickers(call, connection, form)
    return forms.render(
        form,
        data,
        lang="zh" if call.lang == "zh" else "en",
        errors=errors,
        readonly=readonly,
        users=people,
        groups=groups,
        files=_files(call, connection, form, data),
        upload_url=None if readonly else shell.address(call, f"{base}/files"),
        calc_url=None if readonly else shell.address(call, f"{base}/calculate"),
        draft_url=shell.address(call, f"{base}/draft") if draft_key is not None and not readonly else None,
        draft_key=draft_key,
        zone=call.zone,
        upload_bytes=call.settings.upload_mb * 1024 * 1024,
    )


def _files(call: Call, connection: Connection, form: Form, data: Mapping[str, Any]) -> dict[str, FileView]:
    ids = list(dict.fromkeys(_ids(form.fields, data)))[:MOST_FILES]
    found = find_attachments(connection, call.actor, call.services.definitions, ids) if ids else {}
    return {
        id: FileView(id, item.name, item.media_type, shell.address(call, f"/files/{id}"))
        for id, item in found.items()
        if not item.masked
    }


def _ids(fields: Sequence[forms.Field], data: Any) -> Iterable[str]:
    """The attachment ids in the data of `fields`, rows and sections included."""
    if not isinstance(data, Mapping):
        return
    for field in fields:
        value = data.get(field.name)
        if field.record is not None:
            for row in value if isinstance(value, list) else [value]:
                yield from _ids(field.record.fields, row)
        elif field.kind in UPLOADS:
            yield from (str(id) for id in (value if isinstance(value, list) else [value]) if id)


def calculated(call: Call, form: Form, data: Any, variables: Mapping[str, Any]) -> dict[str, Any]:
    """The calculated fields while somebody is still typing."""
    with call.read() as connection:
        context = call.services.feel_context(connection, call.now)
    return forms.calculate(
        form,
        data if isinstance(data, Mapping) else {},
        variables=variables,
        today=call.now.astimezone(call.services.zone).date(),
        now=call.now,
        evaluate=lambda text, scope: parse(text).evaluate(scope, context).value,
        zone=call.services.zone,
    )
