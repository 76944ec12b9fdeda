"""Rules about vocabularies of other engines."""

from __future__ import annotations

from tests.bpmn.diagrams import line, task
from tests.bpmn.lint_cases import Case, gateway

LISTENER = '<extensionElements><camunda:executionListener class="x.Y" event="start"/></extensionElements>'
SKIPPED = 'camunda:assignee="ann" flowable:skipExpression="${x}"'
OUTPUT = (
    "<extensionElements><camunda:inputOutput>"
    '<camunda:outputParameter name="y">${x}</camunda:outputParameter>'
    "</camunda:inputOutput></extensionElements>"
)


def clock(cycle: str) -> str:
    """An event that waits for a time of a cycle."""
    timer = f"<timerEventDefinition><timeCycle>{cycle}</timeCycle></timerEventDefinition>"
    return f'<intermediateCatchEvent id="a">{timer}</intermediateCatchEvent>'


VENDOR_CASES: dict[str, Case] = {
    "vendor-code": Case(
        line(task("a", "serviceTask", 'camunda:class="org.acme.Ship"')),
        line(task("a", "serviceTask", 'camunda:type="external" camunda:topic="ship"')),
        "a",
    ),
    "vendor-listener": Case(line(task("a", inside=LISTENER)), line(task("a")), "a"),
    "vendor-expression": Case(
        gateway("exclusiveGateway", "default", first="${bean.check(order)}"),
        gateway("exclusiveGateway", "default", first="${order.total &gt; 3}"),
        "g-a",
    ),
    "vendor-script": Case(
        line(task("a", "scriptTask", 'scriptFormat="groovy"', "<script>new Mailer().send(x)</script>")),
        line(task("a", "scriptTask", 'scriptFormat="groovy"', "<script>x = 1</script>")),
        "a",
    ),
    "vendor-cron": Case(line(clock("0 0 9-17 * * MON-FRI")), line(clock("0 0 9 * * ?")), "a"),
    "vendor-differs": Case(
        line(task("a", "userTask", 'camunda:assignee="ann"', OUTPUT)),
        line(task("a", "userTask", 'camunda:assignee="ann"')),
        "a",
    ),
    "vendor-unknown": Case(
        line(task("a", "userTask", 'camunda:colour="red" camunda:assignee="ann"')),
        line(task("a", "userTask", 'camunda:assignee="ann"')),
        "a",
    ),
    "vendor-unsupported": Case(
        line(task("a", "userTask", SKIPPED)), line(task("a", "userTask", 'camunda:assignee="ann"')), "a"
    ),
    "vendor-translated": Case(
        line(task("a", "userTask", 'camunda:assignee="ann"')), line(task("a", "userTask", 'facet:assignee="ann"')), None
    ),
}
