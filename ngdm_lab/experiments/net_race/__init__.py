"""Races of optimizers on nets: every rule tuned with one budget, trained with the same seeds, compared in pairs."""
