"""Neural nets: layers, models, training and data."""
