"""Races: tuned, paired, reported."""
