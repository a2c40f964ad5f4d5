"""What it costs to try a passphrase of a root: as built, and for tests of other things."""

from issuance.trust import root_key

AS_BUILT = dict(root_key.STRETCHING)
QUICK = AS_BUILT | {"n": 1 << 10}
