"""`rapide migrate`: FastAPI's name in the imports of an application becomes Rapide's, or back."""
