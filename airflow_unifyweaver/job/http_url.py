"""URLs: which can be asked over HTTP, and which hold a secret, as a job is written down in places."""

from urllib.parse import parse_qsl, urlsplit

_SECRET_PARAMETERS = frozenset(
    (
        *("access_token", "api_key", "apikey", "auth_token", "client_secret", "password", "secret", "token"),
        *("sig", "signature", "x_amz_security_token", "x_amz_signature", "x_goog_signature"),
    )
)


def is_http(url: str) -> bool:
    """Tell whether a text is a whole http:// or https:// URL."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    fits = parts.scheme in ("http", "https") and parts.hostname and port != 0
    return bool(fits) and url.isprintable() and " " not in url


def has_user(url: str) -> bool:
    """Tell whether a URL names a user, and with it perhaps a password."""
    return "@" in urlsplit(url).netloc


def secret_parameter(url: str) -> str | None:
    """Return the first parameter of a URL by whose name its value is a secret, or None."""
    names = [name for name, _ in parse_qsl(urlsplit(url).query, keep_blank_values=True)]
    return next((name for name in names if name.lower().replace("-", "_") in _SECRET_PARAMETERS), None)


def check_http(url: str, *, template: bool = False) -> str:
    """Check that a URL of a source can be asked, and holds no secret; what is wrong is said without showing one.

    :param template: something else may yet be made of it, so that only secrets are looked for.
    :raises ValueError: when it cannot, or does.
    """
    if not (template or is_http(url)):
        raise ValueError("wanted http:// or https:// URLs, whole and percent-encoded")
    if has_user(url):
        raise ValueError("no user and password in a URL; name a variable in headers_from_env")
    parameter = secret_parameter(url)
    if parameter:
        raise ValueError(f"no secret such as {parameter} in a URL; name a variable in headers_from_env")
    return url
