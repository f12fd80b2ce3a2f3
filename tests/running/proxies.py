"""nginx and Caddy by the examples of the documents, on loopback, with a certificate and folders of their own."""

import os
import shutil
import signal
import subprocess
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.running.served import EXAMPLES, HOST, PATIENCE, awaited, free_port


def program(name: str) -> str:
    """Where it is installed; without it no test of it, and in continuous integration no passing."""
    found = shutil.which(name) or shutil.which(f"/usr/sbin/{name}")
    if found is None:
        absent = pytest.fail if os.environ.get("DELIBERATE_REQUIRE_PROXIES") == "1" else pytest.skip
        absent(f"no {name} is installed")
    return found


@dataclass
class Proxy:
    """One of them, running in front of `upstream`."""

    home: Path
    upstream: int
    port: int = field(default_factory=free_port)
    plain_port: int = field(default_factory=free_port)

    def __enter__(self) -> "Proxy":
        command = self.command()
        certificate(self.home)
        shutil.copy(EXAMPLES / "away.html", self.home)
        self.configure()
        self.log = self.home / "proxy.log"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env=self.environment())
        awaited(self.port, self.process, self.log)
        return self

    def __exit__(self, *_: object) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise

    def environment(self) -> dict[str, str]:
        """Nothing is looked for or kept outside of its folder."""
        homes = ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME")
        return os.environ | dict.fromkeys(homes, str(self.home))

    def command(self) -> list[str]:
        raise NotImplementedError

    def configure(self, *, marked: bool = False) -> None:
        """The example as it stands, with the places of this machine; `marked` adds a header to every answer."""
        raise NotImplementedError

    def reload(self) -> None:
        """Begin to add that header, as systemd has it done."""
        raise NotImplementedError


@dataclass
class Nginx(Proxy):
    """It needs a frame around the example, which is one of its sites."""

    def command(self) -> list[str]:
        config = self.home / "nginx.conf"
        return [program("nginx"), "-p", str(self.home), "-c", str(config), "-e", str(self.home / "proxy.log")]

    def configure(self, *, marked: bool = False) -> None:
        server = replaced(
            (EXAMPLES / "nginx.conf").read_text(),
            {
                f"/etc/letsencrypt/live/{HOST}/fullchain.pem": f"{self.home}/certificate.pem",
                f"/etc/letsencrypt/live/{HOST}/privkey.pem": f"{self.home}/key.pem",
                "listen 80;": f"listen 127.0.0.1:{self.plain_port};",
                "listen 443 ssl http2;": f"listen 127.0.0.1:{self.port} ssl http2;",
                "127.0.0.1:8000": f"127.0.0.1:{self.upstream}",
                "root /srv/deliberate;": f"root {self.home};",
                "server_tokens off;": "add_header X-Marked yes;" if marked else "server_tokens off;",
            },
        )
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        places = "".join(f"{one}_temp_path {self.home}/{one};\n" for one in kinds)
        user = "user root;\n" if os.geteuid() == 0 else ""
        (self.home / "nginx.conf").write_text(
            f"{user}daemon off; worker_processes 1; pid {self.home}/nginx.pid;\n"
            f"events {{ worker_connections 512; }}\nhttp {{\naccess_log off;\n{places}{server}}}\n"
        )

    def reload(self) -> None:
        self.configure(marked=True)
        self.process.send_signal(signal.SIGHUP)


@dataclass
class Caddy(Proxy):
    """It asks nobody for a certificate, and is told what to do through a socket in its folder."""

    def command(self) -> list[str]:
        return [program("caddy"), "run", "--adapter", "caddyfile", "--config", str(self.home / "Caddyfile")]

    def configure(self, *, marked: bool = False) -> None:
        here = (
            f"{{\n\tadmin unix/{self._socket}\n\tdefault_bind 127.0.0.1\n"
            f"\thttp_port {self.plain_port}\n\thttps_port {self.port}\n"
        )
        mark = "\theader X-Marked yes\n" if marked else ""
        whole = replaced(
            caddyfile(),
            {
                "{\n\tservers {": f"{here}\tservers {{",
                f"\n{HOST} {{\n": f"\n{HOST} {{\n\ttls {self.home}/certificate.pem {self.home}/key.pem\n{mark}",
                "127.0.0.1:8000": f"127.0.0.1:{self.upstream}",
                "root * /srv/deliberate\n": f"root * {self.home}\n",
            },
        )
        (self.home / "Caddyfile").write_text(whole)

    @property
    def _socket(self) -> Path:
        return self.home / "admin"

    def reload(self) -> None:
        self.configure(marked=True)
        told = [
            program("caddy"),
            "reload",
            *self.command()[2:],
            "--force",
            "--address",
            f"unix/{self._socket}",
        ]
        subprocess.run(told, check=True, capture_output=True, env=self.environment())


def caddyfile() -> str:
    """The example for the Caddy that is here, as its first lines say."""
    told = subprocess.run([program("caddy"), "version"], capture_output=True, text=True, check=True).stdout
    major, minor = told.split()[0].removeprefix("v").split(".")[:2]
    text = (EXAMPLES / "Caddyfile").read_text()
    new = (int(major), int(minor)) >= (2, 8)
    return replaced(text, {"\timport buffered_by_2_6\n": "\timport buffered\n"}) if new else text


def replaced(text: str, places: dict[str, str]) -> str:
    """Each of them is in the example; it is no example of what is run otherwise."""
    for ours, there in places.items():
        assert text.count(ours) >= 1, ours
        text = text.replace(ours, there)
    return text


def certificate(folder: Path) -> None:
    """Signed by itself, for a day."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "certificate.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    (folder / "key.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, form, plain))
