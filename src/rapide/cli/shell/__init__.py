"""`rapide shell`: a Python prompt with a started application."""
