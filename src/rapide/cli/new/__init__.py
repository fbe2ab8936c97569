"""`rapide new`: write a new application from a template."""
