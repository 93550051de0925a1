"""A user's function made to mean what Python means: indices that are proved or checked, whole numbers without wrap."""
