"""``python -m airflow_unifyweaver.cli``."""

import sys

from airflow_unifyweaver.cli.entry import main

sys.exit(main())
