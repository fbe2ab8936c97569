"""The layers around the routes that answer errors."""
