"""Rooms: send messages to WebSockets and event streams in every process of an application."""

from __future__ import annotations

from rapide.distributed.channels import Unavailable as Unavailable
from rapide.distributed.rooms.member import TOO_SLOW as TOO_SLOW
from rapide.distributed.rooms.member import Listener as Listener
from rapide.distributed.rooms.member import Member as Member
from rapide.distributed.rooms.presence import Present as Present
from rapide.distributed.rooms.rooms import Rooms as Rooms
