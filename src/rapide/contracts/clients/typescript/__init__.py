"""TypeScript clients: fetch sends the requests, and nothing else is needed."""
