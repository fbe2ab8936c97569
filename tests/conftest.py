"""What holds for all tests."""

import os

from hypothesis import settings

# The same examples in every run, and no deadlines on slow machines. The long modes draw new ones.
IS_LONG = bool({"RAPIDE_LONG", "RAPIDE_EXAMPLES"} & os.environ.keys())
settings.register_profile("rapide", derandomize=not IS_LONG, deadline=None)
settings.load_profile("rapide")
