"""Sources that are the messages of a broker: kafka, rabbitmq."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, Strict, model_validator

from airflow_unifyweaver.job.amqp_url import AmqpUrl
from airflow_unifyweaver.job.part import require_one
from airflow_unifyweaver.job.source_part import ColumnKind, SourcePart
from airflow_unifyweaver.job.values import Text, VariableName, wanted

_Prefetch = Annotated[int, Strict(), Field(ge=1, le=65_535), wanted("a number of messages from 1 to 65535")]


class KafkaSource(SourcePart):
    """Messages of a Kafka topic."""

    type: Literal["kafka"] = Field(default="kafka", description="Kind of source.")
    bootstrap_servers: Text | None = Field(default=None, description="Brokers as host:port, with commas between them.")
    conn_id: Text | None = Field(default=None, description="Airflow connection to the brokers.")
    topic: Text = Field(description="The topic to read.")
    format: Literal["text", "json"] = Field(
        default="text",
        description="What the values of messages are, in UTF-8: text, or JSON. Records are those that a file of type "
        "text or json has, in which each value is a line.",
    )
    group: Text | None = Field(
        default=None,
        description="Consumer group whose committed offsets say up to where results are published; unifyweaver. and "
        "the job's name if absent.",
    )

    is_stream: ClassVar[bool] = True
    can_wait: ClassVar[bool] = True

    @model_validator(mode="after")
    def _check(self) -> Self:
        require_one(self, "bootstrap_servers", "conn_id")
        return self

    def column_kinds(self) -> tuple[ColumnKind, ...]:
        """Return how columns are named: those of text by number, those of JSON by the name of a member."""
        return ("number",) if self.format == "text" else ("name",)


class RabbitmqSource(SourcePart):
    """Messages of a RabbitMQ queue; a run takes those that are there when it is planned."""

    type: Literal["rabbitmq"] = Field(default="rabbitmq", description="Kind of source.")
    url: AmqpUrl | None = Field(
        default=None, description="Address of the server, without a password: amqp://user@host:5672/vhost, or amqps://."
    )
    url_from_env: VariableName | None = Field(
        default=None, description="Environment variable that holds the address, which may have a password in it."
    )
    conn_id: Text | None = Field(default=None, description="Airflow connection to the server.")
    queue: Text = Field(description="The queue to read, classic or quorum; it must be there.")
    format: Literal["text", "json"] = Field(
        default="text",
        description="What messages are, in UTF-8: text, or JSON. Records are those that a file of type text or json "
        "has, in which each message is a line.",
    )
    prefetch: _Prefetch = Field(
        default=1000,
        description="How many messages are held in memory while they are read; so many are acknowledged together.",
    )

    is_stream: ClassVar[bool] = True

    @model_validator(mode="after")
    def _check(self) -> Self:
        require_one(self, "url", "url_from_env", "conn_id")
        return self

    def column_kinds(self) -> tuple[ColumnKind, ...]:
        """Return how columns are named: those of text by number, those of JSON by the name of a member."""
        return ("number",) if self.format == "text" else ("name",)
