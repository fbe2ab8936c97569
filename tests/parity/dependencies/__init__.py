"""Dependencies: graphs, generators, overrides, threads, and how often they run."""
