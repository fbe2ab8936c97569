"""`rapide openapi`: where documents come from, and how changes are printed."""
