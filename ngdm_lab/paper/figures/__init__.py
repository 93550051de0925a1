"""The paper's Figures 1 to 6: each draws what is computed elsewhere and writes a caption of it."""
