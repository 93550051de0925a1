"""Laws of a launch of the CUDA engine: what threads without a run do, and runs at the end of very large arrays."""

from __future__ import annotations

import numpy as np

import ngdm_lab as lab
from ngdm_lab.compiler.cuda import device as cuda_device
from ngdm_lab.engine import cuda_kernel, driver

__all__ = ["FAR", "at_the_end", "chunks_change_nothing", "with_threads_to_spare"]

FAR = 2**27  # runs of a batch whose vectors have more than 2^31 elements together
_NAMES = list(cuda_kernel._parameters())


def chunks_change_nothing(opt, s, patches):
    """The same bits whether all steps are one launch or a launch each."""
    whole = lab.ensemble(opt, s, 3, 20, backend="cuda", quantiles=False)
    with patches.context() as patched:
        patched.setattr(driver, "CHUNK", 1e-9)
        steps = lab.ensemble(opt, s, 3, 20, backend="cuda", quantiles=False)
    for name, mine in whole.arrays().items():
        assert np.array_equal(mine, steps.arrays()[name], equal_nan=True), name


def with_threads_to_spare(run, patches):
    """What `run()` gives when every launch has a block more than it needs: threads without a run do nothing."""
    configured = cuda_device.configured

    def wider(kernel, blocks, threads, *rest):
        return configured(kernel, (blocks[0] + 1, *blocks[1:]), threads, *rest)

    with patches.context() as patched:
        patched.setattr(cuda_device, "configured", wider)
        return run()


def at_the_end(run, patches):
    """What `run()`, as PTX, gives when its runs, a block at most, are the last of `FAR`; no other is run.

    The arrays of so many runs lie in memory that is taken only where it is touched.
    """
    from ptx_cpu import reserved

    def far(kernel, blocks, threads, *rest):
        def go(*given):
            held, runs = dict(zip(_NAMES, given, strict=True)), len(given[_NAMES.index("limit")])
            assert (blocks[1], threads) == (1, runs)
            own = [name for name in _NAMES if name in ("V", "limit") or name.startswith("records_")]
            large = {name: reserved((*held[name].shape[:-1], FAR), held[name].dtype) for name in own}
            for name, array in large.items():
                array[..., FAR - runs :] = held[name]
            shift = np.uint64((int(held["clock_first"]) - (FAR - runs)) % 2**64)  # a run has its own random numbers
            kernel.launch(FAR // runs, runs, list({**held, **large, "clock_first": shift}.values()), [FAR // runs - 1])
            for name, array in large.items():
                held[name][...] = array[..., FAR - runs :]

        return go

    with patches.context() as patched:
        patched.setattr(cuda_device, "configured", far)
        return run()
