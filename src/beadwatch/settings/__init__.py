"""Every setting, read here and nowhere else: from the environment (`BEADWATCH_...`) or a `.env` file.

`.env.example` lists them with their defaults. Importing this module reads nothing; `load_settings` does.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from beadwatch.datasets.likeness import NEAR
from beadwatch.inference.bundle import Precision
from beadwatch.settings.environment import Secret, read_environment, setting, variables_of
from beadwatch.settings.network import check_hosts, check_networks, check_path, listed


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Where things are and how much is allowed. Paths may be relative to the working folder.

    `given` names the fields that somebody has set.
    """

    given: frozenset[str] = field(default=frozenset(), repr=False)

    models_dir: Path | None = setting(default=None, description="folder of model bundles; those that ship, if unset")
    data_dir: Path = setting(default=Path("var"), description="folder of the database and the pictures")
    database_url: str | None = setting(default=None, description="any SQLAlchemy URL; SQLite in data_dir, if unset")
    blobs_url: str | None = setting(default=None, description="any fsspec URL; a folder in data_dir, if unset")
    datasets_url: str | None = setting(default=None, description="any fsspec URL; a folder in data_dir, if unset")
    tracking_uri: str | None = setting(
        default=None, description="MLflow of training runs; mlflow.db in data_dir, if unset"
    )
    releases_url: str | None = setting(
        default=None, description="any fsspec URL of a release channel; models come from models_dir, if unset"
    )
    signing_key: Path | None = setting(default=None, description="private key that signs what is released")
    verify_key: Path | None = setting(default=None, description="public key by which releases must be signed")
    shadow: bool = setting(
        default=True, description="whether challengers that the channel has in shadow answer here too"
    )
    threads: int = setting(default=0, ge=0, le=256, description="threads of one inference; 0: one for each core")
    precision: Precision = setting(default=Precision.FP32, description="fp32; or int8, for the models that have it")
    max_upload_mb: int = setting(default=32, ge=1, le=1024, description="largest upload, in megabytes")
    min_free_mb: int = setting(default=500, ge=0, description="megabytes of disk below which a station is not ready")
    max_inspections: int = setting(default=0, ge=0, le=1000, description="pictures at once; 0: four for each core")
    max_connections: int = setting(default=1000, ge=1, le=1_000_000, description="connections that are open at once")
    request_timeout_s: float = setting(default=20.0, ge=0.1, le=3600, description="seconds for a request to arrive")

    allowed_hosts: str | None = setting(
        default=None, check=check_hosts, description="names that the station answers to besides its own, with commas"
    )
    trusted_proxies: str | None = setting(
        default=None,
        check=check_networks,
        description="addresses and networks of proxies whose X-Forwarded-For is believed, with commas",
    )
    access: Literal["auto", "open", "token"] = setting(
        default="auto", description="who may use the station: open to all, token, or auto: open on this machine alone"
    )
    root_path: str = setting(
        default="", check=check_path, description="path that the station lies below behind a proxy, as /weld"
    )

    guest_feedback: bool = setting(default=False, description="whether devices that are not paired may send feedback")
    feedback_keep_days: int | None = setting(
        default=None, ge=1, le=36_500, description="days after which `feedback prune` deletes; for ever, if unset"
    )
    station_token: Secret | None = setting(
        default=None, description="token by which `watch --station` reaches a station that asks for one"
    )
    webhook_key: Secret | None = setting(default=None, description="key that signs what webhooks of a line are sent")
    roboflow_api_key: Secret | None = setting(
        default=None, variable="ROBOFLOW_API_KEY", description="key for fetching sets from Roboflow"
    )
    roboflow_url: str = setting(default="https://api.roboflow.com", description="address of Roboflow's interface")

    loop_task: str = setting(default="surface", description="task whose model the loop keeps up to date")
    loop_dataset: str | None = setting(default=None, description="data set that feedback is collected into")
    loop_from: str | None = setting(
        default=None, description="folders of the initial collection, or what `data fetch` takes, with commas"
    )
    loop_run: Path | None = setting(default=None, description="run folder of the model that the loop starts from")
    loop_method: Literal["network", "linear"] = setting(
        default="network", description="how to retrain: network (hours), or linear: a new head only (minutes)"
    )
    loop_near: float = setting(
        default=NEAR, ge=0.5, le=1, description="likeness of near copies; 0.9 suits a fixed camera"
    )

    loop_min_people: int = setting(default=1, ge=1, le=100, description="people who must have labelled the new data")

    loop_shadow: bool = setting(
        default=False, description="whether a challenger that the gate refused is put into shadow"
    )

    flow_retries: int = setting(default=2, ge=0, le=100, description="how often a job that failed is tried again")
    flow_retry_delay_s: float = setting(default=60.0, ge=0, le=86_400, description="seconds before it is")
    flow_timezone: str = setting(default="UTC", description="time zone of the schedules, as Europe/Berlin")
    flow_collect_cron: str = setting(default="0 12 * * *", description="when to collect; none: never by itself")
    flow_retrain_cron: str = setting(default="0 13 * * *", description="when to retrain; none: never by itself")
    flow_notify_cron: str = setting(default="*/15 * * * *", description="when to send notices that are still waiting")

    collect_from: str | None = setting(
        default=None, description="folders and fsspec URLs of WeldSpot feedback, with commas between them"
    )
    collect_team: str = setting(default="weldspot", description="team that such feedback belongs to")
    collect_delete: bool = setting(default=False, description="whether files are removed after they were stored")

    smtp_host: str | None = setting(default=None, description="mail server for alerts; no mail, if unset")
    smtp_port: int = setting(default=587, ge=1, le=65_535, description="its port")
    smtp_tls: Literal["starttls", "tls", "none"] = setting(default="starttls", description="starttls, tls or none")
    smtp_user: str | None = setting(default=None, description="user at the mail server")
    smtp_password: Secret | None = setting(default=None, description="password at the mail server")
    smtp_from: str | None = setting(default=None, description="address that alerts come from")
    smtp_to: str | None = setting(default=None, description="addresses that alerts go to, with commas between them")
    alert_webhook: Secret | None = setting(default=None, description="address that alerts are posted to")

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
        return listed(self.allowed_hosts)

    @property
    def proxies(self) -> list[str]:
        """The trusted proxies as networks, one by one."""
        import ipaddress

        return [str(ipaddress.ip_network(network, strict=False)) for network in listed(self.trusted_proxies)]

    def tracking(self, wanted: str | None) -> str | None:
        """Return the MLflow tracking URI in effect; `none`, wanted or set, switches MLflow off."""
        uri = wanted or self.tracking_uri or f"sqlite:///{(self.data_dir / 'mlflow.db').absolute()}"
        return None if uri == "none" else uri


def variables() -> dict[str, str]:
    """Return the environment variable of each setting, by the name of its field."""
    return variables_of(Settings)


def load_settings(**given: str) -> Settings:
    """Read the settings; those that are `given`, as by an option of a command, need not be read.

    Raises:
        SettingsError: a setting has a wrong value, or `.env` cannot be read; the message names it.
    """
    values = read_environment(Settings, given)
    return Settings(**values, given=frozenset(values))
