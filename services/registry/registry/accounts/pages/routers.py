"""All pages and endpoints of the built-in accounts, in the order in which paths are matched."""

from registry.accounts.pages.admin_views import router as admin
from registry.accounts.pages.authorize_views import router as authorize
from registry.accounts.pages.client_views import router as systems
from registry.accounts.pages.own_views import router as own
from registry.accounts.pages.sign_in_views import router as sign_in
from registry.accounts.routes import router as issuer

# "/accounts/systems" before "/accounts/{account_id}".
ROUTERS = (issuer, authorize, sign_in, own, systems, admin)
