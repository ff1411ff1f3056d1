% How many lines of the log have an error in them.
% From UnifyWeaver's docs/proposals/parallel_architecture.md, © s243a, MIT OR Apache-2.0; only the path is another.

:- dynamic_source(log_entry/1, external(awk,
    "awk '{print $0}' ../data/loghub/*.log"
), [
    batch_size(100000),     % Process 100k lines per batch
    backend(gnu_parallel),
    workers(8)
]).

% Aggregation happens automatically
count_errors(Count) :-
    findall(1, (log_entry(Line), sub_string(Line, _, _, _, "ERROR")), Errors),
    length(Errors, Count).
