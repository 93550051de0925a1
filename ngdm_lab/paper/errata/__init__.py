"""The errata of the paper, E1 to E16, each computed: nothing is typed but the paper's own words and numbers."""
