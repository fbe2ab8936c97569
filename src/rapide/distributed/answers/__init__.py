"""Answers that are kept for later requests, in memory or in Redis."""

from __future__ import annotations

from rapide.distributed.answers.answers import Answers as Answers
from rapide.distributed.channels.contract import Unavailable as Unavailable
