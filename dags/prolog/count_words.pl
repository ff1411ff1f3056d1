% How often each word occurs in the documents.
% From UnifyWeaver's docs/proposals/parallel_architecture.md, © s243a, MIT OR Apache-2.0.

:- dynamic_source(document/2, external(csv, 'documents.csv')).

% Map phase: emit (Word, 1) for each word
:- parallel(word_count_map/2, [
    batch_size(1000),
    backend(hadoop_streaming),
    aggregation(reduce(word_count_reduce/3))
]).

word_count_map(Doc, word(Word, 1)) :-
    document(Doc, Text),
    split_string(Text, " \n\t", "", Words),
    member(WordStr, Words),
    string_lower(WordStr, Word).

% Reduce phase: sum counts for each word
word_count_reduce(word(W, C1), word(W, C2), word(W, C)) :-
    C is C1 + C2.

% Query
top_words(N, TopWords) :-
    findall(count(Count, Word), word_count_map(_, word(Word, Count)), Counts),
    sort(0, @>=, Counts, Sorted),
    take(N, Sorted, TopWords).
