"""Maps of a landscape: basins, rates, slices of a loss."""
