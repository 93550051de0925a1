"""Figures of single runs."""
