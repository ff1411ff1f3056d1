import subprocess
import sys

PROGRAM = """
import sys
import airflow.sdk.plugins_manager
before = set(sys.modules)
from airflow_unifyweaver.plugins.unifyweaver import UnifyWeaverPlugin as plugin
print(*(name for name in set(sys.modules) - before if not name.startswith("airflow_unifyweaver")))
assert plugin.listeners == []
routes = [view["url_route"] for view in plugin.external_views]
assert len(set(routes)) == len(routes), "Airflow leaves out a view whose route another one has"
"""


def test_every_process_of_airflow_loads_it_so_it_is_light_and_brings_no_listener():
    done = subprocess.run([sys.executable, "-c", PROGRAM], check=True, capture_output=True, text=True)
    assert done.stdout.split() == []
