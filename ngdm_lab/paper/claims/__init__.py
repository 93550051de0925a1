"""The paper's claims, one file each: its words, what would show it false, the experiment, the judge, the figure."""
