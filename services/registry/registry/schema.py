"""The schema to which every table of this service belongs."""

from common.database import new_metadata

metadata = new_metadata()
