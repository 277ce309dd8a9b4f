"""Speeds as ratios, and studies behind the tables of the documentation."""
