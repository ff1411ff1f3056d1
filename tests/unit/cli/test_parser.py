"""The arguments of the command line, and what its help says."""

import importlib
import re
import shlex

import pytest

from airflow_unifyweaver.cli.parser import parser

COMMANDS = next(action for action in parser()._actions if action.dest == "command").choices


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_a_module_and_examples_that_it_understands(name):
    assert callable(importlib.import_module(f"airflow_unifyweaver.cli.{name}").act)
    examples = COMMANDS[name].epilog.splitlines()[1:]
    assert examples
    for example in examples:
        arguments = shlex.split(re.search(r"unifyweaver ([^|>)#]*)", example)[1])
        assert parser().parse_args(arguments).command == name


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["plan"], "error: the following arguments are required: JOB; see unifyweaver plan --help"),
        (["plan", "a", "--jsno"], "error: unrecognized arguments: --jsno; see unifyweaver --help"),
        (["events", "run", "--type", "batch_done"], "choose from"),
        (["pln"], "invalid choice: 'pln'"),
        ([], "error: the following arguments are required: COMMAND; see unifyweaver --help"),
    ],
)
def test_wrong_arguments_are_told_in_one_line(capsys, arguments, message):
    with pytest.raises(SystemExit) as ended:
        parser().parse_args(arguments)
    assert ended.value.code == 2
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 1
    assert message in told[0]
