% Validation

predicates(Texts) :-
    findall(Text,
            ( current_predicate(user:Name/Arity),
              functor(Head, Name, Arity),
              \+ predicate_property(user:Head, imported_from(_)),
              predicate_property(user:Head, file(_)),
              \+ predicate_property(user:Head, multifile),
              format(string(Text), '~w/~w', [Name, Arity]) ),
            Found),
    sort(Found, Texts).

undefined_calls(NameText, Arity, Calls) :-
    atom_string(Name, NameText),
    reached_from(Name/Arity, Predicates),
    findall([Callee, Caller, Place],
            ( member(Predicate, Predicates),
              undefined_call(Predicate, Called/CalledArity, Clause),
              Predicate = _:CallerName/CallerArity,
              format(string(Callee), '~w/~w', [Called, CalledArity]),
              format(string(Caller), '~w/~w', [CallerName, CallerArity]),
              clause_place(Clause, Place) ),
            All),
    sort(All, Calls).

undefined_call(Module:Name/Arity, Called/CalledArity, Clause) :-
    functor(Head, Name, Arity),
    catch(clause(Module:Head, Body, Clause), _, fail),
    calls(Body, Module, Goal, Context),
    \+ predicate_property(Context:Goal, visible),
    functor(Goal, Called, CalledArity).

% What a body calls, also by way of predicates that say which of their arguments they call.

calls(Body, _, _, _) :- \+ callable(Body), !, fail.
calls(Module:Body, _, Goal, Context) :- !,
    atom(Module),
    calls(Body, Module, Goal, Context).
calls(Body, Module, Body, Module).
calls(Body, Module, Goal, Context) :-
    compound(Body),
    predicate_property(Module:Body, meta_predicate(Specification)),
    arg(Number, Specification, Kind),
    arg(Number, Body, Argument),
    called_argument(Kind, Argument, Called),
    calls(Called, Module, Goal, Context).

called_argument(^, Argument, Called) :- !,
    without_variables(Argument, Called).
called_argument(More, Argument, Called) :-
    integer(More),
    callable(Argument),
    Argument \= _:_,
    length(Extra, More),
    Argument =.. Parts,
    append(Parts, Extra, All),
    Called =.. All.

without_variables(Term, Called) :-
    ( nonvar(Term), Term = _^Inner -> without_variables(Inner, Called) ; Called = Term ).

clause_place(Clause, Place) :-
    clause_property(Clause, file(File)),
    clause_property(Clause, line_count(Line)),
    !,
    format(string(Place), '~w:~w: ', [File, Line]).
clause_place(_, "").
