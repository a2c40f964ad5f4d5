"""Fixed ids and names of the demonstration, shared so that its logins and partners fit together."""

from uuid import UUID

PARTNER_FOOD_POINT_ID = UUID("01930000-0000-7000-8000-000000000001")
PARTNER_MARKET_ID = UUID("01930000-0000-7000-8000-000000000002")
PARTNER_SCHOOL_ID = UUID("01930000-0000-7000-8000-000000000003")
PARTNER_CLINIC_ID = UUID("01930000-0000-7000-8000-000000000004")
PARTNER_UNIVERSITY_ID = UUID("01930000-0000-7000-8000-000000000005")
PARTNER_BANK_ID = UUID("01930000-0000-7000-8000-000000000006")

# The programme that these partners serve, its cycle, and what single members get.
CYCLE_ID = UUID("01930000-0000-7000-8000-000000000121")
SCHOOL_FEE_ID = UUID("01930000-0000-7000-8000-000000000113")
CHILD_CHECK_ID = UUID("01930000-0000-7000-8000-000000000114")
ELDER_CHECK_ID = UUID("01930000-0000-7000-8000-000000000115")

# User names of the ready-made logins, one a role; more where some acts need two people, or where
# the same role is at different places. The password is made when the stack is set up.
LOGINS: dict[str, str] = {
    "operator": "village_operator",
    "verifikator": "regency_verifier",
    "penyetuju": "provincial_approver",
    "penyetuju2": "provincial_approver",
    "program": "programme_owner",
    "walidata": "data_steward",
    "pelindung": "protection_officer",
    "kartu": "card_desk",
    "kartu2": "card_desk",
    "pendamping": "village_companion",
    "cetak": "print_shop",
    "mitra-admin": "partner_admin",
    "mitra": "partner_operator",
    "guru": "partner_operator",
    "perawat": "partner_operator",
    "keuangan": "finance",
    "keuangan2": "finance",
    "pengawas": "supervisor",
    "auditor": "auditor",
    "admin": "administrator",
}
PARTNERS_OF_LOGINS: dict[str, UUID] = {
    "mitra-admin": PARTNER_FOOD_POINT_ID,
    "mitra": PARTNER_FOOD_POINT_ID,
    "guru": PARTNER_SCHOOL_ID,
    "perawat": PARTNER_CLINIC_ID,
}
