"""From a callable to its signature: parameters, dependencies, body."""
