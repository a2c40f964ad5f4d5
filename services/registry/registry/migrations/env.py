"""Alembic's entry; the work is the same for every service."""

from alembic import context

from common.migrate import run_env

run_env(context.config, "registry")
