"""Rules of vocabularies of other engines."""

from __future__ import annotations

from engine.bpmn.rules.rule import Rule

VENDORS: tuple[Rule, ...] = (
    Rule(
        "vendor-code",
        "error",
        "“{what}” of “{name}” names program code of another engine, which cannot run here; use a topic for an "
        "external worker.",
        "“{name}”的“{what}”指向其他引擎的程序代码，无法在此运行；请用主题交给外部工作程序。",
        "Java classes and delegate expressions live in the other engine's server.",
        "Java 类和委托表达式只存在于其他引擎的服务器中。",
    ),
    Rule(
        "vendor-listener",
        "error",
        "“{name}” has a listener (“{what}”), which would not run; draw it as a step of the process.",
        "“{name}”带有监听器（“{what}”），不会执行；请画成流程步骤。",
        "What happens should be seen in the diagram.",
        "会发生的事情应当在图中可见。",
    ),
    Rule(
        "vendor-expression",
        "error",
        "The expression “{text}” ({what}) of “{name}” has no equivalent in FEEL: {reason}.",
        "“{name}”的表达式“{text}”（{what}）无法转换为 FEEL：{reason_zh}。",
        "Write it in FEEL; begin the text with “=” where a literal is possible.",
        "请改写为 FEEL；可写字面值之处以“=”开头。",
    ),
    Rule(
        "vendor-script",
        "error",
        "The {language} script of “{name}” cannot run here: {reason}; write it in Python or FEEL.",
        "“{name}”的 {language} 脚本无法在此运行：{reason_zh}；请用 Python 或 FEEL 编写。",
        "Groovy, JavaScript and JUEL scripts that compute and set variables are translated; Java is not there.",
        "用于计算和设置变量的 Groovy、JavaScript、JUEL 脚本会被转换；Java 不可用。",
    ),
    Rule(
        "vendor-cron",
        "error",
        "The cycle “{text}” of “{name}” cannot be kept: {reason}.",
        "“{name}”的循环“{text}”无法转换：{reason_zh}。",
        "Cron expressions that mean one interval are translated, such as “0 0/5 * * * ?” or “0 0 8 * * ?”.",
        "表示单一间隔的 Cron 表达式会被转换，例如“0 0/5 * * * ?”或“0 0 8 * * ?”。",
    ),
    Rule(
        "vendor-differs",
        "warning",
        "“{what}” of “{name}” works in another way here: {difference}.",
        "“{name}”的“{what}”在此的行为不同：{difference_zh}。",
        "Check that the process still does what is meant.",
        "请确认流程仍按预期运行。",
    ),
    Rule(
        "vendor-unknown",
        "warning",
        "“{what}” of “{name}” has no equivalent and has no effect here.",
        "“{name}”的“{what}”没有对应功能，在此不起作用。",
        "Check that nothing depends on it.",
        "请确认没有内容依赖它。",
    ),
    Rule(
        "vendor-unsupported",
        "error",
        "“{what}” of “{name}” has no equivalent here: {advice}.",
        "“{name}”的“{what}”在此没有对应功能：{advice_zh}。",
        "It would change what the process does.",
        "它会改变流程的行为。",
    ),
    Rule(
        "vendor-translated",
        "info",
        "The file uses the vocabulary of {vendor}; {count} entries were translated.",
        "文件使用 {vendor} 词汇，已转换 {count} 处。",
        "The original file is kept and can be downloaded.",
        "原始文件会保留，可以下载。",
    ),
)
