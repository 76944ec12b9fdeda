"""The sentences that a person filling in a form reads, in English and Simplified Chinese."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Lang = Literal["en", "zh"]


@dataclass(frozen=True, slots=True)
class Words:
    """One text in both languages; a missing Chinese one falls back to the English, and the other way round."""

    en: str
    zh: str = ""

    def get(self, lang: str) -> str:
        """The text for `lang` ("zh", "zh-Hans", "zh-CN" … or anything else for English)."""
        return (self.zh or self.en) if lang.startswith("zh") else (self.en or self.zh)


@dataclass(frozen=True, slots=True)
class Message:
    """What is wrong with one answer: `code` is the JSON Schema keyword or our own stable word, then the two
    sentences.
    """

    code: str
    en: str
    zh: str

    def get(self, lang: str) -> str:
        """The sentence for `lang`."""
        return self.zh if lang.startswith("zh") else self.en


# code -> English, Chinese; `{n}` is the keyword's value. A code ending in `.1` is the English singular.
SENTENCES: dict[str, tuple[str, str]] = {
    "required": ("Please fill this in.", "请填写此项。"),
    "required.choice": ("Please choose an answer.", "请选择。"),
    "required.file": ("Please add a file.", "请上传文件。"),
    "required.photo": ("Please take a photo.", "请拍照上传。"),
    "required.signature": ("Please sign here.", "请签名。"),
    "required.geolocation": ("Please record the location.", "请获取定位。"),
    "required.rows": ("Please add at least one row.", "请至少添加一行。"),
    "required.user": ("Please choose a person.", "请选择人员。"),
    "unknown": ("This form has no such field.", "表单中没有此字段。"),
    "readOnly": ("This field is shown for information and cannot be changed.", "此项仅供查看，不能修改。"),
    "calc": ("This value could not be calculated. Please tell the process owner.", "无法计算此项，请联系流程负责人。"),
    "rule": ("This does not satisfy a rule of the form.", "不符合表单规则。"),
    "rule.failed": (
        "A rule of this form could not be checked. Please tell the process owner.",
        "表单规则无法校验，请联系流程负责人。",
    ),
    "type": ("This answer has the wrong form.", "填写内容的类型不正确。"),
    "type.text": ("Please enter text.", "请输入文字。"),
    "type.integer": ("Please enter a whole number.", "请输入整数。"),
    "type.number": ("Please enter a number.", "请输入数字。"),
    "type.money": ("Please enter an amount such as 1250.00.", "请输入金额，例如 1250.00。"),
    "type.date": ("Please enter a date such as 2026-03-31.", "请输入日期，例如 2026-03-31。"),
    "type.datetime": (
        "Please enter a date and time such as 2026-03-31 14:30.",
        "请输入日期和时间，例如 2026-03-31 14:30。",
    ),
    "type.time": ("Please enter a time such as 14:30.", "请输入时间，例如 14:30。"),
    "type.switch": ("Please answer yes or no.", "请选择是或否。"),
    "type.choice": ("Please choose one of the listed answers.", "请从列出的选项中选择。"),
    "type.choices": ("Please choose from the listed answers.", "请从列出的选项中选择。"),
    "type.user": ("There is no such person.", "没有此人员。"),
    "type.group": ("There is no such group.", "没有此组。"),
    "type.file": ("This is not an uploaded file.", "这不是已上传的文件。"),
    "max-files": ("This form takes at most {n} files in all.", "此表单总共最多可上传 {n} 个文件。"),
    "max-files.1": ("This form takes one file in all.", "此表单总共最多可上传 1 个文件。"),
    "type.geolocation": ("Please record a valid location.", "请获取有效的定位。"),
    "type.rows": ("Please enter a list of rows.", "请按行填写。"),
    "type.section": ("Please fill in the fields of this section.", "请填写本节各项。"),
    "phone": ("Please enter a Chinese mobile number, 11 digits.", "请输入 11 位手机号码。"),
    "phone.international": (
        "Please enter a phone number with its country code, such as +86 139 0000 3333.",
        "请输入带国家代码的电话号码，例如 +86 139 0000 3333。",
    ),
    "email": ("Please enter an e-mail address such as li@example.com.", "请输入邮箱地址，例如 li@example.com。"),
    "uri": (
        "Please enter a web address that begins with https:// or http://.",
        "请输入以 https:// 或 http:// 开头的网址。",
    ),
    "characters": ("This text contains characters that cannot be stored.", "文字中含有无法保存的字符。"),
    "size": ("This form holds more text than can be stored.", "表单内容过多，无法保存。"),
    "minLength": ("Please enter at least {n} characters.", "请至少输入 {n} 个字符。"),
    "minLength.1": ("Please enter at least one character.", "请至少输入 1 个字符。"),
    "maxLength": ("Please enter at most {n} characters.", "最多可输入 {n} 个字符。"),
    "maxLength.1": ("Please enter at most one character.", "最多可输入 1 个字符。"),
    "pattern": ("Please check how this is written.", "格式不正确，请检查。"),
    "minimum": ("Must be {n} or more.", "不能小于 {n}。"),
    "maximum": ("Must be {n} or less.", "不能大于 {n}。"),
    "exclusiveMinimum": ("Must be more than {n}.", "必须大于 {n}。"),
    "exclusiveMaximum": ("Must be less than {n}.", "必须小于 {n}。"),
    "multipleOf": ("Must be a multiple of {n}.", "必须是 {n} 的倍数。"),
    "const": ("Must be {n}.", "必须为 {n}。"),
    "const.true": ("Please tick this box to go on.", "请勾选此项后继续。"),
    "const.false": ("This must not be ticked.", "此项不能勾选。"),
    "enum": ("Please choose one of the listed answers.", "请从列出的选项中选择。"),
    "formatMinimum": ("Must be {n} or later.", "不能早于 {n}。"),
    "formatMaximum": ("Must be {n} or earlier.", "不能晚于 {n}。"),
    "formatExclusiveMinimum": ("Must be later than {n}.", "必须晚于 {n}。"),
    "formatExclusiveMaximum": ("Must be earlier than {n}.", "必须早于 {n}。"),
    "minItems.rows": ("Please add at least {n} rows.", "请至少添加 {n} 行。"),
    "minItems.rows.1": ("Please add at least one row.", "请至少添加 1 行。"),
    "maxItems.rows": ("Please keep to at most {n} rows.", "最多可填写 {n} 行。"),
    "maxItems.rows.1": ("Please keep to one row.", "最多可填写 1 行。"),
    "minItems.photo": ("Please take at least {n} photos.", "请至少拍摄 {n} 张照片。"),
    "minItems.photo.1": ("Please take at least one photo.", "请至少拍摄 1 张照片。"),
    "maxItems.photo": ("Please keep to at most {n} photos.", "最多可上传 {n} 张照片。"),
    "maxItems.photo.1": ("Please keep to one photo.", "最多可上传 1 张照片。"),
    "minItems.file": ("Please add at least {n} files.", "请至少上传 {n} 个文件。"),
    "minItems.file.1": ("Please add at least one file.", "请至少上传 1 个文件。"),
    "maxItems.file": ("Please keep to at most {n} files.", "最多可上传 {n} 个文件。"),
    "maxItems.file.1": ("Please keep to one file.", "最多可上传 1 个文件。"),
    "minItems": ("Please choose at least {n}.", "请至少选择 {n} 项。"),
    "maxItems": ("Please choose at most {n}.", "最多可选择 {n} 项。"),
    "invalid": ("This answer is not allowed here.", "此处不能这样填写。"),
}


def sentence(code: str, n: object = None) -> Message:
    """The standard message for `code`; an unknown code gives the general one. `n` fills the placeholder."""
    key = f"{code}.1" if n == 1 and not isinstance(n, bool) and f"{code}.1" in SENTENCES else code
    en, zh = SENTENCES.get(key, SENTENCES["invalid"])
    return Message(code.split(".")[0], en.format(n=n), zh.format(n=n))
