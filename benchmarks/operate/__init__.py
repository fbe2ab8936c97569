"""Servers as services: what operators see of starts, reloads, ends and blocked threads."""
