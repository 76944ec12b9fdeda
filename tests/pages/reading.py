"""A page as a reader sees it: its texts, links, forms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi.testclient import TestClient
from httpx2 import Response
from lxml import html

BROWSER = {"Accept": "text/html,application/xhtml+xml"}
HTMX = {"HX-Request": "true", "Accept": "text/html"}


@dataclass(frozen=True)
class Seen:
    """An answer, read."""

    response: Response

    @property
    def status(self) -> int:
        return int(self.response.status_code)

    @property
    def tree(self) -> Any:
        return html.fromstring(self.response.text or "<p></p>")

    @property
    def text(self) -> str:
        """What stands on the page, white space made single."""
        tree = self.tree
        for hidden in tree.xpath("//script | //style | //template"):
            hidden.drop_tree()
        return " ".join(tree.text_content().split())

    @property
    def heading(self) -> str:
        return " ".join(self.tree.xpath("string(//h1)").split())

    @property
    def location(self) -> str:
        return str(self.response.headers.get("location") or self.response.headers.get("hx-redirect") or "")

    def texts(self, path: str) -> list[str]:
        return [" ".join(node.text_content().split()) for node in self.tree.xpath(path)]

    def fields(self, action: str) -> dict[str, str]:
        """Names and values of the form that posts to `action`."""
        form = self.tree.xpath(f'//form[@action="{action}"]')[0]
        return {field.get("name"): field.get("value") or "" for field in form.xpath(".//input[@name]")}


def see(client: TestClient, path: str, **headers: str) -> Seen:
    return Seen(client.get(path, headers=BROWSER | headers, follow_redirects=False))


def send(client: TestClient, path: str, data: Mapping[str, Any] | None = None, **more: Any) -> Seen:
    headers = BROWSER | more.pop("headers", {})
    return Seen(client.post(path, data=dict(data or {}), headers=headers, follow_redirects=False, **more))


def following(client: TestClient, seen: Seen) -> Seen:
    """The page to which an answer leads, with the message that it left."""
    return see(client, seen.location.partition("#")[0])
