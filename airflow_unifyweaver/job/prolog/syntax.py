"""What SWI-Prolog says of a syntax error, in words."""

from airflow_unifyweaver.job.prolog.program import Program, SyntaxProblem
from airflow_unifyweaver.job.prolog.quotes import unclosed_comment, unclosed_quote

_WORDS = {
    "operator_expected": "something is missing before this, such as an operator or a comma",
    "operator_clash": "two operators next to each other do not fit; parentheses help",
    "operator_balance": "operators and what stands between them do not balance",
    "cannot_start_term": "no term begins like this",
    "quoted_punctuation": "no term begins like this",
    "end_of_clause": "the sentence ends too early",
    "end_of_clause_expected": "the sentence ought to end here",
    "end_of_file": "the program ends within a sentence; is the last full stop missing?",
    "illegal_number": "this is no number",
    "undefined_char_escape": "unknown character after a backslash",
    "cannot_have_arguments": "this cannot have arguments",
}


def explain_syntax(program: Program, problem: SyntaxProblem) -> tuple[int, str]:
    """Return the place to look at for a syntax error, and what is wrong there."""
    name = problem.what.partition("(")[0]
    in_quotes, in_comment = name == "end_of_file_in_quoted", name == "end_of_file_in_block_comment"
    quote = unclosed_quote(program.text, problem.begin, len(program.text) if in_quotes else problem.at)
    if quote is not None and not in_comment:
        return quote, f"the quote {program.text[quote]} that begins here is not closed"
    comment = unclosed_comment(program.text, problem.begin)
    if comment is not None and in_comment:
        return comment, "the comment that begins here is not closed"
    if name == "error":
        return problem.at, f"SWI-Prolog cannot read on: {problem.what}"
    return problem.at, f"syntax error: {_WORDS.get(name) or problem.what.replace('_', ' ')}"
