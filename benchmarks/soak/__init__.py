"""Long loads: what must hold after a million requests, thousands of disconnects and shutdowns."""
