"""What the rabbitmq source of a job may say."""

import pytest

from airflow_unifyweaver.exceptions import JobError
from airflow_unifyweaver.job.model import BatchJob


def job(batch=None, **source):
    source = {"type": "rabbitmq", "queue": "q"} | source
    return BatchJob.from_dict({"name": "x", "source": source, "batch": batch or {}, "work": {"command": "cat"}})


@pytest.mark.parametrize("url", ["amqp://mq", "amqp://me@mq:5672/shop", "amqps://[::1]:5671/%2Fshop"])
def test_an_address_is_a_url(url):
    assert job(url=url).source.url == url


@pytest.mark.parametrize("url", ["mq:5672", "http://mq", "amqp://", "amqp://mq:x", "amqp://mq:0"])
def test_what_is_no_url_of_a_server_is_refused(url):
    with pytest.raises(JobError, match=r"source\.url: wanted a URL such as amqp://user@host:5672/vhost"):
        job(url=url)


def test_a_password_is_refused_and_not_shown():
    with pytest.raises(JobError, match=r"source\.url: no password in the URL.*; give conn_id, or url_from_") as caught:
        job(url="amqp://me:geheim@mq")
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize("wrong", [{}, {"url": "amqp://mq", "conn_id": "mq"}])
def test_there_is_one_address(wrong):
    with pytest.raises(JobError, match=r"source: give exactly one of url, url_from_env, conn_id"):
        job(**wrong)


@pytest.mark.parametrize("prefetch", [0, 65_536, 1.5])
def test_prefetch_is_what_amqp_has_room_for(prefetch):
    with pytest.raises(JobError, match=r"source\.prefetch: wanted a number of messages from 1 to 65535"):
        job(url="amqp://mq", prefetch=prefetch)


def test_messages_have_a_time_of_their_own_and_the_columns_of_their_format():
    assert job({"batch_window": {"seconds": 5}}, url="amqp://mq")
    assert job({"batch_key": "city"}, url="amqp://mq", format="json")
    assert job({"batch_key": 2}, url="amqp://mq")
    with pytest.raises(JobError, match=r"batch\.batch_key: got 2 with source\.type rabbitmq"):
        job({"batch_key": 2}, url="amqp://mq", format="json")
