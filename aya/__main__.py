"""The command `aya`, also `python -m aya`.

A process that a build starts imports the module of its parent's command anew, and needs no command line: so this one
imports it at the call, which spares every worker a third of a second and the memory of what it imports.
"""


def main() -> None:
    """Run the command line."""
    from aya.cli import main as run
    from aya.terminal import hear_interrupts

    hear_interrupts()
    run()


if __name__ == "__main__":
    main()
