"""Streams of JSON lines and events, and WebSockets."""
