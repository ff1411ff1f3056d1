% Records

read_value(Stream, Value) :-
    read_term(Stream, Term, [variable_names(Names), double_quotes(string), module(unifyweaver)]),
    (   Names == [], atomic(Term)
    ->  Value = Term
    ;   maplist(name_number, Names),
        plain(Term, Value)
    ).

name_number('NaN'=Value) :- Value is nan.
name_number('Infinity'=Value) :- Value is inf.

plain({}, Value) :- !,
    dict_pairs(Value, _, []).
plain(Term, Term) :- atomic(Term), !.
plain([], []) :- !.
plain([Item|Items], [Value|Values]) :- !,
    plain(Item, Value),
    plain(Items, Values).
plain(-Number, Value) :- number(Number), !,
    Value is -Number.
plain({Fields}, Value) :- !,
    fields(Fields, Pairs),
    dict_pairs(Value, _, Pairs).
plain(Term, Term).

fields((Field, Fields), [Pair|Pairs]) :- !,
    field(Field, Pair),
    fields(Fields, Pairs).
fields(Field, [Pair]) :- field(Field, Pair).

field(Text:Term, Key-Value) :- !,
    atom_string(Key, Text),
    plain(Term, Value).
field(Term, _) :-
    throw(unifyweaver('~q is no field of a JSON object', [Term])).

with_records(Stream, Goal) :-
    setup_call_cleanup(open_memory(input, read, Stream), Goal, close(Stream)).

with_results(Stream, Goal) :-
    setup_call_cleanup(open_memory(output, write, Stream), Goal, close(Stream)).

open_memory(Which, Mode, Stream) :-
    memory(Which, Path),
    open(Path, Mode, Stream, [encoding(utf8), newline(posix), buffer(full), bom(false)]).

record(Stream, Record) :-
    nb_getval(unifyweaver_form, Form),
    record(Form, Stream, Record).

record(lines, Stream, [Line]) :- !,
    piece(How, Start, Size),
    line(How, Stream, Start, Size, Line).
record(Form, Stream, Record) :-
    repeat,
    (   next_record(Form, Stream, Record)
    *-> true
    ;   !, fail
    ).

% A piece of text in which a character is a byte is cut into lines in one go, any other one is read line by line.

line(whole, Stream, Start, Characters, Line) :-
    set_stream(Stream, encoding(octet)),
    seek(Stream, Start, bof, _),
    peek_string(Stream, Characters, Text),  % unlike read_string/3, it does not look at each character
    split_string(Text, "\n", "\r", Lines),
    member(Line, Lines).
line(lines, Stream, Start, Count, Line) :-
    set_stream(Stream, encoding(utf8)),
    seek(Stream, Start, bof, _),
    between(1, Count, _),
    read_string(Stream, "\n", "", _, Line).

set_pieces(Pieces) :-
    retractall(piece(_, _, _)),
    forall(( member([Text, Start, Size], Pieces), atom_string(How, Text) ), assertz(piece(How, Start, Size))).

next_record(fields, Stream, Record) :-
    read_term(Stream, Record, [double_quotes(string), module(unifyweaver)]),
    Record \== end_of_file.
next_record(columns, Stream, Record) :- next_record(values, Stream, Record).
next_record(values, Stream, Record) :-
    read_value(Stream, Record),
    Record \== end_of_file.

% Mode rel: the first scan reads the records as they come; whatever more is asked of them is asked of facts.

answer_from_records(Module:Declared) :-
    source_indicator(Module:Declared, Name/Arity),
    functor(Head, Name, Arity),
    assertz((Module:Head :- unifyweaver:fact(Head))),
    assertz(setting(records, Module:Head)).

source_indicator(_:(Name/Arity), Name/Arity) :- !.
source_indicator(_:Name, Name/Fields) :-
    setting(fields, Fields),
    integer(Fields),
    !,
    dynamic(user:Name/Fields).
source_indicator(Module:Name, Name/Arity) :-
    reached([Module:Name/_], [], _),
    current_predicate(Module:Name/Arity),
    !.
source_indicator(_:Name, _) :-
    throw(unifyweaver('how many arguments has the source ~q? give it as name/arity in work.prolog.source', [Name])).

fact(Head) :-
    Head =.. [_|Arguments],
    (   nb_getval(unifyweaver_scan, none)
    ->  (   all_unbound(Arguments)
        ->  nb_setval(unifyweaver_scan, begun),
            nb_getval(unifyweaver_records, Stream),
            scan(Stream, Arguments)
        ;   load_facts,
            stored(Arguments)
        )
    ;   nb_getval(unifyweaver_scan, begun)
    ->  load_facts,
        stored(Arguments)
    ;   stored(Arguments)
    ).

scan(Stream, [Line]) :-
    nb_getval(unifyweaver_form, lines),
    !,
    record(lines, Stream, [Line]).
scan(Stream, Arguments) :-
    record(Stream, Record),
    unify_record(Record, Arguments).

all_unbound(Arguments) :-
    term_variables(Arguments, Variables),
    Variables == Arguments.

unify_record(Record, Arguments) :- Record = Arguments, !.
unify_record(Record, Arguments) :-
    same_length(Record, Arguments),
    !,
    fail.
unify_record(Record, Arguments) :- wrong_length(Record, Arguments).

wrong_length(Record, Arguments) :-
    setting(records, _:Head),
    functor(Head, Name, _),
    length(Arguments, Arity),
    length(Record, Fields),
    throw(unifyweaver('~q has ~w arguments, but a record has ~w fields; name as many columns in work.prolog.columns', [Name/Arity, Arity, Fields])).

load_facts :-
    setting(records, _:Head),
    functor(Head, _, Arity),
    length(Arguments, Arity),
    Fact =.. [unifyweaver_fact|Arguments],     % no library has this name, which would be loaded where there is no fact
    with_records(Stream,
        forall(( record(Stream, Record), unify_record(Record, Arguments) ), assertz(unifyweaver_facts:Fact))),
    nb_setval(unifyweaver_scan, stored).

stored(Arguments) :-
    Fact =.. [unifyweaver_fact|Arguments],
    catch(unifyweaver_facts:Fact, error(existence_error(procedure, _), _), fail).

forget_facts :-
    setting(records, _:Head),
    !,
    functor(Head, _, Arity),
    functor(Fact, unifyweaver_fact, Arity),
    retractall(unifyweaver_facts:Fact).
forget_facts.
