"""Kernels of nets on a GPU."""
