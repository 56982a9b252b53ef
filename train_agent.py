"""Trains an agent on a creative environment: ``python train_agent.py --help``."""

import sys

from agents.command_line import command


@command("train_agent.py")
def run() -> int:
    """Imports the rest, which a Python outside of .venv may be unable to."""
    from agents.commands import main

    return main()


if __name__ == "__main__":
    sys.exit(run())
