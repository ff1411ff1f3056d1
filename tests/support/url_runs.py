"""Looks at runs at URLs."""

from airflow_unifyweaver.events.schema import EventType
from airflow_unifyweaver.run.history import run_events
from airflow_unifyweaver.run.plan import Plan
from airflow_unifyweaver.run.remote.addresses import run_at
from airflow_unifyweaver.run.remote.journals import copy_to_look_at, fetch_journals
from airflow_unifyweaver.run.remote.plans import fetch_plan


def commits_at(url):
    """Return the events that are commits, as whoever has nothing but the URL finds them."""
    with copy_to_look_at(run_at(url)) as run:
        fetch_plan(run)
        plan = Plan.load(run)
        fetch_journals(run, range(len(plan.shards)) if plan else ())
        return [event.to_dict() for event in run_events(run, plan, {EventType.BATCH_COMPLETE})] if plan else []


def batches_at(url):
    """Return the names of the batches that are committed."""
    return {event["batch_id"] for event in commits_at(url)}
