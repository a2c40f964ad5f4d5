"""All pages of this room."""

from registry.dci.pages.agency_views import router as agencies
from registry.dci.pages.received_views import router as received

ROUTERS = (agencies, received)
