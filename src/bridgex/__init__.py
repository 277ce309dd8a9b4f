"""Which bridge language a model should go through between two languages, and how sure that is.

`rank` is the main job, `spectrum` how a model holds its languages; everything else is in the rooms
they are made of. Importing this package loads neither torch nor transformers: they come when first
needed.
"""

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from bridgex.analysis.rank import rank
    from bridgex.analysis.spectrum import spectrum
    from bridgex.bridges import BridgeRanking
    from bridgex.evaluation.results import Evaluation
    from bridgex.experiments.case import Validation
    from bridgex.experiments.evaluate import evaluate
    from bridgex.experiments.prompt import prompt
    from bridgex.experiments.validate import validate
    from bridgex.neurons import Spectrum

__all__ = [
    "BridgeRanking",
    "Evaluation",
    "Spectrum",
    "Validation",
    "__version__",
    "evaluate",
    "prompt",
    "rank",
    "spectrum",
    "validate",
]

_HOMES = {
    "BridgeRanking": "bridgex.bridges",
    "Evaluation": "bridgex.evaluation.results",
    "Spectrum": "bridgex.neurons",
    "evaluate": "bridgex.experiments.evaluate",
    "prompt": "bridgex.experiments.prompt",
    "rank": "bridgex.analysis.rank",
    "spectrum": "bridgex.analysis.spectrum",
    "validate": "bridgex.experiments.validate",
    "Validation": "bridgex.experiments.case",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'bridgex' has no attribute '{name}'")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
