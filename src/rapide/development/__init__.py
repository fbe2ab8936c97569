"""The pages that `rapide dev` shows when something goes wrong. `rapide run` imports none."""
