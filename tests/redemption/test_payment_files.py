"""The files that go to the bank and come from it: their form, their limits, what is refused."""

import csv
import io
from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.ids import new_id
from redemption.payments.csv_file import COLUMNS, as_csv
from redemption.payments.pain001 import NAMESPACE, as_pain001
from redemption.payments.pain002 import read_pain002
from redemption.payments.result_csv import read_csv
from redemption.payments.result_problems import RESULT_LINES_MAX, Unreadable
from redemption.payments.rules import Ordered, Paper, Payee, Said, judge, reference_of

BATCH = UUID(int=7)
PAPER = Paper(
    BATCH, date(2026, 12, 14), datetime(2026, 12, 13, 1, 2, 3, tzinfo=UTC), "family_cash",
    "Pemerintah Provinsi Kalimantan Tengah", "RKUD-1", "125",
)  # fmt: skip
# The elements that the message demands, each with its children in the order of the standard
# (ISO 20022 pain.001.001.09); "*" may come again.
STRUCTURE = {
    "Document": ["CstmrCdtTrfInitn"],
    "CstmrCdtTrfInitn": ["GrpHdr", "PmtInf"],
    "GrpHdr": ["MsgId", "CreDtTm", "NbOfTxs", "CtrlSum", "InitgPty"],
    "PmtInf": [
        "PmtInfId", "PmtMtd", "BtchBookg", "NbOfTxs", "CtrlSum", "PmtTpInf", "ReqdExctnDt", "Dbtr",
        "DbtrAcct", "DbtrAgt", "ChrgBr", "CdtTrfTxInf*",
    ],
    "PmtTpInf": ["CtgyPurp"],
    "DbtrAcct": ["Id", "Ccy"],
    "CdtTrfTxInf": ["PmtId", "Amt", "CdtrAgt", "Cdtr", "CdtrAcct", "RmtInf"],
    "PmtId": ["InstrId", "EndToEndId"],
}  # fmt: skip
LONGEST = {"MsgId": 35, "PmtInfId": 35, "InstrId": 35, "EndToEndId": 35, "Nm": 140, "Ustrd": 140}


def a_payee(name: str = "SITI AMINAH", rupiah: int = 250_000, **changes: object) -> Payee:
    made = Payee(
        id=new_id(),
        matter_id=new_id(),
        amount_rupiah=rupiah,
        name=name,
        account="0A1B2-C3D4E-5F6G",
        account_kind="nomor_kartu",
        bank_code="125",
        words="KHBS Bantuan tunai",
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def check_structure(element: ElementTree.Element) -> None:
    """Hold an element and all below it against STRUCTURE and LONGEST."""
    name = element.tag.removeprefix(f"{{{NAMESPACE}}}")
    children = [child.tag.removeprefix(f"{{{NAMESPACE}}}") for child in element]
    if name in STRUCTURE:
        seen = list(dict.fromkeys(children))
        assert seen == [one.rstrip("*") for one in STRUCTURE[name]], name
        again = {one for one in children if children.count(one) > 1}
        assert again <= {one.rstrip("*") for one in STRUCTURE[name] if one.endswith("*")}
    if name in LONGEST:
        assert 1 <= len(element.text or "") <= LONGEST[name]
    for child in element:
        check_structure(child)


def test_the_xml_has_the_structure_of_pain_001_and_the_sums_of_its_lines():
    payees = [a_payee(f"NAMA {n}", 100_000 + n) for n in range(50)]
    partner = a_payee("CV MAJU & <SEJAHTERA>", account="1234567890", account_kind="rekening")
    payees.append(replace(partner, bank_code="Bank Mitra Contoh"))
    root = ElementTree.fromstring(as_pain001(PAPER, payees))  # noqa: S314 - made here
    check_structure(root)

    def texts(name: str) -> list[str]:
        return [element.text or "" for element in root.iter(f"{{{NAMESPACE}}}{name}")]

    assert texts("NbOfTxs") == ["51", "51"]
    assert texts("CtrlSum") == [str(sum(one.amount_rupiah for one in payees))] * 2
    assert texts("EndToEndId") == [reference_of(one.id) for one in payees]
    assert texts("Nm")[-1] == "CV MAJU & <SEJAHTERA>"
    assert texts("Prtry") == ["KHBS_CARD"] * 50
    assert texts("PmtMtd") == ["TRF"]
    assert texts("Dt") == ["2026-12-14"]
    assert {one.get("Ccy") for one in root.iter(f"{{{NAMESPACE}}}InstdAmt")} == {"IDR"}


@given(name=st.text(max_size=200), words=st.text(max_size=200))
def test_whatever_a_name_holds_the_xml_can_be_read(name: str, words: str):
    ElementTree.fromstring(as_pain001(PAPER, [a_payee(name, words=words)]))  # noqa: S314


@given(name=st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_no_name_is_a_formula_or_breaks_a_line_of_the_csv(name: str):
    content = as_csv(PAPER, [a_payee(f"{start}{name}") for start in ("=", "+", "-", "@", "\t", "")])
    rows = list(csv.reader(io.StringIO(content.decode(), newline=""), delimiter=";"))
    assert rows[0] == list(COLUMNS)
    assert len(rows) == 7
    for row in rows:
        assert len(row) == len(COLUMNS)
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) for cell in row)


