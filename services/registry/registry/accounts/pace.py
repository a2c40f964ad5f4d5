"""How often something may be asked in a minute, counted by each process for itself."""

import time
from collections import OrderedDict

WINDOW_S = 60.0
KEYS_MAX = 10_000


class Pace:
    """So many acts in a minute for each key; the oldest keys are forgotten first."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._counted: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def wait_s(self, key: str) -> int:
        """Return 0, or for how many seconds this key has used up its share."""
        started, count = self._counted.get(key, (0.0, 0))
        left_s = started + WINDOW_S - time.monotonic()
        return int(left_s) + 1 if left_s > 0 and count >= self._per_minute else 0

    def count(self, key: str) -> None:
        """Count one act."""
        now = time.monotonic()
        started, count = self._counted.get(key, (now, 0))
        is_over = now - started > WINDOW_S
        self._counted[key] = (now, 1) if is_over else (started, count + 1)
        self._counted.move_to_end(key)
        while len(self._counted) > KEYS_MAX:
            self._counted.popitem(last=False)
