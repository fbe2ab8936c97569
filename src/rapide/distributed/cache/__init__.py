"""Responses that are kept, so that an endpoint runs once for many requests."""

from __future__ import annotations

from rapide.distributed.answers import Answers as Answers
from rapide.distributed.answers import Unavailable as Unavailable
from rapide.distributed.cache.cache import Cache as Cache
