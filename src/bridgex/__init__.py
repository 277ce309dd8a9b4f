"""Which bridge language a model should be prompted through, and how certain that is.

`rank` is the main job, `spectrum` how languages overlap in a model; `evaluate`, `validate` and
`prompt` put bridges to use. `Session` keeps a model for several of them. Importing this package
loads neither torch nor transformers: they come when first needed.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from bridgex.version import __version__

if TYPE_CHECKING:
    from bridgex.analysis.settings import RankSettings
    from bridgex.api import (
        Session,
        evaluate,
        list_choosers,
        list_languages,
        list_models,
        list_tasks,
        load,
        prompt,
        rank,
        recommend,
        spectrum,
        validate,
    )
    from bridgex.bridges import BridgeRanking
    from bridgex.choosers import Choice, Chooser, ChooserInput, register_chooser
    from bridgex.errors import (
        BridgexError,
        DependenceUndefinedError,
        DownloadError,
        ModelError,
        RequestError,
        ResultError,
        ServerError,
        StoreError,
        TextError,
        UnknownLanguageError,
    )
    from bridgex.evaluation.results import Evaluation
    from bridgex.evaluation.settings import TaskSettings
    from bridgex.evaluation.strategies import Strategy
    from bridgex.experiments.ablated import Ablation
    from bridgex.experiments.advice import Advice
    from bridgex.experiments.case import Case
    from bridgex.experiments.prompt import BridgedPrompt
    from bridgex.experiments.study.run import run_study
    from bridgex.experiments.validation import Validation
    from bridgex.inputs import Budget, Texts
    from bridgex.lm.architectures import register_architecture
    from bridgex.lm.backend import Backend
    from bridgex.lm.model import LanguageModel
    from bridgex.lm.rows import Architecture, Dense, Experts
    from bridgex.lm.server import Server
    from bridgex.neurons import Spectrum
    from bridgex.session import Cost
    from bridgex.storage.store import Store
    from bridgex.tasks import Item, Outcome, PivotContext, Task, register_task

_HOMES = {
    "analysis.settings": ("RankSettings",),
    "api": (
        "Session",
        "ablate",
        "evaluate",
        "list_choosers",
        "list_languages",
        "list_models",
        "list_tasks",
        "load",
        "prompt",
        "rank",
        "recommend",
        "spectrum",
        "validate",
    ),
    "bridges": ("BridgeRanking",),
    "choosers": ("Choice", "Chooser", "ChooserInput", "register_chooser"),
    "errors": (
        "BridgexError",
        "DependenceUndefinedError",
        "DownloadError",
        "ModelError",
        "RequestError",
        "ResultError",
        "ServerError",
        "StoreError",
        "TextError",
        "UnknownLanguageError",
    ),
    "evaluation.results": ("Evaluation",),
    "evaluation.settings": ("TaskSettings",),
    "evaluation.strategies": ("Strategy",),
    "experiments.ablated": ("Ablation",),
    "experiments.advice": ("Advice",),
    "experiments.case": ("Case",),
    "experiments.prompt": ("BridgedPrompt",),
    "experiments.study.run": ("run_study",),
    "experiments.validation": ("Validation",),
    "inputs": ("Budget", "Texts"),
    "lm.architectures": ("register_architecture",),
    "lm.backend": ("Backend",),
    "lm.model": ("LanguageModel",),
    "lm.rows": ("Architecture", "Dense", "Experts"),
    "lm.server": ("Server",),
    "neurons": ("Spectrum",),
    "session": ("Cost",),
    "storage.store": ("Store",),
    "tasks": ("Item", "Outcome", "PivotContext", "Task", "register_task"),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Ablation",
    "Advice",
    "Architecture",
    "Backend",
    "BridgeRanking",
    "BridgedPrompt",
    "BridgexError",
    "Budget",
    "Case",
    "Choice",
    "Chooser",
    "ChooserInput",
    "Cost",
    "Dense",
    "DependenceUndefinedError",
    "DownloadError",
    "Evaluation",
    "Experts",
    "Item",
    "LanguageModel",
    "ModelError",
    "Outcome",
    "PivotContext",
    "RankSettings",
    "RequestError",
    "ResultError",
    "Server",
    "ServerError",
    "Session",
    "Spectrum",
    "Store",
    "StoreError",
    "Strategy",
    "Task",
    "TaskSettings",
    "TextError",
    "Texts",
    "UnknownLanguageError",
    "Validation",
    "__version__",
    "ablate",
    "evaluate",
    "list_choosers",
    "list_languages",
    "list_models",
    "list_tasks",
    "load",
    "prompt",
    "rank",
    "recommend",
    "register_architecture",
    "register_chooser",
    "register_task",
    "run_study",
    "spectrum",
    "validate",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'bridgex' has no attribute '{name}'")
    return getattr(import_module(f"bridgex.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return __all__
