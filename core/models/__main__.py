"""`python -m core.models`."""

from core.models.cli.__main__ import main

main()
