"""The console of `rapide dev`: routes with their plans, and requests with the time of each step."""
