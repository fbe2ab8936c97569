"""What endpoints return, response classes and serialization."""
