"""Training a net: steps, updates, checkpoints, history."""
