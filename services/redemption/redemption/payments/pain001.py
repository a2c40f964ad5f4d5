"""A payment order as ISO 20022 pain.001.001.09 (CustomerCreditTransferInitiationV09).

What is used of it, in the order that the message demands; tests/redemption hold it to the schema:

    Document / CstmrCdtTrfInitn
      GrpHdr: MsgId, CreDtTm, NbOfTxs, CtrlSum, InitgPty/Nm
      PmtInf: PmtInfId, PmtMtd (TRF), BtchBookg, NbOfTxs, CtrlSum, PmtTpInf/CtgyPurp/Cd
              (SSBE for families, SUPP for partners), ReqdExctnDt/Dt, Dbtr/Nm,
              DbtrAcct/{Id/Othr/Id, Ccy}, DbtrAgt/FinInstnId/ClrSysMmbId/MmbId, ChrgBr (DEBT)
        CdtTrfTxInf (one for each payee): PmtId/{InstrId, EndToEndId}, Amt/InstdAmt (Ccy IDR),
              CdtrAgt/FinInstnId/{ClrSysMmbId/MmbId or Nm}, Cdtr/Nm,
              CdtrAcct/Id/Othr/{Id, SchmeNm}, RmtInf/Ustrd

A family's account is named by its card's number under the proprietary scheme KHBS_CARD; a
partner's by its number (BBAN). EndToEndId is what pain.002 answers with.
"""

from xml.sax.saxutils import escape

from redemption.payments.rules import Paper, Payee, reference_of

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
CURRENCY = "IDR"
PURPOSE_CODES = {"family_cash": "SSBE", "settlement": "SUPP"}
SCHEMES = {
    "nomor_kartu": "<Prtry>KHBS_CARD</Prtry>",
    "rekening": "<Cd>BBAN</Cd>",
}
# Max140Text, Max35Text and Max34Text of the standard, none of which may be empty.
TEXT_MAX, REFERENCE_MAX, ACCOUNT_MAX = 140, 35, 34
EMPTY = "-"


def as_pain001(paper: Paper, payees: list[Payee]) -> bytes:
    """Return the file's bytes."""
    total = sum(one.amount_rupiah for one in payees)
    count = len(payees)
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>\n',
        f'<Document xmlns="{NAMESPACE}"><CstmrCdtTrfInitn><GrpHdr>',
        _tag("MsgId", paper.id.hex, REFERENCE_MAX),
        _tag("CreDtTm", paper.drawn_up_at.strftime("%Y-%m-%dT%H:%M:%SZ")),
        f"<NbOfTxs>{count}</NbOfTxs><CtrlSum>{total}</CtrlSum>",
        f"<InitgPty>{_tag('Nm', paper.debtor_name)}</InitgPty></GrpHdr>",
        f"<PmtInf>{_tag('PmtInfId', paper.number, REFERENCE_MAX)}<PmtMtd>TRF</PmtMtd>",
        f"<BtchBookg>true</BtchBookg><NbOfTxs>{count}</NbOfTxs><CtrlSum>{total}</CtrlSum>",
        f"<PmtTpInf><CtgyPurp><Cd>{PURPOSE_CODES[paper.purpose]}</Cd></CtgyPurp></PmtTpInf>",
        f"<ReqdExctnDt><Dt>{paper.pay_on.isoformat()}</Dt></ReqdExctnDt>",
        f"<Dbtr>{_tag('Nm', paper.debtor_name)}</Dbtr>",
        f"<DbtrAcct><Id><Othr>{_account(paper.debtor_account)}</Othr></Id>",
        f"<Ccy>{CURRENCY}</Ccy></DbtrAcct>",
        f"<DbtrAgt>{_bank(paper.debtor_bank_code)}</DbtrAgt><ChrgBr>DEBT</ChrgBr>",
        *(_transfer(one) for one in payees),
        "</PmtInf></CstmrCdtTrfInitn></Document>\n",
    ]
    return "".join(parts).encode()


def _transfer(payee: Payee) -> str:
    reference = reference_of(payee.id)
    return (
        f"<CdtTrfTxInf><PmtId><InstrId>{reference}</InstrId>"
        f"<EndToEndId>{reference}</EndToEndId></PmtId>"
        f'<Amt><InstdAmt Ccy="{CURRENCY}">{payee.amount_rupiah}</InstdAmt></Amt>'
        f"<CdtrAgt>{_bank(payee.bank_code)}</CdtrAgt>"
        f"<Cdtr>{_tag('Nm', payee.name)}</Cdtr>"
        f"<CdtrAcct><Id><Othr>{_account(payee.account)}"
        f"<SchmeNm>{SCHEMES[payee.account_kind]}</SchmeNm></Othr></Id></CdtrAcct>"
        f"<RmtInf>{_tag('Ustrd', payee.words)}</RmtInf></CdtTrfTxInf>"
    )


def _bank(code: str) -> str:
    """Return a bank by its three digits, or by its name where that is all we were given."""
    if not code.isdigit():
        return f"<FinInstnId>{_tag('Nm', code)}</FinInstnId>"
    member = _tag("MmbId", code, REFERENCE_MAX)
    return f"<FinInstnId><ClrSysMmbId>{member}</ClrSysMmbId></FinInstnId>"


def _account(number: str) -> str:
    """Return an account's number; a part of one would be somebody else's."""
    if not number or len(number) > ACCOUNT_MAX or not number.isprintable():
        raise ValueError(f"an account's number has 1 to {ACCOUNT_MAX} signs")
    return _tag("Id", number, ACCOUNT_MAX)


def _tag(name: str, value: str, longest: int = TEXT_MAX) -> str:
    # XML 1.0 has no control characters; a name that holds one would make the whole file unreadable.
    plain = "".join(sign for sign in value if sign.isprintable())
    return f"<{name}>{escape(plain[:longest] or EMPTY)}</{name}>"
