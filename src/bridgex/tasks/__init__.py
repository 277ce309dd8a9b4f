"""Tasks: benchmarks made into prompts, answers judged; `bridgex.tasks.base` is the protocol."""

from bridgex.tasks.base import Item, Outcome, PivotContext, Task

__all__ = ["Item", "Outcome", "PivotContext", "Task"]
