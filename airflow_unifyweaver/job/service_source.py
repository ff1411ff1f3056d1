"""Sources behind a service: http, kafka, rabbitmq."""

from typing import Annotated, Literal, Self

from pydantic import Field, Strict, model_validator

from airflow_unifyweaver.job.part import require_one
from airflow_unifyweaver.job.source_part import SourcePart
from airflow_unifyweaver.job.values import Flag, Paths, PositiveCount, Text, wanted

_Rate = Annotated[float, Strict(), Field(gt=0, allow_inf_nan=False), wanted("a number of requests a second above 0")]


class HttpSource(SourcePart):
    """Answers of a web service, a page or an address at a time."""

    type: Literal["http"] = Field(default="http", description="Kind of source.")
    url: Text | None = Field(default=None, description="Address, in which {{page}} stands for the number of the page.")
    urls: Paths | None = Field(default=None, description="Addresses: a list, or the path of a file with one a line.")
    paginated: Flag = Field(default=False, description="Whether the address is asked for page after page.")
    parallel_pages: PositiveCount | None = Field(default=None, description="Pages that are asked for at the same time.")
    rate_limit: _Rate | None = Field(default=None, description="Most requests a second, over all workers.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        require_one(self, "url", "urls")
        return self


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
