"""Gradients derived from functions of the compiler's language by a transform of their source."""
