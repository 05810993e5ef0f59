"""Where things are: read once from the environment, with defaults that work on a laptop."""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """Paths and addresses of one installation.

    Attributes:
        data_folder: everything that the program writes (`YICHA_DATA`, default `data/` in the working folder).
        database_url: an outside PostgreSQL (`YICHA_DATABASE_URL`); None means the embedded one under `data_folder`.
        service_database_url: the same server as the role that may not change ledgers (`YICHA_SERVICE_DATABASE_URL`).
        key_file: the pseudonym key (`YICHA_KEY_FILE`, default `~/.config/yicha/pseudonym.key`), outside `data_folder`.
        tracking_uri: MLflow's store (`MLFLOW_TRACKING_URI`, default sqlite under `mlruns/`).
        national_area: the dictionary of the pooling area for national messages: a name or the path of a YAML file
            (`YICHA_NATIONAL_AREA`, default `default`).
        learning_bounds: YAML file with bounds of this area for promotion and watch (`YICHA_LEARNING_BOUNDS`).
    """

    data_folder: Path
    database_url: str | None
    service_database_url: str | None
    key_file: Path
    tracking_uri: str
    national_area: str = "default"
    learning_bounds: Path | None = None

    def stored_path(self, path: Path) -> str:
        """How the store names a path: relative where it lies in the data folder, so that the folder can be moved."""
        whole = path.resolve()
        inside = self.data_folder.resolve()
        return whole.relative_to(inside).as_posix() if whole.is_relative_to(inside) else str(whole)

    def path_of(self, stored: str) -> Path:
        """The path that the store names."""
        return self.data_folder / stored


def read_settings() -> Settings:
    """The settings of this process."""
    runs = Path("mlruns").resolve()
    bounds = os.environ.get("YICHA_LEARNING_BOUNDS")
    return Settings(
        data_folder=Path(os.environ.get("YICHA_DATA", "data")).resolve(),
        database_url=os.environ.get("YICHA_DATABASE_URL") or None,
        service_database_url=os.environ.get("YICHA_SERVICE_DATABASE_URL") or None,
        key_file=Path(os.environ.get("YICHA_KEY_FILE", "~/.config/yicha/pseudonym.key")).expanduser().resolve(),
        tracking_uri=os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{runs / 'mlflow.db'}",
        national_area=os.environ.get("YICHA_NATIONAL_AREA") or "default",
        learning_bounds=Path(bounds).expanduser().resolve() if bounds else None,
    )
