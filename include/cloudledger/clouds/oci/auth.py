"""How requests to OCI are signed: one explicit kind, never another in its stead.

Source: https://docs.oracle.com/iaas/Content/API/Concepts/sdk_authentication_methods.htm
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, get_args

import oci

Kind = Literal["api_key", "instance_principal", "resource_principal", "security_token"]

REQUIRED: dict[Kind, tuple[str, ...]] = {
    "api_key": ("region", "tenancy", "user", "fingerprint"),
    "security_token": ("region", "tenancy", "security_token_file"),
    "instance_principal": (),
    "resource_principal": (),
}
TAKEN: dict[Kind, tuple[str, ...]] = {
    "api_key": (*REQUIRED["api_key"], "key_file", "key_content", "pass_phrase"),
    "security_token": (*REQUIRED["security_token"], "key_file", "key_content", "pass_phrase"),
    "instance_principal": ("region",),
    "resource_principal": ("region",),
}
METADATA_RETRY = oci.retry.RetryStrategyBuilder(
    max_attempts=4,
    retry_base_sleep_time_seconds=0.5,
    retry_max_wait_between_calls_seconds=4,
    service_error_retry_config={-1: [], 404: [], 429: []},
).get_retry_strategy()
"""The SDK's own tries for a minute and a half before it says that this is no OCI instance."""


class OciAuthError(Exception):
    """Requests cannot be signed: what is missing or wrong, and what to do."""


@dataclass(frozen=True)
class OciAuth:
    """One way to authenticate, with everything that way needs and nothing else.

    Instance and resource principals take ``region`` only, to override the one they run in.

    :raises OciAuthError: naming each value that is missing, or that the kind does not take.
    """

    kind: Kind
    region: str | None = None
    tenancy: str | None = None
    user: str | None = None
    fingerprint: str | None = None
    key_file: str | None = None
    key_content: str | None = field(default=None, repr=False)
    pass_phrase: str | None = field(default=None, repr=False)
    security_token_file: str | None = None

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise OciAuthError(
                f"'{self.kind}' is no way to authenticate; use one of {', '.join(get_args(Kind))}"
            )
        absent = [name for name in REQUIRED[self.kind] if not getattr(self, name)]
        if "key_file" in TAKEN[self.kind] and bool(self.key_file) == bool(self.key_content):
            absent.append("exactly one of key_file and key_content")
        if absent:
            raise OciAuthError(f"{self.kind} needs {', '.join(absent)}; add it to the connection")
        given = [f.name for f in fields(self) if f.name != "kind" and getattr(self, f.name)]
        foreign = [name for name in given if name not in TAKEN[self.kind]]
        if foreign:
            raise OciAuthError(
                f"{self.kind} takes no {', '.join(foreign)}; remove it, or choose another kind"
            )


def config_and_signer(auth: OciAuth) -> tuple[dict[str, Any], Any]:
    """The SDK's config and signer for ``auth``; principals ask their metadata service here.

    :raises OciAuthError: naming the file, key or environment that does not serve.
    """
    config = {f.name: getattr(auth, f.name) for f in fields(auth) if f.name != "kind"}
    config = {name: value for name, value in config.items() if value}
    try:
        if auth.kind == "api_key":
            oci.config.validate_config(config)
        return config, _SIGNERS[auth.kind](auth)
    except oci.exceptions.InvalidConfig as error:
        told = ", ".join(f"{name} is {what}" for name, what in error.errors.items())
        raise OciAuthError(f"{auth.kind}: {told}; correct the connection") from error
    except oci.exceptions.MissingPrivateKeyPassphrase as error:
        raise OciAuthError(f"{auth.kind}: the key is encrypted; give its pass_phrase") from error
    except oci.exceptions.InvalidPrivateKey as error:
        raise OciAuthError(f"{auth.kind}: {error} Give the private key in PEM form") from error
    except (OSError, ValueError, oci.exceptions.ServiceError) as error:
        raise OciAuthError(f"{auth.kind}: {_reason(error)}") from error


def _api_key(auth: OciAuth) -> Any:
    return oci.signer.Signer(
        auth.tenancy,
        auth.user,
        auth.fingerprint,
        auth.key_file,
        pass_phrase=auth.pass_phrase,
        private_key_content=auth.key_content,
    )


def _security_token(auth: OciAuth) -> Any:
    token = Path(auth.security_token_file or "").expanduser().read_text().strip()
    key = auth.key_content or Path(auth.key_file or "").expanduser().read_text()
    private_key = oci.signer.load_private_key(key, auth.pass_phrase)
    return oci.auth.signers.SecurityTokenSigner(token, private_key)


def _instance_principal(auth: OciAuth) -> Any:
    return oci.auth.signers.InstancePrincipalsSecurityTokenSigner(retry_strategy=METADATA_RETRY)


def _resource_principal(auth: OciAuth) -> Any:
    return oci.auth.signers.get_resource_principals_signer()


_SIGNERS = {
    "api_key": _api_key,
    "security_token": _security_token,
    "instance_principal": _instance_principal,
    "resource_principal": _resource_principal,
}


def _reason(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return f"{error.filename} does not exist; correct the path in the connection"
    if isinstance(error, PermissionError):
        return f"{error.filename} may not be read; give this user access to it"
    return f"{error}. Correct the connection, or choose the kind that fits where this runs"
