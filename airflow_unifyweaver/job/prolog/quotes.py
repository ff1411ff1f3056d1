"""Where a quote or a comment that is not closed began, which Prolog itself tells only by where the program ends."""

import re

_TOKEN = re.compile(
    r"""
    %[^\n]*                                # a comment to the end of the line
    | (?P<comment>/\*(?:.*?\*/|.*\Z))      # a block comment, perhaps not closed
    | 0'(?:\\.|''|.)                       # the code of a character
    | [A-Za-z0-9_]'                        # 16'FF
    | (?P<quoted>(?P<quote>["'`])(?:\\.|(?P=quote){2}|(?!(?P=quote))[^\\])*(?:(?P=quote)|\Z))
    """,
    re.DOTALL | re.VERBOSE,
)
_SENTENCE_END = re.compile(r"\.\s*\n")


def unclosed_quote(text: str, begin: int, end: int) -> int | None:
    """Return where a quote began that lacks its other one, or None.

    Once one is missing, quotes are paired the wrong way about for the rest of the program. So the first pair with the
    end of a sentence in it is to blame, or else the quote that the program ends in.

    :param begin: where the sentence with the error begins.
    :param end: where quotes to blame begin at the latest.
    """
    found = [token for token in _TOKEN.finditer(text, begin) if token["quoted"] and token.start() <= end]
    suspects = [token for token in found if _SENTENCE_END.search(token[0])]
    suspects += [token for token in found[-1:] if not _is_closed(token)]
    return suspects[0].start() if suspects else None


def unclosed_comment(text: str, begin: int) -> int | None:
    """Return where a block comment began that does not end, or None."""
    comments = (found for found in _TOKEN.finditer(text, begin) if found["comment"])
    return next((found.start() for found in comments if not found[0].endswith("*/")), None)


def _is_closed(found: re.Match[str]) -> bool:
    return len(found[0]) > 1 and found[0].endswith(found["quote"])
