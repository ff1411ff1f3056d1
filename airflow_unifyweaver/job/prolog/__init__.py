"""The front end for jobs in Prolog: SWI-Prolog reads a program's terms, and its directives become fields."""
