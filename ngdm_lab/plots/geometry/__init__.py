"""Figures of Fisher matrices and distributions."""
