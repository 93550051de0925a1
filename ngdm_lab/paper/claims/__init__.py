"""The paper's claims, one file each."""
