% Reads Prolog programs as terms and executes nothing of them, but for what changes how the rest of a program is read:
% op/3 and some flags, inside a module of its own.
%
% Standard input is programs, each a line with the number of its characters and then these. Standard output has a line of
% JSON for each. A term in it is [Kind, Offset, ...], offsets being characters from the program's begin.

:- use_module(library(aggregate)).      % aggregate_all/3 and others tell here which of their arguments are goals
:- use_module(library(apply)).
:- use_module(library(gensym)).
:- use_module(library(http/json)).
:- use_module(library(lists)).
:- use_module(library(readutil)).

:- initialization(main, main).

main :-
    set_stream(user_input, encoding(utf8)),
    set_stream(user_input, newline(posix)),
    set_stream(user_output, encoding(utf8)),
    read_programs.

read_programs :-
    read_line_to_string(user_input, Line),
    (   Line == end_of_file
    ->  true
    ;   number_string(Length, Line),
        read_string(user_input, Length, Text),
        catch(read_program(Text, Program), Error, unreadable(Error, Program)),
        json_write_dict(user_output, Program, [width(0)]),
        nl(user_output),
        read_programs
    ).

read_program(Text, _{sentences:Sentences, errors:Errors}) :-
    gensym(program_, Module),
    set_module(Module:base(system)),
    set_module(Module:class(temporary)),
    set_prolog_flag(Module:double_quotes, string),
    maplist(define_operator(Module), [op(1, fx, $)]),
    setup_call_cleanup(
        open_string(Text, Stream),
        ( skip_script_line(Stream), sentences(Stream, Module, Text, Sentences, Errors) ),
        close(Stream)).

unreadable(Error, _{sentences:[], errors:[Reported]}) :-
    syntax_error(Error, 0, Reported).

