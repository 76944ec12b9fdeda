"""The Chinese of what FEEL's sentences are filled with: kinds of values, what was expected, reasons."""

from collections.abc import Mapping
from typing import Final

_KINDS: Final = {
    "null": "空值",
    "boolean": "布尔值",
    "a boolean": "布尔值",
    "number": "数字",
    "a number": "数字",
    "string": "文本",
    "list": "列表",
    "a list": "列表",
    "context": "上下文",
    "date": "日期",
    "time": "时间",
    "date and time": "日期时间",
    "days and time duration": "天时长",
    "years and months duration": "年月时长",
    "range": "区间",
    "function": "函数",
}
_EXPECTED: Final = {
    "a value": "一个值",
    "the end": "表达式结尾",
    "an operator": "运算符",
    "an operator or the end": "运算符或表达式结尾",
    "all arguments with names, or none": "参数要么全部写名称,要么都不写",
    "a number of at most 34 digits and exponent 6144": "最多 34 位且指数不超过 6144 的数字",
    "a text in quotation marks": "带引号的文本",
    '")", "]" or "[" at the end of the range': "区间结尾的“)”“]”或“[”",
    "an entry's name": "条目名称",
    "a name after the dot": "点号后的名称",
    "a name for the element": "元素名称",
    "a parameter's name": "参数名称",
    "a type": "类型",
    "the end of the type": "类型结尾",
    "a number or a duration": "数字或时长",
    "whole numbers": "整数",
    "fractions": "小数",
    "numbers or dates": "数字或日期",
    "a list of numbers": "数字列表",
    "a list of booleans": "布尔值列表",
    "a list of strings": "文本列表",
    "a list of contexts": "上下文列表",
    "a list of keys": "键的列表",
    "an empty list": "空列表",
    "entries with a key and a value": "带有 key 和 value 的条目",
    "a function that gives true or false": "返回 true 或 false 的函数",
}
_REASONS: Final = {
    "elements cannot be compared": "元素无法比较",
    "no such date": "日期不存在",
    "no such duration": "时长过长",
    "no such offset": "时差不存在",
    "whole numbers are needed": "需要整数",
    "the grouping separator must be a space, a comma or a point, and not the decimal separator": (
        "分组符必须是空格、逗号或点号,且不能与小数点相同"
    ),
    "the decimal separator must be a comma or a point": "小数点必须是逗号或点号",
    "the list is empty": "列表为空",
    "at least two numbers are needed": "至少需要两个数字",
    "the list is shorter than that": "列表没有那么长",
    "the start position is outside of the text": "起始位置超出文本",
    "the length must be at least 1": "长度至少为 1",
    "the pattern matches the empty text": "正则表达式会匹配空文本",
    "the delimiter is empty": "分隔符为空",
    "a negative number has no square root": "负数没有平方根",
    "only positive numbers have a logarithm": "只有正数才有对数",
    "the scale must be from -6111 to 6176": "小数位数必须在 -6111 到 6176 之间",
    "the calendars end at the year 9999": "日历只到 9999 年",
    "the duration is too long or too fine": "时长过长或过于精细",
    "a whole number of days is needed": "天数必须是整数",
    "there are no keys": "没有键",
}
_PATTERNS: Final = {
    "it is longer than 1000 characters": "长度超过 1000 个字符",
    "a flag is unknown": "标志未知",
    "it is not valid": "语法无效",
    "a $ or \\ in the replacement needs a group number or a \\ before it": "替换文本中的 $ 或 \\ 需要组号或前置 \\",
    "a ( is never closed": "有 ( 没有闭合",
    "a ) was never opened": "有 ) 没有对应的 (",
    "a [ is never closed": "有 [ 没有闭合",
    "a repetition or a bracket needs something before it, or a \\": "重复符号或括号前需要内容,或加 \\",
    "(? is only known as (?:": "只支持 (?: 形式的 (?",
    "it repeats more than 1000 times": "重复超过 1000 次",
    "a back-reference refers to no group before it": "反向引用没有对应的组",
    "an unknown category of characters": "未知的字符类别",
    "an escape is unknown": "未知的转义",
    "after a subtraction the class must end": "字符类相减之后必须结束",
    "a range in brackets has no order": "方括号中的范围顺序错误",
    "a [ or ] inside brackets needs a \\ before it": "方括号内的 [ 或 ] 前需要 \\",
}

PHRASES: Final[Mapping[str, str]] = {**_KINDS, **_EXPECTED, **_REASONS, **_PATTERNS}


def chinese(phrase: object) -> object:
    """A phrase in Chinese; names, texts and numbers stay as they are. Several kinds are joined by " or "."""
    if not isinstance(phrase, str):
        return phrase
    known = PHRASES.get(phrase)
    if known is not None or " or " not in phrase:
        return phrase if known is None else known
    return "或".join(PHRASES.get(part, part) for part in phrase.split(" or "))
