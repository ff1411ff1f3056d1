"""All jobs of the conformance suite. A job joins by standing in one of these modules; it then runs on every backend."""

from conformance.cases import (
    adaptive,
    commands,
    compiled_scripts,
    databases,
    json_files,
    keys,
    lines,
    packed_files,
    parquet_files,
    prolog,
    queues,
    topics,
    web_pages,
)

MODULES = (
    lines,
    adaptive,
    commands,
    compiled_scripts,
    databases,
    json_files,
    keys,
    packed_files,
    parquet_files,
    prolog,
    queues,
    topics,
    web_pages,
)
CASES = {
    f"{module.__name__.rpartition('.')[2]}: {name}": case for module in MODULES for name, case in module.CASES.items()
}
