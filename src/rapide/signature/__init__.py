"""Read what a callable needs: its parameters, its dependencies and its body."""
