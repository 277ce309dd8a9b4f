"""Which bridge language a model should go through between two languages, and how sure that is.

`rank` is the main job, `spectrum` how a model holds its languages; everything else is in the rooms
they are made of. Importing this package loads neither torch nor transformers: they come when first
needed.
"""

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from bridgex.bridges import BridgeRanking
    from bridgex.evaluation import evaluate
    from bridgex.neurons import Spectrum
    from bridgex.prompting import prompt
    from bridgex.results import Evaluation
    from bridgex.spectra import spectrum
    from bridgex.study import rank
    from bridgex.validation import Validation, validate

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
    "Evaluation": "bridgex.results",
    "Spectrum": "bridgex.neurons",
    "evaluate": "bridgex.evaluation",
    "prompt": "bridgex.prompting",
    "rank": "bridgex.study",
    "spectrum": "bridgex.spectra",
    "validate": "bridgex.validation",
    "Validation": "bridgex.validation",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'bridgex' has no attribute '{name}'")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
