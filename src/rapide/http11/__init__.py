"""How requests arrive: the ASGI form of the compiled application."""
