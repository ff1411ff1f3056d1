% Work

prepare(Options, Mode) :-
    _{name: NameText, arity: Arity} :< Options,
    atom_string(Name, NameText),
    must_be_defined(Name/Arity),
    retractall(setting(_, _)),
    functor(Goal, Name, Arity),
    assertz(setting(goal, Goal)),
    forall(get_dict(Key, Options, Value), assertz(setting(Key, Value))),
    choose_mode(Options, Name/Arity, Mode),
    assertz(setting(chosen, Mode)),
    check_arity(Mode, Name/Arity, Options.fields).

must_be_defined(Indicator) :-
    (   is_defined(Indicator) -> true ; throw(unifyweaver('there is no predicate ~q', [Indicator])) ).

is_defined(Name/Arity) :-
    functor(Goal, Name, Arity),
    catch(predicate_property(user:Goal, visible), _, fail),
    \+ predicate_property(user:Goal, imported_from(unifyweaver_directives)).

is_defined(NameText, Arity, Answer) :-
    atom_string(Name, NameText),
    ( is_defined(Name/Arity) -> Answer = true ; Answer = false ).

choose_mode(Options, Indicator, Mode) :-
    named_source(Options),
    findall(Source, source(Source), Sources),
    reached_sources(Sources, Indicator, Reached),
    (   Options.mode == "row"
    ->  Mode = "row"
    ;   Options.mode == null, Reached == []
    ->  Mode = "row"
    ;   Mode = "rel",
        one_source(Sources, Reached, Indicator, Source),
        answer_from_records(Source)
    ).

named_source(Options) :-
    Options.source = [NameText, Arity],
    !,
    atom_string(Name, NameText),
    retractall(source(_)),
    dynamic(user:Name/Arity),
    assertz(source(user:(Name/Arity))).
named_source(_).

one_source(_, [Source], _, Source) :- !.
one_source([Source], [], _, Source) :- !.
one_source([], _, Indicator, _) :-
    throw(unifyweaver('~q shall be called in mode rel, but the program has no dynamic_source; name the predicate whose facts the records are in work.prolog.source', [Indicator])).
one_source(_, Reached, Indicator, _) :-
    findall(PI, member(_:PI, Reached), PIs),
    throw(unifyweaver('~q makes use of several sources, ~q; name the one whose facts the records are in work.prolog.source', [Indicator, PIs])).

check_arity(_, _, null) :- !.
check_arity("row", Name/Arity, Fields) :-
    Fields > Arity,
    !,
    throw(unifyweaver('~q has fewer arguments than a record has fields, which are ~w; name the columns it wants in work.prolog.columns', [Name/Arity, Fields])).
check_arity("rel", _, Fields) :-
    setting(records, _:Head),
    functor(Head, Name, Arity),
    Arity =\= Fields,
    !,
    throw(unifyweaver('~q has ~w arguments, but a record has ~w fields; name as many columns in work.prolog.columns', [Name/Arity, Arity, Fields])).
check_arity(_, _, _).

% Which sources a predicate makes use of: a name in a clause may be a call, wherever it stands.

reached_sources(Sources, Indicator, Reached) :-
    reached_from(Indicator, Predicates),
    findall(Source, (member(Source, Sources), used(Source, Predicates)), Reached).

used(Source, Predicates) :- memberchk(Source, Predicates), !.
used(Module:Name, Predicates) :- atom(Name), memberchk(Module:(Name/_), Predicates).

reached_from(Name/Arity, Predicates) :-
    functor(Goal, Name, Arity),
    ( home(user, Goal, Module) -> true ; Module = user ),
    reached([Module:Name/Arity], [], Predicates).

reached([], Seen, Seen).
reached([Predicate|Rest], Seen, All) :-
    memberchk(Predicate, Seen),
    !,
    reached(Rest, Seen, All).
reached([Predicate|Rest], Seen, All) :-
    findall(Callee, callee(Predicate, Callee), Callees),
    append(Callees, Rest, Next),
    reached(Next, [Predicate|Seen], All).

callee(Module:Name/Arity, Definition:Called/CalledArity) :-
    functor(Head, Name, Arity),
    predicate_property(Module:Head, number_of_clauses(_)),
    \+ predicate_property(Module:Head, imported_from(system)),
    catch(clause(Module:Head, Body), _, fail),
    sub_term(Part, Body),
    callable(Part),
    functor(Part, Called, Least),
    Called \== (:),        % of an unknown goal in an unknown module, everything is a property
    between(0, 3, More),    % what maplist/3 and the like are given lacks some arguments
    CalledArity is Least + More,
    functor(Goal, Called, CalledArity),
    home(Module, Goal, Definition).

home(Module, Goal, Definition) :-
    predicate_property(Module:Goal, defined),
    (   predicate_property(Module:Goal, imported_from(Definition)) -> true ; Definition = Module ),
    \+ module_property(Definition, class(system)),
    \+ module_property(Definition, class(library)),
    \+ memberchk(Definition, [unifyweaver, unifyweaver_directives]).

sub_term(Term, Term).
sub_term(Part, Term) :-
    compound(Term),
    arg(_, Term, Argument),
    sub_term(Part, Argument).
