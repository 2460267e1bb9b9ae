"""`python -m core.models`."""

from core import console
from core.models.cli.commands import main

if __name__ == "__main__":
    console.run_command(main)
