"""Picture and mask files as the world has them, decoded: formats, depth, colour profiles, sizes."""
