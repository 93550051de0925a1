"""Plain functions as CUDA device functions and kernels."""
