"""Races: tuned, paired, reported, profiled."""
