"""Figures of nets: architectures, the scheme of back-propagation, learning curves."""
