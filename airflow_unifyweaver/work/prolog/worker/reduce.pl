% Reducing: each line of the input is a list of terms, of which one is made.

reduce(Options, null) :-
    atom_string(Name, Options.name),
    with_records(Groups,
        with_results(Results,
            forall(group(Options.form, Groups, Terms), reduce_group(Name, Options.show, Terms, Results)))).

group(Form, Stream, Terms) :-
    repeat,
    (   next_group(Form, Stream, Terms)
    *-> true
    ;   !, fail
    ).

next_group("json", Stream, Terms) :-
    read_value(Stream, Terms),
    Terms \== end_of_file.
next_group("term", Stream, Terms) :-
    read_term(Stream, Terms, [module(unifyweaver)]),
    Terms \== end_of_file.

reduce_group(_, "batch", Terms, Results) :- !,
    format(Results, '~k~n', [Terms]).
reduce_group(Name, Show, [First|Rest], Results) :-
    foldl(reduce_two(Name), Rest, First, Term),
    check_acyclic(Term),
    show(Show, Term, Results),
    nl(Results).

reduce_two(Name, Later, Earlier, Term) :-
    Goal =.. [Name, Earlier, Later, Term],
    (   user:Goal
    ->  true
    ;   throw(unifyweaver('~q has no solution for ~p and ~p', [Name/3, Earlier, Later]))
    ).

show("term", Term, Results) :- format(Results, '~k', [Term]).
show("value", Term, Results) :- write_json(Results, Term).
show("pair", Term, Results) :-
    pair([Term], _, Value),
    write_json(Results, Value).

defined(NameText, Arity, null) :-
    atom_string(Name, NameText),
    must_be_defined(Name/Arity).
