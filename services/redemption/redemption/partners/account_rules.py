"""The bank account to which a partner's settlement is paid."""

import re
from dataclasses import dataclass

from common.problems import Refused

NUMBER = re.compile(r"[0-9]{6,20}")
NAME_MAX = 80
SHOWN = 4


@dataclass(frozen=True, slots=True)
class Account:
    bank: str
    holder: str
    number: str

    @property
    def masked(self) -> str:
        """The number with its last four digits only."""
        return "•" * (len(self.number) - SHOWN) + self.number[-SHOWN:]

    def __repr__(self) -> str:
        """Say nothing that a log should not have."""
        return f"Account({self.masked})"


def read_account(bank: str, holder: str, number: str) -> Account:
    """Return an account as it was typed; raises Refused account_malformed, account_words_needed."""
    plain = re.sub(r"[\s.-]", "", number)
    if not NUMBER.fullmatch(plain):
        raise Refused("account_malformed")
    names = [" ".join(one.split()) for one in (bank, holder)]
    if any(not one or len(one) > NAME_MAX or not one.isprintable() for one in names):
        raise Refused("account_words_needed")
    return Account(names[0], names[1].upper(), plain)
