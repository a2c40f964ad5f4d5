"""Every page of eligibility."""

from registry.eligibility.pages import (
    criteria_views,
    letter_views,
    overlap_views,
    views,
    what_if_views,
)

ROUTERS = [
    criteria_views.router,
    what_if_views.router,
    overlap_views.router,
    letter_views.router,
    views.router,
]
