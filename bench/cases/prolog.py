"""Work in Prolog."""

from __future__ import annotations

from bench.case import Goal
from bench.contest import Commands, Contest
from bench.place import Place
from bench.topic import Topic

COUNT = """
count_errors(Count) :-
    findall(1, (log_entry(Line), sub_string(Line, _, _, _, "ERROR")), Errors),
    length(Errors, Count).
"""
OURS = ":- dynamic_source(log_entry/1, external(text, 'big.log'))." + COUNT
PLAIN = f"""
:- initialization(main, main).
main([File]) :-
    open(File, read, Stream, [encoding(utf8)]),
    nb_setval(log, Stream),
    count_errors(Count),
    print(Count), nl.
log_entry(Line) :-
    nb_getval(log, Stream),
    repeat,
    read_line_to_string(Stream, Line),
    ( Line == end_of_file -> !, fail ; true ).
{COUNT}
"""
PEER = "one swipl"


def _commands(place: Place) -> Commands:
    (place.folder / "ours.pl").write_text(OURS)
    (place.folder / "plain.pl").write_text(PLAIN)
    log, work = place.log(200), {"prolog": {"file": "ours.pl", "predicate": "count_errors/1"}}
    return {
        "bash_fork": place.job(log, {"batch_bytes": 10_000_000}, work, aggregation={"reduce": "sum"}),
        PEER: ["swipl", "-q", "-f", "none", str(place.folder / "plain.pl"), str(log)],
    }


TOPIC = Topic(
    "prolog",
    "Work in Prolog",
    "Both sides run the same predicate over a log; the plain program reads it line by line, in one pass.",
    (Contest("prolog", "count_errors/1, mode rel, 200 MB", "", (Goal("bash_fork", PEER),), _commands, minutes=1.6),),
)
