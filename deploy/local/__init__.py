"""The whole system on one machine: embedded PostgreSQL, a private RabbitMQ node, the services.

`make up` runs `python -m local up` with `deploy` on the Python path. Tests import the same parts.
"""
