"""URLs of RabbitMQ servers."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, Strict

from airflow_unifyweaver.job.values import wanted


def is_amqp(url: str) -> bool:
    """Tell whether a text is the URL of a server that speaks AMQP."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("amqp", "amqps") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _check_amqp(url: str) -> str:
    """Check that a URL names a server and holds no password, as a job is written down in places.

    :raises ValueError: when it does not, without showing it.
    """
    if not is_amqp(url):
        raise ValueError("wanted a URL such as amqp://user@host:5672/vhost")
    if urlsplit(url).password is not None:
        raise ValueError(
            "no password in the URL, as a job is written down in places; give conn_id, or url_from_env with the name "
            "of a variable that holds the whole URL"
        )
    return url


AmqpUrl = Annotated[str, Strict(), Field(min_length=1), wanted("the URL of a server"), AfterValidator(_check_amqp)]
