"""Tasks for lm-evaluation-harness, and its samples as evaluations."""
