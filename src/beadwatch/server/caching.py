"""How long an answer may be kept, and whether the asker has it already. Knows headers only."""

from fastapi import Request

ASK_AGAIN = "no-cache"  # may be kept, but not used without asking
# A cache that several share would hand out what the station asks a token for.
FOR_EVER = "private, max-age=31536000, immutable"


def quoted(digest: str) -> str:
    """Return the entity tag that stands for a digest."""
    return f'"{digest}"'


def knows(request: Request, tag: str) -> bool:
    """Return whether `If-None-Match` names this entity tag; weak ones count, since proxies that pack make them."""
    named = ",".join(request.headers.getlist("if-none-match")).split(",")
    return not {tag, "*"}.isdisjoint(one.strip().removeprefix("W/") for one in named)
