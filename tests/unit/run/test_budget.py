from airflow_unifyweaver.run.budget import UNTOLD, affected
from airflow_unifyweaver.run.plan import Shard
from airflow_unifyweaver.run.segment import Commit
from airflow_unifyweaver.run.state import ShardState

SHARD = Shard(3, 4, 0, 0)
COMMIT = Commit("s", 0, 0, 0, 1)


def test_of_a_finished_shard_all_count_that_are_not_committed_and_those_that_lost_records():
    state = ShardState(
        commits={6: COMMIT, 4: COMMIT},
        failures={5: "exit code 3"},
        quarantined={4: [{"error": "ValueError"}, {"error": "another"}]},
        finished=True,
    )
    assert list(affected(state, SHARD).items()) == [(3, UNTOLD), (4, "ValueError"), (5, "exit code 3")]


def test_of_an_unfinished_shard_only_those_count_that_are_known_to_have_failed():
    state = ShardState(commits={4: COMMIT}, attempts={3: 1, 6: 2}, failures={6: "exit code 3", 5: "exit code 4"})
    assert list(affected(state, SHARD).items()) == [(5, "exit code 4"), (6, "exit code 3")]
