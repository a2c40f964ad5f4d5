"""The bank's answer as ISO 20022 pain.002 (CustomerPaymentStatusReport), of any version.

Read of each TxInfAndSts: OrgnlEndToEndId, TxSts, StsRsnInf/Rsn/{Cd or Prtry}, AcctSvcrRef and
OrgnlTxRef/Amt/InstdAmt. ACSC and ACCC are paid, RJCT and CANC failed; the others (received,
pending, accepted for processing) are on their way and say nothing yet. The schema lets a bank leave
out the amount of the original order: then its word is about the whole of it. A word about a whole
file, without its orders, settles nothing.
"""

from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from redemption.payments.result_csv import checked
from redemption.payments.result_problems import (
    RESULT_LINES_MAX,
    RowProblem,
    Unreadable,
    one_problem,
)
from redemption.payments.rules import Said

PREFIX = "{urn:iso:std:iso:20022:tech:xsd:pain.002.001."
STATUSES = {"ACSC": "paid", "ACCC": "paid", "RJCT": "failed", "CANC": "failed"}
UNDER_WAY = frozenset({"RCVD", "PDNG", "ACTC", "ACCP", "ACSP", "ACWC", "PATC", "PART"})
NO_REASON = "MS03"
# What a bank says of a message or of all payments in it.
WHOLE = ("GrpSts", "PmtInfSts")


def read_pain002(content: bytes) -> list[Said]:
    """Return the lines of a file; raises Unreadable. Entities and DTDs are refused."""
    try:
        root = fromstring(content, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        raise one_problem("not_xml") from None
    if not root.tag.startswith(PREFIX):
        raise one_problem("not_pain002")
    space = root.tag[: root.tag.index("}") + 1]
    lines: list[Said] = []
    problems: list[RowProblem] = []
    for position, element in enumerate(_transactions(root, space), 1):
        if position > RESULT_LINES_MAX:
            raise one_problem("too_many_lines", str(RESULT_LINES_MAX))
        read = _line(position, element, space)
        if isinstance(read, RowProblem):
            problems.append(read)
        elif read is not None:
            lines.append(read)
    if problems:
        raise Unreadable(problems)
    if not lines:
        # Rejected (or accepted) as a whole: which of the orders that means, nobody has to guess.
        raise one_problem("whole_file_only" if _speaks_of_all(root, space) else "no_lines")
    return lines


def _transactions(root: Any, space: str) -> Iterator[Any]:
    yield from root.iter(f"{space}TxInfAndSts")


def _line(position: int, element: Any, space: str) -> Said | RowProblem | None:
    def text(*path: str) -> str:
        found = element.find("/".join(f"{space}{name}" for name in path))
        return (found.text or "").strip() if found is not None else ""

    status = text("TxSts")
    if status in UNDER_WAY:
        return None
    amounts = element.find(f"{space}OrgnlTxRef/{space}Amt")
    amount = amounts.find(f"{space}InstdAmt") if amounts is not None else None
    if amount is not None and amount.get("Ccy") != "IDR":
        return RowProblem(position, "currency_bad")
    said = STATUSES.get(status, "")
    reason = text("StsRsnInf", "Rsn", "Cd") or text("StsRsnInf", "Rsn", "Prtry")
    return checked(
        position,
        said_id=text("OrgnlEndToEndId"),
        rupiah=None if amounts is None else _whole(amount),
        said=said,
        reason=(reason or NO_REASON).upper(),
        reference=text("AcctSvcrRef"),
    )


def _speaks_of_all(root: Any, space: str) -> bool:
    return any(next(root.iter(f"{space}{name}"), None) is not None for name in WHOLE)


def _whole(amount: Any) -> str:
    """Return an amount without decimals that are zero: "250000.00" is 250000."""
    text = (amount.text or "").strip() if amount is not None else ""
    whole, point, rest = text.partition(".")
    return whole if point and rest.strip("0") == "" else text
