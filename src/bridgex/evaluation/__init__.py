"""Doing tasks with strategies, and how sure a difference is."""
