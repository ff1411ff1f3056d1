"""Where the records come from: one of the kinds of source, told apart by ``type``."""

from typing import Annotated

from pydantic import Field

from airflow_unifyweaver.job.file_source import CsvSource, JsonSource, ParquetSource, TextSource
from airflow_unifyweaver.job.http_source import HttpSource
from airflow_unifyweaver.job.program_source import AwkSource, CommandSource
from airflow_unifyweaver.job.service_source import KafkaSource, RabbitmqSource
from airflow_unifyweaver.job.sql_source import SqlSource

Source = Annotated[
    TextSource
    | CsvSource
    | JsonSource
    | ParquetSource
    | HttpSource
    | SqlSource
    | AwkSource
    | CommandSource
    | KafkaSource
    | RabbitmqSource,
    Field(discriminator="type"),
]
