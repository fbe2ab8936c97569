"""Applications whose callables keep a journal, compared between FastAPI and each path of ours."""
