"""Prolog work: predicates that run on batches, merge results and hear of events, in processes of SWI-Prolog."""
