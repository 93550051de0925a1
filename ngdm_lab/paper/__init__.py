"""The paper's own experiments, claims and errata, each in a file of its own and judged by the lab."""
