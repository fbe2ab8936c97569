"""Routes, routers, inclusion, matching and frontends."""
