"""Elementary functions in plain source, in double and in single precision."""
