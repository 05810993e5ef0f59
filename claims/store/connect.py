"""Opens the store: the embedded server or the one named by a setting, with current tables."""

from dataclasses import dataclass
from weakref import WeakKeyDictionary

import psycopg

from claims.errors import BadSetting, StoreDown
from claims.settings import Settings
from claims.store.embedded import start_embedded
from claims.store.migrate import migrate


@dataclass(frozen=True)
class Store:
    """Connection strings of one open store, as owner (imports, builds) and as service (decisions)."""

    owner_url: str
    service_url: str

    def as_owner(self) -> psycopg.Connection:
        """A new connection that may change everything; the caller closes it."""
        return connect(self.owner_url)

    def as_service(self) -> psycopg.Connection:
        """A new connection that may add to ledgers and change nothing in them; the caller closes it."""
        return connect(self.service_url)


def connect(url: str) -> psycopg.Connection:
    """A new connection.

    Raises:
        StoreDown: nobody answers, or the role is refused; the address is named without its password.
        BadSetting: the address cannot be understood.
    """
    try:
        return psycopg.connect(url, connect_timeout=5)
    except psycopg.ProgrammingError as error:
        raise BadSetting(
            "The address of the database cannot be understood. Expected one such as "
            "postgresql://user:password@host/name. Correct YICHA_DATABASE_URL (and YICHA_SERVICE_DATABASE_URL); "
            "without them the embedded server is used."
        ) from error
    except psycopg.OperationalError as error:
        parts = psycopg.conninfo.conninfo_to_dict(url)
        where = f"{parts.get('host', 'localhost')}:{parts.get('port', 5432)}/{parts.get('dbname', '')}"
        raise StoreDown(
            f"No connection to PostgreSQL at {where} as {parts.get('user', '(no user)')}. "
            "Expected a running server that accepts this role. "
            "Start it, or correct YICHA_DATABASE_URL; without that setting the embedded one is used."
        ) from error


_names: WeakKeyDictionary[psycopg.Connection, tuple[str, str]] = WeakKeyDictionary()


def store_of(connection: psycopg.Connection) -> tuple[str, str]:
    """What tells the connection's store from others; the driver is asked once for each connection, as it takes long."""
    name = _names.get(connection)
    if name is None:
        info = connection.info
        name = _names[connection] = f"{info.host}:{info.port}", info.dbname
    return name


def open_store(settings: Settings) -> Store:
    """Start or join the store and bring its tables up to date.

    Raises:
        StoreDown: the server does not start or does not answer.
    """
    if settings.database_url:
        store = Store(settings.database_url, settings.service_database_url or settings.database_url)
    else:
        urls = start_embedded(settings.data_folder)
        store = Store(urls["owner"], urls["service"])
    store.as_owner().close()
    migrate(store.owner_url)
    return store