HEAD = b"id_instruksi;rupiah;hasil;kode_alasan;referensi_bank\n"


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"\xff\xfe;", [(0, "not_utf8")]),
        (b"", [(0, "columns_missing")]),
        (b"id_instruksi;rupiah;hasil\n", [(0, "columns_missing")]),
        (b"rupiah;" + HEAD, [(0, "columns_double")]),
        (HEAD, [(0, "no_lines")]),
        (HEAD + b"P1;250000;dibayar;\n", [(1, "cells_missing")]),
        (HEAD + b";250000;dibayar;;\n", [(1, "id_missing")]),
        (
            HEAD + b"P1;250.000;dibayar;;\nP2;-1;gagal;AC04;\n",
            [(1, "amount_bad"), (2, "amount_bad")],
        ),
        (HEAD + "P1;２５０;dibayar;;\n".encode(), [(1, "amount_bad")]),
        (HEAD + b"P1;99999999999999;dibayar;;\n", [(1, "amount_bad")]),
        (HEAD + b"P1;1;mungkin;;\n", [(1, "result_bad")]),
        (HEAD + b"P1;1;gagal;;\n", [(1, "reason_missing")]),
        (HEAD + b"P1;1;dibayar;;" + b"x" * 65 + b"\n", [(1, "text_too_long")]),
        (HEAD + b"P1;1;dibayar;;\n" * (RESULT_LINES_MAX + 1), [(0, "too_many_lines")]),
    ],
)
def test_a_csv_that_is_not_as_it_must_be_is_refused_whole_and_says_where(
    content: bytes, found: list[tuple[int, str]]
):
    with pytest.raises(Unreadable) as refused:
        read_csv(content)
    assert [(one.position, one.code) for one in refused.value.problems] == found
    assert all(one.words for one in refused.value.problems)


def test_columns_may_stand_in_any_order_beside_others_and_a_mark_before_them():
    content = "\ufeffHASIL;catatan;referensi_bank;rupiah;kode_alasan;id_instruksi\n"
    content += "gagal;x;T1;250000;ac04;P1\n\n"
    assert read_csv(content.encode()) == [Said(1, "P1", "failed", 250_000, "AC04", "T1")]


@pytest.mark.parametrize(
    "words", ["REK 1234567890 A.N. BUDI", "6203010101800001", "ac4", "\u0430C04"]
)
def test_a_banks_own_words_stay_in_the_file(words: str):
    (said,) = read_csv(HEAD + f"P1;1;gagal;{words};T1\n".encode())
    assert said.reason_code == "NARR"
    (said,) = read_pain002(PAIN002.format(a_status("RJCT", reason=words)).encode())
    assert said.reason_code == "NARR"


