"""From plain functions to machine code: vector code on the CPU, kernels on a GPU. It imports nothing of the lab."""
