"""The documentation pages in a real browser that can reach nothing but the application."""
