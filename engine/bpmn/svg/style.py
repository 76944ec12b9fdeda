"""The colours of a diagram in a page, light and dark: a style sheet over the classes that `render` writes."""

from __future__ import annotations

STYLESHEET = """\
.bpmn-diagram {
  --bpmn-ink: #334155; --bpmn-paper: #ffffff; --bpmn-text: #0f172a; --bpmn-band: #f8fafc;
  --bpmn-active: #2563eb; --bpmn-active-paper: #dbeafe; --bpmn-done: #16a34a; --bpmn-done-paper: #f0fdf4;
  --bpmn-incident: #dc2626; --bpmn-incident-paper: #fee2e2;
  max-width: 100%; height: auto;
}
@media (prefers-color-scheme: dark) {
  :root:not([data-theme="light"]) .bpmn-diagram {
    --bpmn-ink: #cbd5e1; --bpmn-paper: #1e293b; --bpmn-text: #f1f5f9; --bpmn-band: #0f172a;
    --bpmn-active: #60a5fa; --bpmn-active-paper: #1e3a8a; --bpmn-done: #4ade80; --bpmn-done-paper: #14532d;
    --bpmn-incident: #f87171; --bpmn-incident-paper: #7f1d1d;
  }
}
[data-theme="dark"] .bpmn-diagram {
  --bpmn-ink: #cbd5e1; --bpmn-paper: #1e293b; --bpmn-text: #f1f5f9; --bpmn-band: #0f172a;
  --bpmn-active: #60a5fa; --bpmn-active-paper: #1e3a8a; --bpmn-done: #4ade80; --bpmn-done-paper: #14532d;
  --bpmn-incident: #f87171; --bpmn-incident-paper: #7f1d1d;
}
.bpmn-task, .bpmn-scope, .bpmn-event, .bpmn-gateway, .bpmn-head { fill: var(--bpmn-paper); stroke: var(--bpmn-ink); }
.bpmn-pool, .bpmn-lane { fill: var(--bpmn-band); stroke: var(--bpmn-ink); }
.bpmn-line, .bpmn-ring, .bpmn-flow, .bpmn-message-flow, .bpmn-association, .bpmn-group {
  fill: none; stroke: var(--bpmn-ink);
}
.bpmn-data { fill: var(--bpmn-paper); stroke: var(--bpmn-ink); }
.bpmn-solid { fill: var(--bpmn-ink); stroke: var(--bpmn-ink); }
.bpmn-reverse { fill: none; stroke: var(--bpmn-paper); }
.bpmn-label { fill: var(--bpmn-text); }
.is-completed > .bpmn-task, .is-completed > .bpmn-event, .is-completed > .bpmn-gateway {
  fill: var(--bpmn-done-paper); stroke: var(--bpmn-done);
}
.is-completed > .bpmn-flow { stroke: var(--bpmn-done); }
.is-active > .bpmn-task, .is-active > .bpmn-event, .is-active > .bpmn-gateway {
  fill: var(--bpmn-active-paper); stroke: var(--bpmn-active); stroke-width: 2.5px;
}
.is-active > .bpmn-scope { stroke: var(--bpmn-active); stroke-width: 2.5px; }
.is-incident > .bpmn-task, .is-incident > .bpmn-scope, .is-incident > .bpmn-event, .is-incident > .bpmn-gateway {
  fill: var(--bpmn-incident-paper); stroke: var(--bpmn-incident);
}
.bpmn-badge { fill: var(--bpmn-active); stroke: var(--bpmn-paper); }
.bpmn-badge-text { fill: #ffffff; font-weight: 600; }
.bpmn-incident { fill: var(--bpmn-incident); stroke: var(--bpmn-paper); }
.bpmn-incident-mark { stroke: #ffffff; }
"""
