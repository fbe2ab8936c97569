"""Streams that a client can resume, in any process of an application."""

from __future__ import annotations

from rapide.distributed.channels import Unavailable as Unavailable
from rapide.distributed.streams.endings import Ending as Ending
from rapide.distributed.streams.production import EventTooLarge as EventTooLarge
from rapide.distributed.streams.streams import Streams as Streams
