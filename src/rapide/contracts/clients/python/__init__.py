"""Python clients: httpx sends the requests, and Pydantic models check what is answered."""
