"""Every page of eligibility."""

from registry.eligibility.pages import (
    benefit_views,
    criteria_views,
    letter_views,
    overlap_views,
    views,
    what_if_views,
)

ROUTERS = [
    benefit_views.router,
    criteria_views.router,
    what_if_views.router,
    overlap_views.router,
    letter_views.router,
    views.router,
]
