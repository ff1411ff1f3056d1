"""Sources that are the messages of a broker: kafka, rabbitmq."""

from typing import Literal, Self

from pydantic import Field, model_validator

from airflow_unifyweaver.job.part import require_one
from airflow_unifyweaver.job.source_part import SourcePart
from airflow_unifyweaver.job.values import Text


class KafkaSource(SourcePart):
    """Messages of a Kafka topic."""

    type: Literal["kafka"] = Field(default="kafka", description="Kind of source.")
    bootstrap_servers: Text | None = Field(default=None, description="Brokers as host:port, with commas between them.")
    conn_id: Text | None = Field(default=None, description="Airflow connection to the brokers.")
    topic: Text = Field(description="The topic to read.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        require_one(self, "bootstrap_servers", "conn_id")
        return self


class RabbitmqSource(SourcePart):
    """Messages of a RabbitMQ queue."""

    type: Literal["rabbitmq"] = Field(default="rabbitmq", description="Kind of source.")
    url: Text | None = Field(default=None, description="Address of the server, amqp://...")
    conn_id: Text | None = Field(default=None, description="Airflow connection to the server.")
    queue: Text = Field(description="The queue to read.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        require_one(self, "url", "conn_id")
        return self
