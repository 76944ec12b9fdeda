"""Every write, one verb each. A command is a frozen dataclass with `execute(work)`; `engine.bus.run` wraps it."""
