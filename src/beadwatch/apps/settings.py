"""Every setting, read here and nowhere else: from the environment (`BEADWATCH_...`) or a `.env` file.

`.env.example` lists them with their defaults. Importing this module reads nothing; `load_settings` does.
"""

import ipaddress
import re
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from beadwatch.datasets.likeness import NEAR
from beadwatch.domain.addresses import as_address
from beadwatch.domain.errors import SettingsError
from beadwatch.inference.bundle import Precision

_HOST_NAME = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")


class Settings(BaseSettings):
    """Where things are and how much is allowed. Paths may be relative to the working folder."""

    model_config = SettingsConfigDict(
        env_prefix="BEADWATCH_", env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    models_dir: Path | None = Field(default=None, description="folder of model bundles; those that ship, if unset")
    data_dir: Path = Field(default=Path("var"), description="folder of the database and the pictures")
    database_url: str | None = Field(default=None, description="any SQLAlchemy URL; SQLite in data_dir, if unset")
    blobs_url: str | None = Field(default=None, description="any fsspec URL; a folder in data_dir, if unset")
    datasets_url: str | None = Field(default=None, description="any fsspec URL; a folder in data_dir, if unset")
    tracking_uri: str | None = Field(
        default=None, description="MLflow of training runs; mlflow.db in data_dir, if unset"
    )
    releases_url: str | None = Field(
        default=None, description="any fsspec URL of a release channel; models come from models_dir, if unset"
    )
    signing_key: Path | None = Field(default=None, description="private key that signs what is released")
    verify_key: Path | None = Field(default=None, description="public key by which releases must be signed")
    shadow: bool = Field(default=True, description="whether challengers that the channel has in shadow answer here too")
    threads: int = Field(default=0, ge=0, le=256, description="threads of one inference; 0: one for each core")
    precision: Precision = Field(default=Precision.FP32, description="fp32; or int8, for the models that have it")
    max_upload_mb: int = Field(default=32, ge=1, le=1024, description="largest upload, in megabytes")

    allowed_hosts: str | None = Field(
        default=None, description="names that the station answers to besides its own, with commas between them"
    )
    trusted_proxies: str | None = Field(
        default=None, description="addresses and networks of proxies whose X-Forwarded-For is believed, with commas"
    )
    access: Literal["auto", "open", "token"] = Field(
        default="auto", description="who may use the station: open to all, token, or auto: open on this machine alone"
    )
    root_path: str = Field(
        default="",
        pattern=r"^(/[A-Za-z0-9_.~-]+)*/?$",
        description="path that the station lies below behind a proxy, as /weld",
    )

    guest_feedback: bool = Field(default=False, description="whether devices that are not paired may send feedback")
    feedback_keep_days: int | None = Field(
        default=None, ge=1, le=36_500, description="days after which `feedback prune` deletes; for ever, if unset"
    )
    station_token: SecretStr | None = Field(
        default=None, description="token by which `watch --station` reaches a station that asks for one"
    )
    webhook_key: SecretStr | None = Field(default=None, description="key that signs what webhooks of a line are sent")
    roboflow_api_key: SecretStr | None = Field(
        default=None, validation_alias="ROBOFLOW_API_KEY", description="key for fetching sets from Roboflow"
    )
    roboflow_url: str = Field(default="https://api.roboflow.com", description="address of Roboflow's interface")

    loop_task: str = Field(default="surface", description="task whose model the loop keeps up to date")
    loop_dataset: str | None = Field(default=None, description="data set that feedback is collected into")
    loop_from: str | None = Field(
        default=None, description="folders of the initial collection, or what `data fetch` takes, with commas"
    )
    loop_run: Path | None = Field(default=None, description="run folder of the model that the loop starts from")
    loop_method: Literal["network", "linear"] = Field(
        default="network", description="how to retrain: network (hours), or linear: a new head only (minutes)"
    )
    loop_near: float = Field(
        default=NEAR, ge=0.5, le=1, description="likeness of near copies; 0.9 suits a fixed camera"
    )

    loop_min_people: int = Field(default=1, ge=1, le=100, description="people who must have labelled the new data")

    loop_shadow: bool = Field(
        default=False, description="whether a challenger that the gate refused is put into shadow"
    )

    flow_retries: int = Field(default=2, ge=0, le=100, description="how often a job that failed is tried again")
    flow_retry_delay_s: float = Field(default=60.0, ge=0, le=86_400, description="seconds before it is")
    flow_timezone: str = Field(default="UTC", description="time zone of the schedules, as Europe/Berlin")
    flow_collect_cron: str = Field(default="0 12 * * *", description="when to collect; none: never by itself")
    flow_retrain_cron: str = Field(default="0 13 * * *", description="when to retrain; none: never by itself")
    flow_notify_cron: str = Field(default="*/15 * * * *", description="when to send notices that are still waiting")

    collect_from: str | None = Field(
        default=None, description="folders and fsspec URLs of WeldSpot feedback, with commas between them"
    )
    collect_team: str = Field(default="weldspot", description="team that such feedback belongs to")
    collect_delete: bool = Field(default=False, description="whether files are removed after they were stored")

    smtp_host: str | None = Field(default=None, description="mail server for alerts; no mail, if unset")
    smtp_port: int = Field(default=587, ge=1, le=65_535, description="its port")
    smtp_tls: Literal["starttls", "tls", "none"] = Field(default="starttls", description="starttls, tls or none")
    smtp_user: str | None = Field(default=None, description="user at the mail server")
    smtp_password: SecretStr | None = Field(default=None, description="password at the mail server")
    smtp_from: str | None = Field(default=None, description="address that alerts come from")
    smtp_to: str | None = Field(default=None, description="addresses that alerts go to, with commas between them")
    alert_webhook: SecretStr | None = Field(default=None, description="address that alerts are posted to")

    @field_validator("allowed_hosts")
    @classmethod
    def _are_hosts(cls, text: str | None) -> str | None:
        for name in _listed(text):
            if name != "*" and as_address(name) is None and not _HOST_NAME.fullmatch(name.removeprefix("*.")):
                raise ValueError(f"{name!r} is no host: write station.example, *.example or *, without scheme and port")
        return text

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, text: str | None) -> str | None:
        for network in _listed(text):
            try:
                ipaddress.ip_network(network, strict=False)
            except ValueError:
                raise ValueError(f"{network!r} is neither an address nor a network, as 10.0.0.0/8") from None
        return text

    @property
    def database(self) -> str:
        """The database URL in effect."""
        return self.database_url or f"sqlite:///{(self.data_dir / 'beadwatch.db').absolute()}"

    @property
    def blobs(self) -> str:
        """The blob store's URL in effect."""
        return self.blobs_url or str((self.data_dir / "blobs").absolute())

    @property
    def datasets(self) -> str:
        """The data set catalog's URL in effect."""
        return self.datasets_url or str((self.data_dir / "datasets").absolute())

    @property
    def host_names(self) -> list[str]:
        """The allowed hosts, one by one."""
        return _listed(self.allowed_hosts)

    @property
    def proxies(self) -> list[str]:
        """The trusted proxies as networks, one by one."""
        return [str(ipaddress.ip_network(network, strict=False)) for network in _listed(self.trusted_proxies)]

    def tracking(self, wanted: str | None) -> str | None:
        """Return the MLflow tracking URI in effect; `none`, wanted or set, switches MLflow off."""
        uri = wanted or self.tracking_uri or f"sqlite:///{(self.data_dir / 'mlflow.db').absolute()}"
        return None if uri == "none" else uri


def _listed(text: str | None) -> list[str]:
    return [part.strip() for part in (text or "").split(",") if part.strip()]


def variable_of(field: str) -> str:
    """Return the environment variable that sets a field: `BEADWATCH_...`, or the name that others gave it."""
    alias = Settings.model_fields[field].validation_alias
    return alias if isinstance(alias, str) else f"BEADWATCH_{field.upper()}"


def load_settings(**given: object) -> Settings:
    """Read the settings; those that are `given`, as by an option of a command, need not be read.

    Raises:
        SettingsError: a setting has a wrong value; the message names it.
    """
    try:
        return Settings.model_validate(given)
    except UnicodeDecodeError as error:
        raise SettingsError(f".env is not in UTF-8: {error}") from error
    except ValidationError as error:
        wrong = "; ".join(
            f"BEADWATCH_{'_'.join(str(part) for part in problem['loc']).upper()}: {problem['msg']}"
            for problem in error.errors()
        )
        raise SettingsError(f"{wrong}. See .env.example") from error
