"""Security schemes."""
