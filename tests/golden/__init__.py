"""Generated source kept as text."""
