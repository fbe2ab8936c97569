"""Middleware of every kind around the routes."""
