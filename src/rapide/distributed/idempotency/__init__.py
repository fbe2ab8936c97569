"""Requests that a client can repeat: the endpoint runs once, and each gets the same answer."""

from __future__ import annotations

from rapide.distributed.answers import Answers as Answers
from rapide.distributed.answers import Unavailable as Unavailable
from rapide.distributed.idempotency.idempotency import Idempotency as Idempotency
