"""Plain functions for blocks of 64 runs side by side, as vector code."""
