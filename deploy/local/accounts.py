"""Which operating-system account the servers run as, and what that account can reach.

PostgreSQL refuses to run as root. When this is run by root, the servers get an account of their
own, and their programs and data must then be in places that this account can reach. Permissions
of folders that are not ours are never changed.
"""

import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

SERVER_ACCOUNT = "khbs-local"
FALLBACK_ACCOUNT = "nobody"
ROOTS_PLACE = Path("/var/lib/khbs-local")
"""Used only by root, and only for what the server account cannot reach in the checkout."""


@dataclass(frozen=True)
class ServerAccount:
    """The account the servers run as; `None` ids mean: the account that runs this program."""

    uid: int | None = None
    gid: int | None = None

    @property
    def is_other(self) -> bool:
        """Whether starting a program as this account means changing to it."""
        return self.uid is not None

    def popen_options(self) -> dict[str, Any]:
        """What `subprocess` needs to start a program as this account."""
        if self.uid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, path: Path, mode: int = 0o700) -> Path:
        """Make a folder that belongs to this account alone; its parents must be reachable."""
        path.mkdir(parents=True, exist_ok=True)
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)
        path.chmod(mode)
        return path

    def own_file(self, path: Path, text: str) -> Path:
        """Write a file that only this account (and root) can read."""
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)
        return path

    def reaches(self, path: Path) -> bool:
        """Whether this account can pass every folder above `path`, and `path` itself."""
        if self.uid is None:
            return True
        return all(self._passes(folder) for folder in [path, *path.resolve().parents])

    def _passes(self, folder: Path) -> bool:
        if not folder.exists():
            return True
        found = folder.stat()
        if found.st_uid == self.uid:
            return bool(found.st_mode & stat.S_IXUSR)
        if found.st_gid == self.gid:
            return bool(found.st_mode & stat.S_IXGRP)
        return bool(found.st_mode & stat.S_IXOTH)


def server_account() -> ServerAccount:
    """The account for the servers: this one, or a system account of their own when this is root."""
    if os.geteuid() != 0:
        return ServerAccount()
    entry = _known(SERVER_ACCOUNT)
    if entry is None and shutil.which("useradd"):
        command = ["useradd", "--system", "--user-group", "--no-create-home"]
        command += ["--home-dir", str(ROOTS_PLACE), "--shell", "/usr/sbin/nologin", SERVER_ACCOUNT]
        subprocess.run(command, check=False, capture_output=True)
        entry = _known(SERVER_ACCOUNT)
    entry = entry or pwd.getpwnam(FALLBACK_ACCOUNT)
    return ServerAccount(entry.pw_uid, entry.pw_gid)


def _known(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def data_place(run_dir: Path, account: ServerAccount) -> Path:
    """Where the servers keep their data: in the run folder, or beside it when out of reach."""
    if account.reaches(run_dir):
        return run_dir
    name = f"{run_dir.parent.name}-{sha256(str(run_dir).encode()).hexdigest()[:10]}"
    place = ROOTS_PLACE / name
    place.mkdir(parents=True, exist_ok=True)
    ROOTS_PLACE.chmod(0o711)
    place.chmod(0o711)
    return place


def reachable_package(package: Path, version: str, account: ServerAccount) -> Path:
    """The folder of an installed package, or of a copy of it that the account can enter.

    The copy has the folder of shared libraries beside it (`<package>.libs`), as in the original.
    """
    if account.reaches(package):
        return package
    place = ROOTS_PLACE / f"{package.name}-{version}"
    if not place.exists():
        ROOTS_PLACE.mkdir(parents=True, exist_ok=True)
        ROOTS_PLACE.chmod(0o711)
        unfinished = place.with_suffix(f".{os.getpid()}")
        for folder in (package, package.with_name(f"{package.name}.libs")):
            if folder.exists():
                shutil.copytree(folder, unfinished / folder.name, symlinks=True)
        for path in [unfinished, *unfinished.rglob("*")]:
            if not path.is_symlink():
                runnable = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
                path.chmod(0o755 if runnable else 0o644)
        unfinished.rename(place)
    return place / package.name
