% Events

handle(NameText, Event, Printed) :-
    atom_string(Name, NameText),
    event_term(Event, Term),
    Goal =.. [Name, Term],
    with_output_to(string(Printed),
        (   user:Goal
        ->  true
        ;   throw(unifyweaver('~q has no solution for ~p', [Name/1, Term]))
        )).

event_term(Event, Term) :-
    atom_string(Type, Event.event_type),
    atom_string(Batch, Event.batch_id),
    atom_string(Source, Event.source),
    atom_string(Time, Event.timestamp),
    payload(Event.payload, Payload),
    (   event_term(Type, Batch, Source, Time, Event.payload, Payload, Term)
    ->  true
    ;   Term = event(Type, Time, Source, Batch, Payload)
    ).

payload(Dict, Terms) :-
    dict_pairs(Dict, _, Pairs),
    findall(Term, (member(Key-Value, Pairs), Term =.. [Key, Value]), Terms).

event_term(batch_ready, Batch, _, _, _, Payload, batch_ready(Batch, null, Payload)).
event_term(batch_claimed, Batch, Source, Time, _, _, batch_claimed(Batch, Source, Time)).
event_term(batch_started, Batch, Source, Time, _, _, batch_started(Batch, Source, Time)).
event_term(batch_complete, Batch, Source, _, Event, Payload, batch_complete(Batch, Source, Results, Payload)) :-
    Results = Event.get(results_count).
event_term(batch_failed, Batch, Source, _, Event, _, batch_failed(Batch, Source, Error, Count)) :-
    Error = Event.get(error),
    Count = Event.get(retry_count).
event_term(batches_complete, _, _, _, Event, _, batches_complete(Total, Complete, Failed, Results)) :-
    Total = Event.get(batches),
    Complete = Event.get(completed),
    Failed = Event.get(failed),
    Results = Event.get(results_count).
