"""The sentences that FEEL says, by code: English first, Simplified Chinese second."""

from collections.abc import Mapping
from typing import Final

_SYNTAX: Final[Mapping[str, tuple[str, str]]] = {
    "UNEXPECTED": (
        "Line {line}, column {column}: expected {expected}, found {found}.",
        "第 {line} 行第 {column} 列:此处应为 {expected},实际为 {found}。",
    ),
    "UNEXPECTED_NEAR": (
        'Line {line}, column {column}: expected {expected}, found {found}. Did you mean "{nearest}"?',
        "第 {line} 行第 {column} 列:此处应为 {expected},实际为 {found}。您是不是想写“{nearest}”?",
    ),
    "EMPTY": ("The expression is empty.", "表达式为空。"),
    "UNCLOSED_STRING": (
        "Line {line}, column {column}: the text that starts here has no closing quotation mark.",
        "第 {line} 行第 {column} 列:从此处开始的文本缺少结束引号。",
    ),
    "UNCLOSED_COMMENT": (
        "Line {line}, column {column}: the comment that starts here is never closed.",
        "第 {line} 行第 {column} 列:从此处开始的注释没有结束。",
    ),
    "TOO_DEEP": (
        "Line {line}, column {column}: the expression is nested too deeply.",
        "第 {line} 行第 {column} 列:表达式嵌套过深。",
    ),
    "TOO_LONG": (
        "The expression has {length} characters; at most {limit} are allowed.",
        "表达式有 {length} 个字符,最多允许 {limit} 个。",
    ),
    "DUPLICATE_KEY": (
        'Line {line}, column {column}: the context has the entry "{found}" twice.',
        "第 {line} 行第 {column} 列:上下文中条目“{found}”出现了两次。",
    ),
}

_BUDGET: Final[Mapping[str, tuple[str, str]]] = {
    "STEPS": (
        "The expression was stopped after {limit} steps; it loops too often.",
        "表达式执行超过 {limit} 步后被停止:循环次数过多。",
    ),
    "TIME": (
        "The expression was not evaluated: everything in this step together has taken more than {limit} seconds.",
        "表达式未执行:本次处理的总计算时间已超过 {limit} 秒。",
    ),
    "DEPTH": (
        "The expression was stopped: functions call each other more than {limit} levels deep.",
        "表达式已停止:函数相互调用超过 {limit} 层。",
    ),
    "LIST_SIZE": (
        "The expression was stopped: a list would have {size} elements; at most {limit} are allowed.",
        "表达式已停止:列表将有 {size} 个元素,最多允许 {limit} 个。",
    ),
    "RESULT_SIZE": (
        "The expression was stopped: its result has more than {limit} parts.",
        "表达式已停止:结果的组成部分超过 {limit} 个。",
    ),
    "TEXT_LENGTH": (
        "The expression was stopped: a text would have {size} characters; at most {limit} are allowed.",
        "表达式已停止:文本将有 {size} 个字符,最多允许 {limit} 个。",
    ),
}

_WARNINGS: Final[Mapping[str, tuple[str, str]]] = {
    "NO_VARIABLE_FOUND": ('There is no variable "{name}".', "没有名为“{name}”的变量。"),
    "NO_CONTEXT_ENTRY_FOUND": ('The context has no entry "{name}".', "上下文中没有条目“{name}”。"),
    "NOTHING_TO_READ": ('There is nothing (null) to read "{name}" from.', "此处为空值(null),无法读取“{name}”。"),
    "DUPLICATE_ENTRY": ('The key "{name}" is there twice.', "键“{name}”出现了两次。"),
    "NO_RANGE": ('"{text}" is no range.', "“{text}”不是区间。"),
    "PATTERN_TOO_SLOW": (
        "The pattern is not tried on a text of {length} characters; it could take too long.",
        "文本有 {length} 个字符,匹配该正则表达式可能耗时过长,因此未执行。",
    ),
    "NO_PROPERTY_FOUND": ('A {type} has no property "{name}".', "{type} 类型没有属性“{name}”。"),
    "NO_FUNCTION_FOUND": ('There is no function "{name}".', "没有名为“{name}”的函数。"),
    "NOT_A_FUNCTION": ("A {type} was called like a function.", "{type} 类型的值不能作为函数调用。"),
    "INVALID_TYPE": ("Expected {expected}, found {found}.", "应为 {expected},实际为 {found}。"),
    "INVALID_ARGUMENT": (
        'The argument "{name}" must be {expected}, not {found}.',
        "参数“{name}”应为 {expected},而不是 {found}。",
    ),
    "NO_NUMBER": ('"{text}" is no number.', "“{text}”不是数字。"),
    "NOT_COMPARABLE": ("{left} cannot be compared with {right}.", "{left} 无法与 {right} 比较。"),
    "ZONE_MISMATCH": (
        "A local time cannot be compared with one that has a zone or an offset.",
        "本地时间无法与带时区或时差的时间比较。",
    ),
    "NO_OPERATION": ('"{operator}" does not work for {left} and {right}.', "“{operator}”不能用于 {left} 和 {right}。"),
    "DIVISION_BY_ZERO": ("Division by zero.", "除数为零。"),
    "OUT_OF_RANGE": ("The result is outside of what can be represented.", "结果超出可表示的范围。"),
    "OUT_OF_BOUNDS": (
        "The list has {size} elements; there is none at {index}.",
        "列表有 {size} 个元素,位置 {index} 没有元素。",
    ),
    "INVALID_LITERAL": ('"{text}" is no date, time or duration.', "“{text}”不是日期、时间或时长。"),
    "INVALID_RANGE": ("A range needs two ends of the same kind, in order.", "区间的两端必须同类且有序。"),
    "UNKNOWN_TYPE": ('There is no type "{name}".', "没有名为“{name}”的类型。"),
    "WRONG_ARGUMENTS": (
        '"{name}" cannot be called with these arguments; it takes {expected}.',
        "“{name}”不接受这些参数;它的参数为 {expected}。",
    ),
    "FUNCTION_INVOCATION_FAILURE": ('"{name}" gave no result: {reason}.', "“{name}”没有结果:{reason}。"),
    "EXTERNAL_FUNCTION": (
        "External functions (Java, PMML) are not run here; write the function in FEEL.",
        "此处不运行外部函数(Java、PMML);请用 FEEL 编写该函数。",
    ),
    "NO_CLOCK": ('"{name}" needs the current time, and none was given.', "“{name}”需要当前时间,但没有提供。"),
    "NO_CALENDAR": ('There is no calendar "{name}".', "没有名为“{name}”的日历。"),
    "NOT_A_VALUE": ('"{name}" holds a {type}, which is no FEEL value.', "“{name}”的值类型为 {type},不是 FEEL 值。"),
    "PATTERN_REFUSED": ("The pattern is refused: {reason}.", "该正则表达式被拒绝:{reason}。"),
}

MESSAGES: Final[Mapping[str, tuple[str, str]]] = {**_SYNTAX, **_BUDGET, **_WARNINGS}
