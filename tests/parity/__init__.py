"""Applications built and driven on FastAPI and on Rapide, compared answer by answer."""
