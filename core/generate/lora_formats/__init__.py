"""The forms that LoRA files come in: what a file is, its matrices in one form, and what it adds to vectors."""
