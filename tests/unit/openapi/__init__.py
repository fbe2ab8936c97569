"""Tests of the OpenAPI room."""