skip_script_line(Stream) :-
    (   peek_string(Stream, 2, "#!") -> skip(Stream, 0'\n) ; true ).

% Reading stops at the first error: those after it mostly come of it.
sentences(Stream, Module, Text, Sentences, Errors) :-
    character_count(Stream, Begin),
    catch(read_term(Stream, Term, [module(Module), variable_names(Names), subterm_positions(Position),
                                   syntax_errors(error)]),
          Error, true),
    (   nonvar(Error)
    ->  Sentences = [],
        syntax_error(Error, Begin, Reported), Errors = [Reported]
    ;   Term == end_of_file
    ->  Sentences = [], Errors = []
    ;   sentence(Term, Position, Module, Text, Names, Sentence),
        Sentences = [Sentence|Later],
        sentences(Stream, Module, Text, Later, Errors)
    ).

syntax_error(error(syntax_error(What), stream(_, _, _, Offset)), Begin, Error) :- !,
    syntax_error_as_json(What, Begin, Offset, Error).
syntax_error(error(syntax_error(What), string(_, Offset)), Begin, Error) :- !,
    syntax_error_as_json(What, Begin, Offset, Error).
syntax_error(Other, Begin, Error) :-
    syntax_error_as_json(Other, Begin, Begin, Error).

syntax_error_as_json(What, Begin, Offset, _{what:Text, begin:Begin, offset:Offset}) :-
    format(string(Text), "~w", [What]).

% ---- sentences: directives and clauses

sentence((:- Goal), Position, Module, Text, Names, Sentence) :- !,
    directive(Goal, Position, Module, Text, Names, Sentence).
sentence((?- Goal), Position, Module, Text, Names, Sentence) :- !,
    directive(Goal, Position, Module, Text, Names, Sentence).
sentence(Clause, Position, _, Text, Names, _{kind:"clause", term:Json, arity:Arity, calls:Calls}) :-
    added_arguments(Clause, Head, Body, Arity),
    ( Head == Body -> Calls = [] ; called_indicators(Body, Indicators), maplist(indicator_text, Indicators, Calls) ),
    as_json(Clause, Position, Text, Names, Json).

directive(Goal, Position, Module, Text, Names, _{kind:"directive", term:Json, unknown:Unknown}) :-
    honour(Goal, Module),
    argument_position(Position, GoalPosition),
    called_indicators(Goal, Indicators),
    exclude(known, Indicators, Missing),
    maplist(indicator_text, Missing, Unknown),
    as_json(Goal, GoalPosition, Text, Names, Json).

argument_position(term_position(_, _, _, _, [Position]), Position) :- !.
argument_position(parentheses_term_position(_, _, Inner), Position) :- argument_position(Inner, Position).

% A fact is its own body, which calls nothing. A grammar rule has two arguments more than are written.
added_arguments((Head --> _), Head, Head, 2) :- !.
added_arguments((Head :- Body), Head, Body, 0) :- !.
added_arguments((Head => Body), Head, Body, 0) :- !.
added_arguments(Fact, Fact, Fact, 0).

honour(Goal, _) :- var(Goal), !.
honour(op(Priority, Type, Names), Module) :- !,
    define_operator(Module, op(Priority, Type, Names)).
honour(module(_, Exports), Module) :- is_list(Exports), !,
    forall(( member(Export, Exports), nonvar(Export), Export = op(_, _, _) ), define_operator(Module, Export)).
honour(set_prolog_flag(Flag, Value), Module) :-
    memberchk(Flag, [double_quotes, back_quotes, rational_syntax, character_escapes, var_prefix]), !,
    catch(set_prolog_flag(Module:Flag, Value), _, true).
honour((First, Second), Module) :- !, honour(First, Module), honour(Second, Module).
honour(use_module(File), Module) :- !, honour_exports(File, Module).
honour(use_module(File, _), Module) :- !, honour_exports(File, Module).
honour(_, _).

honour_exports(File, Module) :-
    (   exports(File, Exports)
    ->  forall(( member(Export, Exports), Export = op(_, _, _) ), define_operator(Module, Export))
    ;   true
    ).

define_operator(Module, op(Priority, Type, Names)) :-
    catch(op(Priority, Type, Module:Names), _, true).

% The exports of a library are in its first term, so it need not be loaded.
exports(library(Library), Exports) :-
    ground(Library),
    catch(( absolute_file_name(library(Library), File, [file_type(prolog), access(read), file_errors(fail)]),
            setup_call_cleanup(open(File, read, Stream), first_term(Stream, (:- module(_, Exports))), close(Stream)) ),
          _, fail).

first_term(Stream, Term) :-
    read_term(Stream, First, [module(system)]),
    (   First = (:- encoding(_)) -> first_term(Stream, Term) ; Term = First ).

% ---- what a body calls

called_indicators(Body, Indicators) :-
    findall(Name/Arity, ( called(Body, 0, Goal), functor(Goal, Name, Arity) ), All),
    sort(All, Indicators).

called(Goal, _, _) :- var(Goal), !, fail.
called(_:Goal, Extra, Called) :- !, called(Goal, Extra, Called).
called(_^Goal, Extra, Called) :- !, called(Goal, Extra, Called).
called(Goal, Extra, Called) :- callable(Goal), \+ is_list(Goal),
    with_arguments(Goal, Extra, Whole),
    (   Called = Whole
    ;   meta(Whole, Specification),
        arg(Number, Specification, Kind), called_argument(Kind, More),
        arg(Number, Whole, Argument), called(Argument, More, Called)
    ).

called_argument(Extra, Extra) :- integer(Extra).
called_argument(^, 0).
called_argument(//, 2).

with_arguments(Goal, 0, Goal) :- !.
with_arguments(Goal, Extra, Whole) :-
    length(Arguments, Extra),
    Goal =.. Parts, append(Parts, Arguments, All), Whole =.. All.

meta(Goal, Specification) :-
    catch(predicate_property(read_programs_user:Goal, meta_predicate(Specification)), _, fail), !.

known(Name/Arity) :- functor(Goal, Name, Arity), control(Goal), !.
known(Name/Arity) :- functor(Goal, Name, Arity), predicate_property(system:Goal, defined), !.
known(Name/Arity) :- '$in_library'(Name, Arity, _), !.

control((_, _)).
control((_ ; _)).
control((_ | _)).
control(!).

indicator_text(Name/Arity, Text) :- format(string(Text), "~w/~w", [Name, Arity]).

% ---- terms as JSON

as_json(Term, parentheses_term_position(_, _, Position), Text, Names, Json) :- !,
    as_json(Term, Position, Text, Names, Json).
as_json(Term, Position, _, Names, ["variable", From, Name]) :- var(Term), !,
    from(Position, From),
    ( member(Known=Variable, Names), Variable == Term -> atom_string(Known, Name) ; Name = "_" ).
as_json(Term, From-To, Text, _, ["number", From, Term, Source]) :- short_number(Term), !,
    Length is To - From,
    sub_string(Text, From, Length, _, Source).
as_json(Term, Position, _, _, ["string", From, Term]) :- string(Term), !, from(Position, From).
as_json([], Position, _, _, ["list", From, []]) :- !, from(Position, From).
as_json(Term, Position, _, _, ["atom", From, Name]) :- atom(Term), !, from(Position, From), atom_string(Term, Name).
as_json(Term, list_position(From, _, Positions, none), Text, Names, ["list", From, Items]) :- !,
    items_as_json(Term, Positions, Text, Names, Items).
as_json([Head|Tail], list_position(From, To, [Position|Positions], Rest), Text, Names,
        ["compound", From, "[|]", [HeadJson, TailJson]]) :- !,
    as_json(Head, Position, Text, Names, HeadJson),
    ( Positions == [] -> TailPosition = Rest ; TailPosition = list_position(From, To, Positions, Rest) ),
    as_json(Tail, TailPosition, Text, Names, TailJson).
as_json({Inner}, brace_term_position(From, _, Position), Text, Names, ["compound", From, "{}", [Json]]) :- !,
    as_json(Inner, Position, Text, Names, Json).
as_json(Term, term_position(From, _, _, _, Positions), Text, Names, ["compound", From, Name, Items]) :- compound(Term), !,
    compound_name_arguments(Term, Functor, Arguments),
    format(string(Name), "~w", [Functor]),
    items_as_json(Arguments, Positions, Text, Names, Items).
as_json(Term, Position, _, _, ["other", From, Written]) :-
    from(Position, From),
    format(string(Written), "~W", [Term, [quoted(true), max_depth(5)]]).

items_as_json([], [], _, _, []).
items_as_json([Term|Terms], [Position|Positions], Text, Names, [Json|Jsons]) :-
    as_json(Term, Position, Text, Names, Json),
    items_as_json(Terms, Positions, Text, Names, Jsons).

short_number(Term) :- integer(Term), abs(Term) < 10 ** 60.
short_number(Term) :- float(Term), Term =:= Term, abs(Term) =\= inf.

from(Position, From) :- arg(1, Position, From).