PAIN002 = (
    '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt>'
    "<OrgnlPmtInfAndSts>{}</OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>"
)


def a_status(word: str, amount: str = "250000.00", currency: str = "IDR", reason: str = "") -> str:
    why = f"<StsRsnInf><Rsn><Cd>{reason}</Cd></Rsn></StsRsnInf>" if reason else ""
    return (
        f"<TxInfAndSts><OrgnlEndToEndId>P1</OrgnlEndToEndId><TxSts>{word}</TxSts>{why}"
        f"<AcctSvcrRef>T1</AcctSvcrRef><OrgnlTxRef><Amt><InstdAmt Ccy='{currency}'>{amount}"
        "</InstdAmt></Amt></OrgnlTxRef></TxInfAndSts>"
    )


def test_pain_002_says_what_was_paid_what_failed_and_leaves_out_what_is_on_its_way():
    words = [a_status("ACSC"), a_status("RJCT", reason="AC01"), a_status("PDNG"), a_status("RJCT")]
    found = read_pain002(PAIN002.format("".join(words)).encode())
    assert found == [
        Said(1, "P1", "paid", 250_000, "", "T1"),
        Said(2, "P1", "failed", 250_000, "AC01", "T1"),
        Said(4, "P1", "failed", 250_000, "MS03", "T1"),
    ]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("<Document", "not_xml"),
        ("<Document xmlns='urn:iso:std:iso:20022:tech:xsd:camt.053.001.08'/>", "not_pain002"),
        (PAIN002.format(""), "no_lines"),
        (PAIN002.format(a_status("ACSC", "250000.5")), "amount_bad"),
        (PAIN002.format(a_status("ACSC", currency="USD")), "currency_bad"),
        (PAIN002.format(a_status("XXXX")), "result_bad"),
        ('<!DOCTYPE a [<!ENTITY b "c">]>' + PAIN002.format("&b;"), "not_xml"),
        ('<!DOCTYPE a SYSTEM "file:///etc/passwd">' + PAIN002.format(""), "not_xml"),
    ],
)
def test_other_xml_is_refused_and_entities_most_of_all(content: str, code: str):
    with pytest.raises(Unreadable) as refused:
        read_pain002(content.encode())
    assert refused.value.problems[0].code == code


LINE = st.builds(
    Said,
    position=st.just(0),
    said_id=st.sampled_from([reference_of(UUID(int=n)) for n in range(4)] + ["P9", "=1"]),
    said=st.sampled_from(["paid", "failed"]),
    amount_rupiah=st.sampled_from([249_999, 250_000]),
    reason_code=st.just("AC04"),
    bank_reference=st.sampled_from(["A", "B"]),
)


@given(lines=st.lists(LINE, max_size=12), seed=st.randoms(use_true_random=False))
def test_the_order_of_lines_never_decides_what_becomes_of_an_order(lines, seed):
    known = {
        UUID(int=n): Ordered(UUID(int=n), BATCH if n else UUID(int=8), 250_000, state)
        for n, state in enumerate(("waiting", "waiting", "waiting", "paid"))
    }
    shuffled = list(lines)
    seed.shuffle(shuffled)

    def judged(some: list[Said]) -> tuple[list[tuple[str, str]], list[str]]:
        found = judge(some, known, BATCH)
        applied = [one for one in found if one.outcome in ("paid", "failed")]
        orders = [one.instruction_id for one in applied]
        assert len(orders) == len(set(orders)), "an order is settled by one line"
        assert all(one.line.amount_rupiah == 250_000 for one in applied)
        assert len(found) == len(some), "every line ends as something"
        settled = sorted((str(one.instruction_id), one.outcome) for one in applied)
        return settled, sorted(one.outcome for one in found)

    assert judged(lines) == judged(shuffled)
