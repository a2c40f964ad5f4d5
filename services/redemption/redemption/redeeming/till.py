"""Acts of many counters share a transaction: whoever comes while one is under way, waits for the
next one together with the others.

Nobody waits for company: an act that finds a committer idle is begun at once. Each act gets its
own answer, and only after the commit. A transaction that fails is tried again act by act, so that
one that cannot be written hurts no other; repeating an act is harmless, because it has an id.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common.database import is_database_away, is_outcome_unknown, is_retryable
from common.problems import Refused
from redemption.cards.identify import TrustedKeys
from redemption.redeeming.lean_transaction import lean_transaction
from redemption.redeeming.lines import Redemption
from redemption.redeeming.redeem import Act, Outcome, StillMoving, redeem_all

# What shares a transaction at most: large enough for a storm, small enough for its slowest answer.
BATCH_MAX = 64
# Transactions under way at once: one is flushed to disk while the next one is judged.
COMMITTERS_MAX = 2
# Acts of a failed batch that are tried again at once, each in a transaction of its own.
SINGLES_AT_ONCE = 4
SINGLE_TRIES_MAX = 3
# Longer than every timeout of the database below it: what is not known then is not known.
ANSWER_MAX_S = 20.0

log = structlog.get_logger()


@dataclass(slots=True, eq=False)
class _Waiting:
    act: Act
    answer: asyncio.Future[Redemption]

    def tell(self, outcome: Outcome | BaseException) -> None:
        """Give the answer, unless the caller has gone away."""
        if self.answer.done():
            return
        if isinstance(outcome, BaseException):
            self.answer.set_exception(outcome)
        else:
            self.answer.set_result(outcome)


@dataclass
class Till:
    """One process's queue of acts, and the tasks that commit them."""

    engine_of: Callable[[], AsyncEngine]
    trusted: TrustedKeys
    _queue: deque[_Waiting] = field(default_factory=deque)
    _committers: set[asyncio.Task[None]] = field(default_factory=set)

    async def redeem(self, act: Act) -> Redemption:
        """Return the line of an act once it is committed; raises Refused.

        Raises Refused outcome_unknown when it is not certain whether it was written.
        """
        loop = asyncio.get_running_loop()
        waiting = _Waiting(act, loop.create_future())
        self._queue.append(waiting)
        if len(self._committers) < COMMITTERS_MAX:
            self._committers.add(loop.create_task(self._commit_all()))
        try:
            async with asyncio.timeout(ANSWER_MAX_S):
                return await waiting.answer
        except TimeoutError:
            raise Refused("outcome_unknown") from None

    async def drain(self) -> None:
        """Wait until every act that was taken has been answered."""
        while self._committers:
            await asyncio.wait(self._committers)

    async def _commit_all(self) -> None:
        try:
            while self._queue:
                batch = [self._queue.popleft() for _ in range(min(BATCH_MAX, len(self._queue)))]
                batch = [one for one in batch if not one.answer.cancelled()]
                if batch:
                    await self._commit(batch)
        finally:
            # Here and not in a callback of the task: whoever comes between the last look at the
            # queue and such a callback would wait for a committer that has gone home.
            me = asyncio.current_task()
            if me is not None:
                self._committers.discard(me)

    async def _commit(self, batch: Sequence[_Waiting]) -> None:
        try:
            outcomes = await self._in_one([one.act for one in batch])
        except Exception as error:  # noqa: BLE001 - whatever failed, each act gets an answer
            await self._one_by_one(batch, error)
        else:
            for one, outcome in zip(batch, outcomes, strict=True):
                one.tell(outcome)

    async def _in_one(self, acts: Sequence[Act]) -> list[Outcome]:
        async with lean_transaction(self.engine_of()) as tx:
            return await self._act(tx, acts)

    async def _act(self, tx: AsyncConnection, acts: Sequence[Act]) -> list[Outcome]:
        return await redeem_all(tx, self.trusted, acts)

    async def _one_by_one(self, batch: Sequence[_Waiting], error: Exception) -> None:
        if is_database_away(error):
            log.error("acts not written", acts=len(batch), error=type(error).__name__)
            for one in batch:
                one.tell(Refused("outcome_unknown"))
            return
        log.warning("acts tried one by one", acts=len(batch), error=type(error).__name__)
        turns = asyncio.Semaphore(SINGLES_AT_ONCE)
        async with asyncio.TaskGroup() as group:
            for one in batch:
                group.create_task(self._single(one, turns))

    async def _single(self, one: _Waiting, turns: asyncio.Semaphore) -> None:
        async with turns:
            for tries_left in reversed(range(SINGLE_TRIES_MAX)):
                try:
                    (outcome,) = await self._in_one([one.act])
                except Exception as error:
                    if tries_left and (is_retryable(error) or isinstance(error, StillMoving)):
                        continue
                    log.error("act not written", exc_info=error)
                    unknown = is_outcome_unknown(error) or isinstance(error, StillMoving)
                    one.tell(Refused("outcome_unknown") if unknown else error)
                else:
                    one.tell(outcome)
                return
