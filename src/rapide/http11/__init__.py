"""Our HTTP/1.1 protocol inside uvicorn: how requests come in, and how responses leave."""
