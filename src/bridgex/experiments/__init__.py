"""Putting it together: an evaluation, a ready prompt, a validation over pairs and tasks."""
