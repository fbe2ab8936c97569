"""The server of `rapide run` and `rapide dev`: its options, and what is around HTTP."""
