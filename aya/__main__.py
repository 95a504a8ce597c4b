"""The command `aya`, also `python -m aya`.

A process that a build starts imports the module of its parent's command anew, and needs no command line: so this one
imports it at the call, which spares every worker a third of a second and the memory of what it imports.
"""

import os

MEMORY = {"MIMALLOC_PURGE_DELAY": "10000", "MIMALLOC_ALLOW_LARGE_OS_PAGES": "1"}
"""What Arrow's allocator is asked for: large pages, and to keep for 10 s what is free. A table is freed to make the
next, and a system that clears every page in between takes a third of the time."""


def main() -> None:
    """Run the command line."""
    for name, value in MEMORY.items():
        os.environ.setdefault(name, value)  # also for the processes that this one starts
    from aya.cli import main as run
    from aya.terminal import hear_interrupts

    hear_interrupts()
    run()


if __name__ == "__main__":
    main()
