"""Sphinx's configuration: MyST Markdown for prose, reST where pages are generated from the code."""

import os
import sys
from importlib.metadata import version as installed_version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_extensions"))
# The operators are imported, and Airflow makes its home when it is.
os.environ.setdefault("AIRFLOW_HOME", str(Path(__file__).resolve().parent.parent / ".airflow"))

project = "airflow-unifyweaver"
author = "The airflow-unifyweaver developers"
version = release = installed_version(project)

extensions = ["myst_parser", "sphinx.ext.autodoc", "generated"]
exclude_patterns = ["_build"]
myst_enable_extensions = ["attrs_inline", "colon_fence", "deflist"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"

html_theme = "furo"
html_title = project
html_show_copyright = False
