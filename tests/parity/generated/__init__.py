"""Generated applications: plain descriptions, their source text, and calls made on them."""
