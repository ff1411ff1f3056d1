% The Prolog side of Prolog work: one process a slot, which answers requests until the slot closes the pipe to it.
%
% A request is a line on one pipe, a Prolog list that is JSON as well; its answer is a line of JSON on the other one.
% Records, results and terms to be reduced are in two memory files, which are opened anew for each request.

:- module(unifyweaver, []).
:- set_module(base(system)).
:- use_module(library(lists)).
:- use_module(library(apply)).
:- use_module(library(pairs)).
:- use_foreign_library(foreign(json)).

:- dynamic
    source/1,           % module:name/arity whose facts the records are
    problem/1,          % what is wrong with the program that is being loaded
    setting/2,
    piece/3,            % how a piece of text is read, the offset of its first byte, and its size
    memory/2.           % input or output, and the path of its memory file
:- create_prolog_flag(unifyweaver_worker, true, [access(read_only)]).

% The directives that describe a job are declarations to this process; programs may define predicates of these names.
% They are in a module of their own, so that nothing else in here is seen by programs.

:- initialization(( set_module(unifyweaver_directives:base(system)),
                    add_import_module(user, unifyweaver_directives, start) ), now).

unifyweaver_directives:parallel(_).
unifyweaver_directives:parallel(_, _).
unifyweaver_directives:set_parallel_backend(_).
unifyweaver_directives:on_event(_, _).
unifyweaver_directives:job_name(_).
unifyweaver_directives:dynamic_source(Indicator, _) :- declare_source(Indicator).
unifyweaver_directives:dynamic_source(Indicator, _, _) :- declare_source(Indicator).
unifyweaver_directives:source(_, Name, _) :-
    prolog_load_context(module, Module),
    assertz(source(Module:Name)).

% These take any number of options.
:- forall(( member(Name, [batch_config, parallel_config, aggregation, retry_policy, failure_policy, work, output, dag]),
            between(1, 32, Arity) ),
          ( functor(Goal, Name, Arity), assertz(unifyweaver_directives:Goal) )).

declare_source(Name/Arity) :-
    prolog_load_context(module, Module),
    dynamic(Module:Name/Arity),
    assertz(source(Module:(Name/Arity))).

% Requests

serve(Requests, Answers, Input, Output) :-
    on_signal(int, _, default),
    descriptor_path(Requests, RequestsPath),
    descriptor_path(Answers, AnswersPath),
    open(RequestsPath, read, In, [encoding(utf8), newline(posix)]),
    open(AnswersPath, write, Out, [encoding(utf8), newline(posix)]),
    forall(member(Which-Descriptor, [input-Input, output-Output]),
           (descriptor_path(Descriptor, Path), assertz(memory(Which, Path)))),
    serve_all(In, Out),
    halt.

descriptor_path(Descriptor, Path) :-
    format(atom(Path), '/proc/self/fd/~w', [Descriptor]).

serve_all(In, Out) :-
    repeat,
    read_value(In, Request),
    (   Request == end_of_file
    ->  !
    ;   answer(Request, Out),
        fail
    ).

answer([Name|Arguments], Out) :-
    atom_string(Functor, Name),
    append(Arguments, [Answer], All),
    Goal =.. [Functor|All],
    catch(call_request(Goal), Error, true),
    trim_stacks,
    (   var(Error)
    ->  write_answer(Out, Answer)
    ;   error_text(Error, Text),
        write_answer(Out, error{error: Text})
    ),
    flush_output(Out).

write_answer(Out, Answer) :-
    write_json(Out, Answer),
    nl(Out).

call_request(Goal) :-
    (   call(Goal)
    ->  true
    ;   throw(unifyweaver("the request failed"))
    ).

error_text(unifyweaver(Text), Text) :- !.
error_text(unifyweaver(Format, Arguments), Text) :- !,
    format(string(Text), Format, Arguments).
error_text(unifyweaver_at(Place, Error), Text) :- !,
    error_text(Error, Reason),
    string_concat(Place, Reason, Text).
error_text(time_limit_exceeded, Text) :-
    setting(time_limit, Seconds),
    number(Seconds),
    !,
    format(string(Text), 'a call took longer than ~w s (work.prolog.time_limit)', [Seconds]).
error_text(error(Formal, Context), Text) :- !,
    catch(message_text(error(Formal, Context), Text), _, format(string(Text), '~q', [Formal])).
error_text(Ball, Text) :-
    format(string(Text), 'it threw ~q', [Ball]).

message_text(Message, Text) :-
    '$messages':translate_message(Message, Lines, []),
    lines_text(Lines, Text).

atomics_to_string(Parts, Separator, Text) :-
    atomic_list_concat(Parts, Separator, Atom),
    atom_string(Atom, Text).

% Loading

load(File, null) :-
    retractall(problem(_)),
    setup_call_cleanup(
        asserta((user:message_hook(Message, Kind, Lines) :- unifyweaver:note(Message, Kind, Lines)), Hook),
        catch(load_files(user:File, [silent(true), encoding(utf8)]), Error, note_error(Error)),
        erase(Hook)),
    findall(Problem, problem(Problem), Problems),
    (   Problems == []
    ->  true
    ;   atomics_to_string(Problems, "\n", Text),
        throw(unifyweaver(Text))
    ).

:- multifile user:message_hook/3.
:- dynamic user:message_hook/3.

note(_, error, Lines) :-
    place(Place),
    lines_text(Lines, Text),
    (   sub_string(Text, 0, _, _, Place)    % a syntax error says itself where it is
    ->  Problem = Text
    ;   atomics_to_string([Place, Text], " ", Problem)
    ),
    assertz(problem(Problem)),
    fail.
note(goal_failed(_, _), warning, Lines) :-
    place(Place),
    \+ ( problem(Problem), sub_string(Problem, 0, _, _, Place) ),
    note(failed, error, Lines).

place(Place) :-
    source_location(File, Line),
    !,
    format(string(Place), '~w:~w:', [File, Line]).
place("").

lines_text(Lines, Text) :-
    with_output_to(string(Written), print_message_lines(current_output, '', Lines)),
    split_string(Written, "\n", " \t", Parts),
    exclude(==(""), Parts, Whole),
    atomics_to_string(Whole, " ", Text).

note_error(Error) :-
    error_text(Error, Text),
    assertz(problem(Text)).
