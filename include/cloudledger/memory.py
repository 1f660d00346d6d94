"""Memory that is free again, given back to the system."""

from __future__ import annotations

import ctypes


def give_back() -> None:
    """Let the C library return what has been freed.

    glibc keeps freed arrays of some megabytes for later ones, so that a task would hold its
    largest step's memory through all the others (malloc_trim(3)). Where the C library is another
    one, nothing is done.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
