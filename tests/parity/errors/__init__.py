"""HTTP errors, exception handlers, and the messages of exceptions."""
