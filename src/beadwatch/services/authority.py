"""X.509 for a station: an authority that can vouch for some hosts only, and a certificate of the server.

The authority is tied to the hosts that it was made for (name constraints, RFC 5280, 4.2.1.10), so that a phone which
trusts it gives away little. A host that is permitted stands for what lies below it too: the standard has no narrower
way to say it. Knows no files.
"""

import ipaddress
import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from beadwatch.domain.errors import SettingsError

CA_LIFETIME = timedelta(days=3653)  # ten years: phones are set up once
SERVER_LIFETIME = timedelta(days=397)  # browsers take no certificate of more than 398
_CLOCKS_DIFFER_BY = timedelta(hours=1)  # a phone that is slow must not find it too young
_MOST_OF_A_NAME = 64  # characters of a common name (RFC 5280, appendix A)
_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")
_ANY_ADDRESS = ("0.0.0.0/0", "::/0")
_ANY_HOST = ""

Host = x509.DNSName | x509.IPAddress
Key = ec.EllipticCurvePrivateKey


def new_key() -> Key:
    """Return a new private key on the curve P-256."""
    return ec.generate_private_key(ec.SECP256R1())


def authority(key: Key, names: Sequence[Host], now: datetime) -> x509.Certificate:
    """Return the certificate of a new authority, which may vouch for servers of these names and nothing else."""
    subject = _subject(f"Beadwatch station {names[0].value}"[:_MOST_OF_A_NAME])
    return (
        _builder(subject, subject, key.public_key(), (now, now + CA_LIFETIME))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(is_ca=True), critical=True)
        .add_extension(_constraints(names), critical=True)
        .sign(key, hashes.SHA256())
    )


def certify(
    key: ec.EllipticCurvePublicKey, names: Sequence[Host], ca: tuple[x509.Certificate, Key], now: datetime
) -> x509.Certificate:
    """Return a server's certificate for these names, by an authority and its key; it ends no later than that does."""
    ca_cert, ca_key = ca
    until = min(now - _CLOCKS_DIFFER_BY + SERVER_LIFETIME, ca_cert.not_valid_after_utc)
    issuer_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key())
    return (
        _builder(_subject("Beadwatch station"), ca_cert.subject, key, (now, until))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(is_ca=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(issuer_key, critical=False)
        .sign(ca_key, hashes.SHA256())
    )


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, period: tuple[datetime, datetime]
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(period[0] - _CLOCKS_DIFFER_BY)
        .not_valid_after(period[1])
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _subject(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _key_usage(*, is_ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_ca,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_ca,
        crl_sign=is_ca,
        encipher_only=False,
        decipher_only=False,
    )


def _constraints(names: Sequence[Host]) -> x509.NameConstraints:
    """Permit these names; a kind of name of which none is permitted would be free, and is excluded altogether."""
    permitted: list[x509.GeneralName] = [
        # An address is written as a network of one.
        name if isinstance(name, x509.DNSName) else x509.IPAddress(ipaddress.ip_network(name.value))
        for name in names
    ]
    excluded: list[x509.GeneralName] = []
    if not any(isinstance(name, x509.DNSName) for name in names):
        excluded.append(x509.DNSName(_ANY_HOST))
    if not any(isinstance(name, x509.IPAddress) for name in names):
        excluded += [x509.IPAddress(ipaddress.ip_network(network)) for network in _ANY_ADDRESS]
    return x509.NameConstraints(permitted, excluded or None)


def permitted_names(ca: x509.Certificate) -> list[Host]:
    """Return what an authority may vouch for."""
    try:
        permitted = ca.extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees or []
    except x509.ExtensionNotFound:
        return []
    networks = [name.value for name in permitted if isinstance(name, x509.IPAddress)]
    addresses = [
        x509.IPAddress(network.network_address)
        for network in networks
        if isinstance(network, ipaddress.IPv4Network | ipaddress.IPv6Network)
    ]
    return [*(name for name in permitted if isinstance(name, x509.DNSName)), *addresses]


def certified_names(server: x509.Certificate) -> tuple[str, ...]:
    """Return the hosts and addresses that a server's certificate names; `*.plant.example` may be among them."""
    try:
        named = server.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    return tuple(str(name.value) for name in named if isinstance(name, x509.DNSName | x509.IPAddress))


def read_names(hosts: Sequence[str]) -> list[Host]:
    """Return hosts and addresses as they stand in certificates, each once.

    Raises:
        SettingsError: one of them is neither, or there is none.
    """
    names: list[Host] = []
    for host in hosts:
        try:
            name: Host = x509.IPAddress(ipaddress.ip_address(host.strip("[]")))
        except ValueError:
            if not _HOST.fullmatch(host.lower()) or host.replace(".", "").isdigit():
                raise SettingsError(
                    f"{ascii(host)[:200]} is neither a host nor an address: write station.local or 192.168.1.20, "
                    "without https:// and port"
                ) from None
            name = x509.DNSName(host.lower())
        if name not in names:
            names.append(name)
    if not names:
        raise SettingsError("name a host or an address under which phones see the station")
    return names
