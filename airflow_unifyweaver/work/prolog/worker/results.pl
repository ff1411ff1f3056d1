% Running the predicate on a batch

run(Form, Pieces, null) :-
    set_pieces(Pieces),
    atom_string(Name, Form),    % an atom, for strings in global variables keep the stack from shrinking
    nb_setval(unifyweaver_form, Name),
    setting(chosen, Mode),
    with_records(Records,
        with_results(Results,
            run(Mode, Records, Results))).

run("rel", Records, Results) :-
    nb_setval(unifyweaver_scan, none),
    nb_setval(unifyweaver_records, Records),
    setting(goal, Goal),
    call_cleanup(solutions(Goal, 0, Results), forget_facts).
run("row", Records, Results) :-
    flag(unifyweaver_row, _, 0),
    forall(record(Records, Record), row(Record, Results)).

row(Record, Results) :-
    flag(unifyweaver_row, Number, Number + 1),
    setting(goal, Goal),
    length(Record, Given),
    bind(Record, 1, Goal),
    catch(solutions(Goal, Given, Results), Error, rethrow(Number, Error)).

rethrow(Number, Error) :-
    Nth is Number + 1,
    format(string(Place), 'record ~w of the batch: ', [Nth]),
    throw(unifyweaver_at(Place, Error)).

bind([], _, _).
bind([Field|Fields], Number, Goal) :-
    (   arg(Number, Goal, Field)
    ->  Next is Number + 1,
        bind(Fields, Next, Goal)
    ;   functor(Goal, Name, Arity),
        throw(unifyweaver('~q has fewer arguments than a record has fields; name the columns it wants in work.prolog.columns', [Name/Arity]))
    ).

solutions(Goal, Given, Results) :-
    numbers(Goal, Given, Numbers),
    setting(shape, Shape),
    (   setting(time_limit, Seconds), number(Seconds)
    ->  call_with_time_limit(Seconds, all_solutions(Goal, Numbers, Shape, Results))
    ;   all_solutions(Goal, Numbers, Shape, Results)
    ).

all_solutions(Goal, _, "printed", Results) :- !,
    current_output(Before),
    setup_call_cleanup(
        set_output(Results),
        ignore((user:Goal, fail)),
        set_output(Before)).
all_solutions(Goal, [Number], "value", Results) :-
    arg(Number, Goal, Value),
    !,
    forall(user:Goal, (check_acyclic(Value), write_json(Results, Value), nl(Results))).
all_solutions(Goal, Numbers, Shape, Results) :-
    arguments(Numbers, Goal, Arguments),
    forall(user:Goal, (check_acyclic(Arguments), result(Shape, Arguments, Result), write_json(Results, Result), nl(Results))).

check_acyclic(Term) :-
    (   acyclic_term(Term) -> true ; throw(unifyweaver("a result is a cyclic term, which has no end")) ).

numbers(Goal, Given, Numbers) :-
    (   setting(result, Numbers), is_list(Numbers)
    ->  true
    ;   functor(Goal, _, Arity),
        ( Given < Arity -> First is Given + 1 ; First = 1 ),
        numlist_or_empty(First, Arity, Numbers)
    ).

numlist_or_empty(First, Last, Numbers) :- ( First =< Last -> numlist(First, Last, Numbers) ; Numbers = [] ).

arguments([], _, []).
arguments([Number|Numbers], Goal, [Argument|Arguments]) :-
    (   arg(Number, Goal, Argument)
    ->  arguments(Numbers, Goal, Arguments)
    ;   functor(Goal, Name, Arity),
        throw(unifyweaver('work.prolog.result: ~q has no argument ~w', [Name/Arity, Number]))
    ).

% Shapes of results: a value, a pair of key and value, and the same with the value as the text of a term.

result("value", Arguments, Result) :- one(Arguments, Result).
result("pair", Arguments, Pair) :-
    pair(Arguments, Key, Value),
    Pair = [Key, Value].
result("term", Arguments, Text) :-
    one(Arguments, Term),
    term_text(Term, Text).
result("term pair", Arguments, [Key, Text]) :-
    pair(Arguments, Key, Value),
    term_text(Value, Text).
result("whole pair", Arguments, [Key, Text]) :-
    pair(Arguments, Key, _),
    last(Arguments, Term),
    term_text(Term, Text).

one([Value], Value) :- !.
one(Values, Values).

pair([Key, Value], Key, Value) :- !.
pair([Term], Key, Value) :-
    compound(Term),
    compound_name_arguments(Term, _, [Key, Value]),
    !.
pair(Arguments, _, _) :-
    one(Arguments, Result),
    throw(unifyweaver('by key a result is a pair, as two arguments or as a term of two, such as Key-Value; this one is ~q', [Result])).

term_text(Term, Text) :-
    format(string(Text), '~k', [Term]).

% Terms as JSON

write_json(Stream, Term) :- var(Term), !, write(Stream, null).
write_json(Stream, Term) :- integer(Term), !, write(Stream, Term).
write_json(Stream, Term) :- float(Term), !, write_float(Stream, Term).
write_json(Stream, Term) :- string(Term), !, json_write_string(Stream, Term).
write_json(Stream, []) :- !, write(Stream, []).
write_json(Stream, Term) :- literal(Term), !, write(Stream, Term).
write_json(Stream, Term) :- is_list(Term), !,
    put_char(Stream, '['),
    write_items(Term, Stream),
    put_char(Stream, ']').
write_json(Stream, Term) :- is_dict(Term), !,
    dict_pairs(Term, _, Pairs),
    put_char(Stream, '{'),
    write_fields(Pairs, Stream),
    put_char(Stream, '}').
write_json(Stream, Term) :- compound(Term), !,
    compound_name_arguments(Term, Name, Arguments),
    write_json(Stream, term{functor: Name, args: Arguments}).
write_json(Stream, Term) :-
    format(string(Text), '~w', [Term]),
    json_write_string(Stream, Text).

literal(true).
literal(false).
literal(null).

write_float(Stream, Float) :- float_class(Float, Class),
    (   Class == nan -> write(Stream, 'NaN')
    ;   Class == infinite, Float > 0 -> write(Stream, 'Infinity')
    ;   Class == infinite -> write(Stream, '-Infinity')
    ;   write(Stream, Float)
    ).

write_items([Item|Items], Stream) :-
    write_json(Stream, Item),
    forall(member(Next, Items), (put_char(Stream, ','), write_json(Stream, Next))).

write_fields([], _).
write_fields([Key-Value|Pairs], Stream) :-
    write_field(Key, Value, Stream),
    forall(member(Name-Next, Pairs), (put_char(Stream, ','), write_field(Name, Next, Stream))).

write_field(Key, Value, Stream) :-
    format(string(Text), '~w', [Key]),
    json_write_string(Stream, Text),
    put_char(Stream, ':'),
    write_json(Stream, Value).
