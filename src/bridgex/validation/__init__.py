"""Choosers held against the real accuracy of every bridge, over pairs and tasks."""

from bridgex.validation.measures import Judgement, Mean, Share
from bridgex.validation.results import Case, Chosen, Summary, Validation
from bridgex.validation.run import validate

__all__ = ["Case", "Chosen", "Judgement", "Mean", "Share", "Summary", "Validation", "validate"]
