"""The event process of the registry service: `python -m registry.worker`."""

from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common.database import BULK_STATEMENT_TIMEOUT_S, new_engine
from common.events import (
    CardsIssuedV1,
    CardsStateChangedV1,
    CardStatusChangedV1,
    Envelope,
    PaymentsSettledV1,
    RedemptionRecordedV1,
    RedemptionReversedV1,
    RedemptionsRecordedV1,
)
from common.sealed import Sealer
from common.worker import Handlers, every, main
from registry.accounts.tidy import TIDY_EVERY_S, tidy
from registry.cards import handlers as cards
from registry.changes.resume_due import resume_suspended
from registry.dci.work import exchange_loops
from registry.eligibility.ask import EVALUATE_JOB
from registry.eligibility.evaluate_job import evaluate_region
from registry.enrolment.approve import APPROVE_JOB, note_not_approved
from registry.enrolment.gather import gather, note_not_gathered
from registry.enrolment.propose import PROPOSE_JOB
from registry.enrolment.publish import Seals, publish_list
from registry.intake.ask_columns import or_ask
from registry.intake.commit import (
    COMMIT_JOB,
    commit_import,
    note_not_committed,
    note_unreadable,
)
from registry.intake.read import known_districts, read_import
from registry.intake.staging import Keys
from registry.intake.undo import UNDO_JOB, note_not_undone, undo_import
from registry.intake.upload import READ_JOB
from registry.jobs.run import Job, Work, run_forever
from registry.matching.ask import MATCH_JOB
from registry.matching.run import run_matching
from registry.payments import handlers as payments
from registry.people import handlers as people
from registry.reports.refresh import LOOK_EVERY_S, refresh
from registry.settings import Settings

# A job holds one connection, its heartbeat another for a moment.
JOB_CONNECTIONS = 3

Works = Mapping[str, Work]


def handlers() -> Handlers:
    """Return what this service does about each event."""
    return {
        CardsIssuedV1: on_cards_issued,
        CardsStateChangedV1: cards.on_cards_state_changed,
        CardStatusChangedV1: people.on_card_status_changed,
        PaymentsSettledV1: payments.on_payments_settled,
        RedemptionRecordedV1: people.on_redemption_recorded,
        RedemptionReversedV1: people.on_redemption_reversed,
        RedemptionsRecordedV1: people.on_redemptions_recorded,
    }


async def on_cards_issued(tx: AsyncConnection, event: CardsIssuedV1, envelope: Envelope) -> None:
    """Note the family's cards, and that they are on their way."""
    await people.on_cards_issued(tx, event, envelope)
    await cards.on_cards_issued(tx, event, envelope)


def import_works(settings: Settings) -> Works:
    """Return the jobs about files."""
    keys = Keys(
        settings.sealing_key.get_secret_value(), settings.blind_index_key.get_secret_value()
    )
    sealer = Sealer(keys.sealing)
    districts = known_districts(demo=settings.demo)

    async def read(engine: AsyncEngine, job: Job) -> None:
        await or_ask(engine, job, sealer, partial(read_import, engine, job, keys, districts))

    return {
        READ_JOB: Work(read, note_unreadable),
        UNDO_JOB: Work(undo_import, note_not_undone),
        COMMIT_JOB: Work(
            partial(commit_import, keys=keys, districts=districts), note_not_committed
        ),
    }


def list_works(settings: Settings) -> Works:
    """Return the jobs about decisions and lists."""
    seals = Seals(
        Sealer(settings.sealing_key.get_secret_value()),
        Sealer(settings.event_sealing_key.get_secret_value()),
    )
    return {
        EVALUATE_JOB: Work(evaluate_region),
        PROPOSE_JOB: Work(gather, note_not_gathered),
        APPROVE_JOB: Work(partial(publish_list, seals=seals), note_not_approved),
    }


def match_works(settings: Settings) -> Works:
    """Return the job that looks for people who are recorded twice."""
    return {MATCH_JOB: Work(partial(run_matching, settings=settings))}


async def tidy_accounts(engine: AsyncEngine) -> None:
    """Remove what accounts no longer need, for ever."""
    await every(TIDY_EVERY_S, engine, tidy)


def jobs(settings: Settings) -> list[Callable[[AsyncEngine], Coroutine[Any, Any, None]]]:
    """Return the loops that do the jobs: files in one, so that a long import holds up no list."""

    def loop(name: str, works: Works) -> Callable[[AsyncEngine], Coroutine[Any, Any, None]]:
        async def run(_engine: AsyncEngine) -> None:
            engine = new_engine(
                settings.database_url,
                application_name=f"registry {name}",
                pool_size=JOB_CONNECTIONS,
                statement_timeout_s=BULK_STATEMENT_TIMEOUT_S,
            )
            try:
                await run_forever(engine, works)
            finally:
                await engine.dispose()

        return run

    async def count_progress(_engine: AsyncEngine) -> None:
        engine = new_engine(
            settings.database_url,
            application_name="registry progress",
            pool_size=1,
            statement_timeout_s=BULK_STATEMENT_TIMEOUT_S,
        )
        try:
            await every(LOOK_EVERY_S, engine, refresh)
        finally:
            await engine.dispose()

    return [
        loop("imports", import_works(settings)),
        loop("lists", list_works(settings)),
        loop("matching", match_works(settings)),
        count_progress,
        tidy_accounts,
        resume_suspended,
        *exchange_loops(settings),
    ]


if __name__ == "__main__":
    settings = Settings()
    main(settings, handlers(), jobs(settings))
