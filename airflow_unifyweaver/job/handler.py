"""What hears of events: a function, a predicate, a webhook, or a broker."""

from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Strict, Tag, model_validator

from airflow_unifyweaver.job.broker_handler import KafkaHandler, RabbitmqHandler
from airflow_unifyweaver.job.http_url import has_user, is_http, secret_parameter
from airflow_unifyweaver.job.part import Part, require_one
from airflow_unifyweaver.job.prolog_work import PrologHandler
from airflow_unifyweaver.job.reference import FORM, check_form, to_text
from airflow_unifyweaver.job.values import HEADERS_FROM_ENV, HeadersFromEnv, Seconds, Text, VariableName, wanted

_FORM = f"{FORM}, or the URL of a webhook"
_FUNCTION, _WEBHOOK = "[function]", "[webhook]"
NAMED_HANDLERS = ("prolog", "kafka", "rabbitmq")
"""The kinds of handler that are a mapping of their own name to their options."""


def check_url(url: str) -> str:
    """Check that events can be posted to a URL, which has no user in it.

    :raises ValueError: when they cannot, without showing it.
    """
    if not is_http(url):
        raise ValueError("a webhook is an http:// or https:// URL")
    if has_user(url):
        raise ValueError("no user and password in the URL; name a variable in headers_from_env, or give conn_id")
    return url


def _check_written(url: str) -> str:
    """Check a URL that stands in a job, which is written down in places."""
    parameter = secret_parameter(check_url(url))
    if parameter:
        raise ValueError(
            f"no secret such as {parameter} in the URL; give url_from_env with the name of a variable that holds the "
            "whole URL, or conn_id"
        )
    return url


_Url = Annotated[str, Strict(), wanted("a URL"), AfterValidator(_check_written)]


class Webhook(Part):
    """An HTTP server that events are posted to as JSON; a URL alone is short for its ``url``."""

    url: _Url | None = Field(default=None, description="Where to post, with http or https.")
    url_from_env: VariableName | None = Field(
        default=None, description="Environment variable that holds the URL, which may be a secret itself."
    )
    conn_id: Text | None = Field(
        default=None, description="Airflow connection with host, login, password, and headers in its extra fields."
    )
    headers_from_env: HeadersFromEnv = HEADERS_FROM_ENV
    timeout: Seconds = Field(default=10.0, description="Longest wait for the server, in seconds.")

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        require_one(self, "url", "url_from_env", "conn_id")
        return self


def _expand(value: Any) -> Any:
    return {"url": value} if isinstance(value, str) and "://" in value else value


def _tag(value: Any) -> str:
    if not isinstance(value, Mapping | Part):
        return _FUNCTION
    fields = value if isinstance(value, Mapping) else type(value).model_fields
    return next((f"[{name}]" for name in NAMED_HANDLERS if name in fields), _WEBHOOK)


_Function = Annotated[str, Strict(), AfterValidator(check_form), wanted(_FORM), BeforeValidator(to_text)]

NamedHandler = str | PrologHandler | Webhook | KafkaHandler | RabbitmqHandler
"""What a job names: a function by its reference, or one of these."""

EventHandler = Annotated[
    Annotated[_Function, Tag(_FUNCTION)]
    | Annotated[PrologHandler, Tag("[prolog]")]
    | Annotated[Webhook, Tag(_WEBHOOK)]
    | Annotated[KafkaHandler, Tag("[kafka]")]
    | Annotated[RabbitmqHandler, Tag("[rabbitmq]")],
    Discriminator(_tag),
    BeforeValidator(_expand),
]
