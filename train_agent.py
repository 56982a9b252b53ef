"""Trains an agent on a creative environment: ``python train_agent.py --help``."""

import sys

from agents.commands import main

if __name__ == "__main__":
    sys.exit(main())
