"""Prolog work: in both modes, by key, with reducers, and over text, rows and values."""

import json
import random
from collections import Counter
from dataclasses import replace

from conformance.case import cases

PROGRAM = """
:- dynamic_source(log_entry/1, external(awk, "awk '{print $0}' app.log"), [batch_size(100000)]).
:- dynamic_source(document/2, external(csv, 'documents.csv')).
:- ensure_loaded(rules).

count_errors(Count) :-
    findall(1, (log_entry(Line), sub_string(Line, _, _, _, "ERROR")), Errors),
    length(Errors, Count).

errors(Line) :- sub_string(Line, _, _, _, "ERROR"), !.

level(Line, Level, 1) :- split_string(Line, " ", "", [_, Level|_]).

print_levels :- log_entry(Line), level(Line, Level, _), format('~w~n', [Level]), fail.
print_levels.

word_count_map(Doc, word(Word, 1)) :-
    document(Doc, Text),
    split_string(Text, " \\n\\t", "", Words),
    member(WordStr, Words),
    string_lower(WordStr, Word).

word_count_reduce(word(W, C1), word(W, C2), word(W, C)) :-
    C is C1 + C2.

my_custom_reducer(Batch1, Batch2, Merged) :-
    append(Batch1, Batch2, Combined),
    sort(Combined, Merged).

longest(A, B, C) :- string_length(A, N), string_length(B, M), ( M > N -> C = B ; C = A ).

fields(Id, Text, [Id, Length]) :- string_length(Text, Length).
term(Record, told(Record, Kind)) :- kind(Record, Kind).

slow(Line, Line) :- sub_string(Line, _, 1, 0, "9"), !, throw(nine(Line)).
slow(Line, Line).
"""
RULES = """
kind(Record, list) :- is_list(Record), !.
kind(Record, dict(Key)) :- is_dict(Record), !, dict_pairs(Record, _, [Key-_|_]).
kind(_, other).
"""
LOG = {"type": "text", "path": "*.log"}
DOCUMENTS = {"type": "csv", "path": "documents.csv"}
VALUES = {"type": "json", "path": "values.jsonl"}
WORDS = {"predicate": "word_count_map/2", "result": [2]}


def reducer(predicate, merges="values", **fields):
    return {"reduce": {"prolog": {"file": "program.pl", "predicate": predicate, "merges": merges}}, **fields}


PREDICATES = {
    "count": (LOG, {"predicate": "count_errors/1"}, "sum"),
    "count, rows": (LOG, {"predicate": "errors/1"}, "count"),
    "select": (LOG, {"predicate": "errors/1"}, "concat"),
    "levels": (LOG, {"predicate": "level/3"}, {"reduce": "sum", "by_key": True}),
    "print": (LOG, {"predicate": "print_levels/0"}, "concat"),
    "longest": (LOG, {"predicate": "errors/1"}, reducer("longest/3")),
    "words": (DOCUMENTS, WORDS, reducer("word_count_reduce/3", "pairs", by_key=True)),
    "words, sum": (DOCUMENTS, WORDS, {"reduce": "sum", "by_key": True}),
    "words, batches": (DOCUMENTS, WORDS, reducer("my_custom_reducer/3", "batches")),
    "fields": (DOCUMENTS, {"predicate": "fields/3"}, "concat"),
    "values": (VALUES, {"predicate": "term/2"}, "concat"),
    "records that raise": (LOG, {"predicate": "slow/2"}, "concat"),
}
JOBS = {
    name: (source, {"batch_size": 17}, {"prolog": {"file": "program.pl"} | prolog}, aggregation)
    for name, (source, prolog, aggregation) in PREDICATES.items()
}


def inputs(folder, _):
    generator = random.Random(7)
    (folder / "program.pl").write_text(PROGRAM)
    (folder / "rules.pl").write_text(RULES)
    for number in range(2):
        levels = generator.choices(["INFO", "ERROR", "WARN"], k=150)
        lines = [f"{index} {level} é{'x' * generator.randrange(9)}\n" for index, level in enumerate(levels)]
        (folder / f"{number}.log").write_text("".join(lines))
    texts = [" ".join(generator.choices(["The", "the", "cat", '""a""', "naïve"], k=5)) for _ in range(60)]
    rows = [f'{index},"{text}"\n' for index, text in enumerate(texts)]
    (folder / "documents.csv").write_text("id,text\n" + "".join(rows))
    values = [generator.choice([1, [2, "x"], {"k": None}, 1.5, "text", 10**30]) for _ in range(60)]
    (folder / "values.jsonl").write_text("".join(json.dumps(value) + "\n" for value in values))


def lines(folder):
    return [line for path in sorted(folder.glob("*.log")) for line in path.read_text().splitlines()]


def errors(folder):
    return [line for line in lines(folder) if "ERROR" in line]


def words(folder):
    rows = (folder / "documents.csv").read_text().splitlines()[1:]
    return [word.lower() for row in rows for word in row.split(",")[1][1:-1].replace('""', '"').split(" ")]


def pairs(values):
    return sorted(map(list, Counter(values).items()))


def is_the_number_of_errors(outcome, folder):
    return outcome.values == [len(errors(folder))]


def is_the_words_and_their_numbers(outcome, folder):
    return sorted(outcome.values) == pairs(words(folder))


def is_every_word_once(outcome, folder):
    return [entry["args"] for entry in outcome.values[0]] == [[word, 1] for word in sorted(set(words(folder)))]


def tells_the_kinds(outcome, folder):
    kinds = {list: "list", dict: {"functor": "dict", "args": ["k"]}}
    values = [json.loads(line) for line in (folder / "values.jsonl").read_text().splitlines()]
    return outcome.values == [{"functor": "told", "args": [value, kinds.get(type(value), "other")]} for value in values]


CHECKS = {
    "count": is_the_number_of_errors,
    "count, rows": is_the_number_of_errors,
    "select": lambda outcome, folder: outcome.values == errors(folder),
    "levels": lambda outcome, folder: outcome.values == pairs(line.split()[1] for line in lines(folder)),
    "print": lambda outcome, folder: outcome.lines == [line.split()[1] for line in lines(folder)],
    "longest": lambda outcome, folder: outcome.values == [max(errors(folder), key=len)],
    "words": is_the_words_and_their_numbers,
    "words, sum": is_the_words_and_their_numbers,
    "words, batches": is_every_word_once,
    "fields": lambda outcome, _: [number for number, _ in outcome.values] == list(range(60)),
    "values": tells_the_kinds,
    "records that raise": lambda outcome, folder: (
        outcome.values == [line for line in lines(folder) if not line.endswith("9")]
    ),
}
CASES = cases(JOBS, inputs, CHECKS)
SET_ASIDE = {"retry": {"max_attempts": 1}, "failure": {"quarantine": "record"}}
CASES["records that raise"] = replace(CASES["records that raise"], job=CASES["records that raise"].job | SET_ASIDE)
