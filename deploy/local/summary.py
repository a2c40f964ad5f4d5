"""What a person at the terminal is told: addresses, ready-made logins, codes, what runs."""

import time
from typing import Any

import pyotp

from local.readiness import readiness

CODE_EVERY_S = 30
ROLE_NAMES = {
    "village_operator": "operator desa",
    "regency_verifier": "verifikator kabupaten",
    "provincial_approver": "penyetuju provinsi",
    "programme_owner": "pemilik program",
    "data_steward": "walidata",
    "protection_officer": "pelindungan data",
    "card_desk": "meja kartu",
    "print_shop": "percetakan",
    "village_companion": "pendamping desa",
    "partner_admin": "admin mitra",
    "partner_operator": "petugas mitra",
    "finance": "keuangan",
    "supervisor": "pengawas penyaluran",
    "auditor": "auditor",
    "administrator": "administrator",
}
# Where those work whose role says it not.
PLACE_NAMES = {
    "mitra-admin": "titik pangan",
    "mitra": "titik pangan",
    "guru": "sekolah",
    "perawat": "klinik",
}
PURPOSE = {
    "registry": "data keluarga, daftar penerima / families and lists",
    "issuance": "kartu / cards",
    "redemption": "penebusan, mitra / redemption and partners",
}


def print_summary(state: dict[str, Any]) -> None:
    """Print where everything is and who can sign in."""
    print("\nAlamat / addresses")
    for name, service in state["services"].items():
        print(f"  {service['url']}   {name:<11} {PURPOSE[name]}")
    if state["logins"]:
        print(f"\nAkun contoh / ready-made logins      kata sandi / password: {_password(state)}")
        for login in state["logins"]:
            code = "  + kode / code" if "totp_secret" in login else ""
            print(f"  {login['user']:<12} {_work(login):<27} {login['address']}{code}")
        print_codes(state)
    print("\n  make logs · make codes · make status · make down\n")


def _work(login: dict[str, str]) -> str:
    place = PLACE_NAMES.get(login["user"])
    return ROLE_NAMES[login["role"]] + (f", {place}" if place else "")


def _password(state: dict[str, Any]) -> str:
    return str(state["logins"][0]["password"])


def print_codes(state: dict[str, Any]) -> None:
    """Print the present and the next time-based code of the roles that approve."""
    holders = [login for login in state["logins"] if "totp_secret" in login]
    if not holders:
        print("Tidak ada akun contoh. / There are no ready-made logins.")
        return
    now = int(time.time())
    codes = pyotp.TOTP(holders[0]["totp_secret"])
    left = CODE_EVERY_S - now % CODE_EVERY_S
    users = ", ".join(login["user"] for login in holders)
    print(f"\nKode untuk / code for {users}:")
    print(f"  {codes.at(now)}  ({left} detik lagi / seconds left)")
    print(f"  {codes.at(now + CODE_EVERY_S)}  (sesudah itu / after that)      make codes")


def print_status(state: dict[str, Any]) -> None:
    """Print what runs, how often it was restarted, and what is not ready."""
    print(f"{state['state']}    data: {state['data']}    log: {state['log']}")
    for name, process in state["processes"].items():
        restarts = process.get("restarts", 0)
        again = f"  ({restarts} × dijalankan ulang / restarted)" if restarts else ""
        print(f"  {name:<18} pid {process['pid']}{again}")
    for name in state.get("ended", ()):
        print(f"  {name:<18} ✗ berhenti, lihat make logs / ended, see make logs")
    for name, service in state["services"].items():
        problem = readiness(int(service["port"]))
        print(f"  {service['url']}  {name:<11} {problem or 'siap / ready'}")
