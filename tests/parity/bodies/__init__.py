"""JSON bodies, forms, files, and the limits of their sizes."""
