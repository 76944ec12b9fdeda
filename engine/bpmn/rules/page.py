"""`docs/lint.md`, written from the table of rules: `python -m engine.bpmn.rules.page > docs/lint.md`."""

from __future__ import annotations

import sys
from itertools import groupby

from engine.bpmn.model import Severity
from engine.bpmn.rules import RULES, Rule

_SEVERITIES: dict[Severity, tuple[str, str]] = {
    "error": ("error: refuses the deployment", "错误：拒绝部署"),
    "warning": ("warning: deploys, but look at it", "警告：可以部署，但请检查"),
    "info": ("note", "提示"),
}
_PARTS = {
    "reading": "The file · 文件",
    "structure": "Shape · 结构",
    "events": "Events · 事件",
    "tasks": "Tasks, expressions, scripts · 任务、表达式、脚本",
    "flow": "Time and tokens · 时间与令牌",
    "vendors": "Other engines' vocabularies · 其他引擎的词汇",
}

HEAD = """\
# What the linter says · 检查规则

Written from the rules in the code (`python -m engine.bpmn.rules.page`). `facet lint FILE…` and every deployment print these
problems with file, line and element. Errors refuse the deployment, warnings and notes do not.

本页由代码中的规则生成。`facet lint FILE…` 和每次部署都会列出问题所在的文件、行和元素。错误会拒绝部署，警告和提示不会。
"""


def page() -> str:
    """The whole page in Markdown."""
    parts = [HEAD]
    for part, rules in groupby(RULES.values(), key=lambda rule: rule.part):
        parts.append(f"\n## {_PARTS[part]}\n")
        parts += [_entry(rule) for rule in rules]
    return "".join(parts)


def _entry(rule: Rule) -> str:
    english, chinese = _SEVERITIES[rule.severity]
    return (
        f"\n### {rule.id}\n\n*{english} · {chinese}*\n\n"
        f"> {rule.message}\n>\n> {rule.message_zh}\n\n{rule.why}\n\n{rule.why_zh}\n"
    )


if __name__ == "__main__":
    sys.stdout.write(page())
