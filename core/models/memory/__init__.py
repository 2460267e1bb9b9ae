"""Which device a model takes, how many bytes of it, how precise, and what happens when memory runs out."""
