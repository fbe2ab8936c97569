"""The application object, its life, and its copies."""
