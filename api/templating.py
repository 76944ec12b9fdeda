"""The Jinja environment of all pages and what every page is given besides its own values."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

from jinja2 import BaseLoader, ChoiceLoader, Environment, FileSystemLoader, StrictUndefined, select_autoescape

from api.assets import Assets
from api.formats import Formats
from api.i18n import LANGUAGES, Translator

TEMPLATES = Path(__file__).resolve().parent / "templates"


def make_environment(assets: Assets, root_path: str = "", loaders: Sequence[BaseLoader] = ()) -> Environment:
    """Environment with `asset(name)` and `url(path, **query)` as globals; further loaders (forms) are asked last.

    Everything is escaped, an undefined name is an error, and `tojson` keeps the order of keys and Chinese readable.
    """
    environment = Environment(
        loader=ChoiceLoader([FileSystemLoader(TEMPLATES), *loaders]),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.policies["json.dumps_kwargs"] = {"sort_keys": False, "ensure_ascii": False}
    environment.policies["json.dumps_function"] = json.dumps
    environment.globals.update(asset=assets, url=partial(make_url, root_path), languages=LANGUAGES)
    return environment


def make_url(root_path: str, path: str, /, **query: object) -> str:
    """An address inside the application: `path` begins with "/"; query values that are None or "" are left out."""
    pairs = [(name, str(value)) for name, value in query.items() if value not in (None, "")]
    return f"{root_path}{path}" + (f"?{urlencode(pairs)}" if pairs else "")


def page_values(translate: Translator, formats: Formats, *, theme: str = "auto") -> dict[str, object]:
    """What base.html and the components need of the reader: language, texts, formats, theme.

    The page adds `user` (username, name, groups; None before sign-in), `csrf_token`, `nav` (key of the active entry)
    and, where there is something to say, `flashes` ([{kind, text}]), `counts` ({nav key: number}) and `page_url`.
    """
    plural: Callable[..., str] = translate.plural
    return {"t": translate, "tn": plural, "lang": translate.lang, "fmt": formats, "theme": theme}
