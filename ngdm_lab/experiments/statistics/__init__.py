"""Tests, intervals and profiles."""
