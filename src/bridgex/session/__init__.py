"""One model and everything that is asked of it: the only door to the model.

What reads inside the model (`reading`: statistics, activations, the logit lens) needs it in this
process. What only asks it (`asking`: continuations, likelihoods) goes through a `Backend`.
Everything is stored under all that determines it, answers and likelihoods item by item as they
come.
"""

from bridgex.session.metering import Cost, Meter
from bridgex.session.model_session import ModelSession

__all__ = ["Cost", "Meter", "ModelSession"]
