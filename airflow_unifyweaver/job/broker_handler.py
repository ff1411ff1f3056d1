"""What hears of events by way of a broker: a topic of Kafka, a queue or an exchange of RabbitMQ."""

from typing import Self

from pydantic import Field, model_validator

from airflow_unifyweaver.job.amqp_url import AmqpUrl
from airflow_unifyweaver.job.part import Part, require_one
from airflow_unifyweaver.job.values import Text, VariableName


class KafkaTopic(Part):
    """A Kafka topic that events are sent to, as CloudEvents."""

    bootstrap_servers: Text | None = Field(default=None, description="Brokers as host:port, with commas between them.")
    conn_id: Text | None = Field(
        default=None, description="Airflow connection of type kafka, whose extra is the producer's configuration."
    )
    topic: Text = Field(description="The topic to send to.")

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        require_one(self, "bootstrap_servers", "conn_id")
        return self


class KafkaHandler(Part):
    """An event handler that is a Kafka topic."""

    kafka: KafkaTopic = Field(description="The topic that each event is sent to.")


class RabbitmqAddress(Part):
    """A RabbitMQ queue or exchange that events are sent to, as CloudEvents."""

    url: AmqpUrl | None = Field(
        default=None, description="Address of the server, without a password: amqp://host:5672/vhost."
    )
    url_from_env: VariableName | None = Field(
        default=None, description="Environment variable that holds the address, which may have a password in it."
    )
    conn_id: Text | None = Field(
        default=None, description="Airflow connection with host, port, login and password; its schema is the vhost."
    )
    queue: Text | None = Field(default=None, description="The queue to send to.")
    exchange: Text | None = Field(
        default=None, description="The exchange to send to; the routing key is the event's type, a dot, the job's name."
    )

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        require_one(self, "url", "url_from_env", "conn_id")
        require_one(self, "queue", "exchange")
        return self


class RabbitmqHandler(Part):
    """An event handler that is a RabbitMQ queue or exchange."""

    rabbitmq: RabbitmqAddress = Field(description="The queue or exchange that each event is sent to.")
