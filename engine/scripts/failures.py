"""The sentences of a script that failed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from engine.scripts.errors import ScriptBusy, ScriptError, ScriptProblem, ScriptTimeout
from engine.scripts.rewrite import line_of
from engine.scripts.values import Unfit

if TYPE_CHECKING:
    import ast

_UNFIT: Final = {
    "type": ("is a {detail}, which is not data; {hint}", "是 {detail} 类型,不能作为数据保存;{hint_zh}"),
    "key": ("has a key that is not a text: {detail}", "含有不是文本的键:{detail}"),
    "number": ("holds a number that is not finite or has more than 1,000 digits", "含有非有限数或超过 1000 位的数"),
    "nodes": ("holds too many values", "包含的值太多"),
    "bytes": ("holds too much text", "包含的文本太多"),
    "depth": ("is nested too deeply", "嵌套层数太多"),
    "nul": ("holds a text with a NUL character", "含有带空字符(NUL)的文本"),
}


def refused(problem: ast.Module | ScriptProblem) -> ScriptError:
    """A script that is not even read."""
    if isinstance(problem, ScriptProblem):
        return ScriptError(problem.message, problem.message_zh, line=problem.line)
    return ScriptError("The script is too long.", "脚本太长。")


def unfit(name: str, why: Unfit, *, into: bool) -> ScriptError:
    """A variable that cannot pass between the process and the script."""
    english, chinese = _UNFIT.get(why.kind, _UNFIT["type"])
    hint = "a script cannot read it" if into else 'name it with a leading "_" to keep it inside the script'
    hint_zh = "脚本无法读取" if into else "变量名以“_”开头即可只在脚本内部使用"
    fill = {"detail": why.detail, "hint": hint, "hint_zh": hint_zh}
    what, what_zh = (
        ("The value of the last line", "最后一行的值") if name == "=" else (f'Variable "{name}"', f"变量“{name}”")
    )
    return ScriptError(f"{what} {english.format(**fill)}.", f"{what_zh}{chinese.format(**fill)}。")


def told(message: list[str]) -> ScriptError:
    """What the sandbox's own helpers refused: (kind, variable, details …)."""
    kind, name, *details = [*message, "", ""]
    return unfit(name or "?", Unfit(kind, " ".join(part for part in details if part)), into=False)


def stopped(kind: str, text: str, source: str, line: int | None, seconds: float, memory: int) -> ScriptError:
    """An exception that nothing caught, or a limit of the sandbox."""
    where, where_zh = (f" on line {line}", f"(第 {line} 行)") if line else ("", "")
    if kind == "TimeoutError" and text.startswith("feed time limit"):
        return crashed(True, seconds)
    if kind == "MemoryError" and "limit exceeded" in text:
        size = memory // (1024 * 1024)
        return ScriptError(
            f"The script needed more than {size} MB of memory{where} and was stopped.",
            f"脚本使用的内存超过 {size} MB{where_zh},已被终止。",
            line=line,
            text=line_of(source, line),
        )
    said = f"{kind}: {text[:500]}" if text else kind
    return ScriptError(
        f"The script failed{where}: {said}.", f"脚本执行失败{where_zh}:{said}。", line=line, text=line_of(source, line)
    )


def crashed(timed_out: bool, seconds: float) -> ScriptError:
    """A script that ran too long, or that ended its interpreter."""
    if timed_out:
        return ScriptTimeout(
            f"The script ran longer than {seconds:g} s and was stopped. Is there a loop that does not end?",
            f"脚本运行超过 {seconds:g} 秒,已被终止。是否有不会结束的循环?",
        )
    return ScriptError("The script ended its interpreter.", "脚本导致解释器退出。")


def busy() -> ScriptError:
    """No worker became free in time."""
    return ScriptBusy("All script workers are busy; retry in a moment.", "所有脚本执行进程都在忙,请稍后重试。")


def broken(text: str) -> ScriptError:
    """Anything else that the interpreter reports."""
    return ScriptError(f"The script could not be run: {text[:500]}", f"脚本无法运行:{text[:500]}")


def forked() -> ScriptError:
    """An environment that ran scripts before its process was forked."""
    return ScriptError(
        "Scripts cannot run in a forked process: create the script environment after forking.",
        "脚本不能在分叉出的进程中运行:请在分叉之后创建脚本环境。",
    )
