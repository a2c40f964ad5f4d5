"""The servers that tests and `make up` start: closed to each other and to other machines."""

import aio_pika
import pytest
from tests import servers


def test_a_service_cannot_connect_to_the_database_of_another(
    postgres_server: servers.Postgres, common_database_url: str
):
    assert postgres_server.sql("SELECT current_user;", common_database_url).startswith("common")
    for database in ("postgres", "template1"):
        with pytest.raises(RuntimeError, match="permission denied for database"):
            postgres_server.sql("SELECT 1;", f"{common_database_url.rpartition('/')[0]}/{database}")


async def test_the_session_virtual_host_takes_messages(amqp_url: str):
    connection = await aio_pika.connect_robust(amqp_url)
    async with connection:
        channel = await connection.channel()
        queue = await channel.declare_queue(exclusive=True)
        await channel.default_exchange.publish(aio_pika.Message(b"halo"), queue.name)
        message = await queue.get(timeout=60)
        assert message.body == b"halo"
        await message.ack()


async def test_virtual_hosts_do_not_see_each_others_queues(amqp_url: str, own_amqp_url: str):
    assert amqp_url != own_amqp_url
    async with (
        await aio_pika.connect(amqp_url) as first,
        await aio_pika.connect(own_amqp_url) as other,
    ):
        queue = await (await first.channel()).declare_queue("seen", auto_delete=True)
        with pytest.raises(aio_pika.exceptions.ChannelNotFoundEntity):
            await (await other.channel()).declare_queue("seen", passive=True)
        await queue.delete()
