"""Who may ask, and how often."""

import time
from collections import deque
from collections.abc import Callable

from config.settings import AccessSettings

_SECONDS = 60.0
_MANY = 10_000  # askers that are remembered before those long silent are forgotten


class Access:
    """The lists of those who may ask, and the moments of what they asked in the last minute."""

    def __init__(
        self, settings: AccessSettings, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Args: the settings, and what tells the time in seconds."""
        self._settings = settings
        self._clock = clock
        self._asked: dict[int, deque[float]] = {}

    def admits(self, user: int, chat: int) -> bool:
        """Say whether a user may ask in a chat."""
        users, chats = self._settings.users, self._settings.chats
        return not (users or chats) or user in users or chat in chats

    def wait(self, user: int, chat: int) -> float:
        """Count a question, unless it is one too many: then return the seconds to wait for it."""
        bounds = {user: self._settings.user_per_minute}
        if chat != user:
            bounds[chat] = self._settings.chat_per_minute
        now = self._clock()
        waits = [self._wait(asker, bound, now) for asker, bound in bounds.items() if bound]
        if any(waits):
            return max(waits)
        for asker in bounds:
            self._asked.setdefault(asker, deque()).append(now)
        if len(self._asked) > _MANY:
            self._asked = {
                asker: moments
                for asker, moments in self._asked.items()
                if moments[-1] > now - _SECONDS
            }
        return 0.0

    def _wait(self, asker: int, bound: int, now: float) -> float:
        moments = self._asked.get(asker, deque())
        while moments and moments[0] <= now - _SECONDS:
            moments.popleft()
        return moments[-bound] + _SECONDS - now if len(moments) >= bound else 0.0
