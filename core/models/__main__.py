"""`python -m core.models`."""

from core.models.cli.commands import main

if __name__ == "__main__":
    main()
