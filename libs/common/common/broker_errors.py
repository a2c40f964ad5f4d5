"""What went wrong with RabbitMQ, in words that need no RabbitMQ library to catch."""


class BrokerUnavailable(Exception):
    """A message was not confirmed. It may still have arrived: consumers must expect it twice."""


class NotTaken(BrokerUnavailable):
    """RabbitMQ answered that no queue took the message."""
