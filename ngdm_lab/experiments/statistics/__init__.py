"""Tests, intervals and power."""
