"""The command line `python -m core.models`."""
