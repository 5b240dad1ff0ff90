"""Badge images: fetched by us, so that no page makes a browser call on a platform; letters where there is none."""

from hashlib import sha256
from urllib.parse import urlsplit

from fastapi import APIRouter, Response
from markupsafe import escape

from connector.connections.pictures import Busy, Picture, picture
from connector.web.gate import Visiting
from connector.web.reach import one_of_theirs

router = APIRouter()
HARMLESS = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
A_DAY, TEN_MINUTES, A_MOMENT = 86_400, 600, 5
_SHAPES = (
    '<circle cx="16" cy="16" r="14.5"/>',
    '<path d="M16 1 29 8.5v15L16 31 3 23.5v-15Z"/>',
    '<rect x="2.5" y="2.5" width="27" height="27" rx="4"/>',
)


@router.get("/images/{record_id}")
def image(visit: Visiting, record_id: str) -> Response:
    """The image of a record's badge."""
    with visit.reading() as connection:
        found = one_of_theirs(visit, connection, record_id)
    url = found.content.properties.get("image")
    tile = Picture(letters(found.row.name, found.row.id).encode(), "image/svg+xml")
    try:
        got = picture(url, visit.this.settings.private_hosts) if url and _has_host(url) else None
    except Busy:
        return _answer(tile, A_MOMENT)
    return _answer(got, A_DAY) if got else _answer(tile, TEN_MINUTES)


def letters(name: str, key: str) -> str:
    """A tile with the first letters of a name, in a shape that stays the same for the same record."""
    words = [word for word in name.split() if word[0].isalnum()]
    shown = "".join(word[0] for word in words[:2]).upper() or "?"
    shape = _SHAPES[sha256(key.encode()).digest()[0] % len(_SHAPES)]
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><style>path,circle,rect{fill:#5d666a}'
        "text{font:700 11px sans-serif;fill:#fff;text-anchor:middle}</style>"
        f'{shape}<text x="16" y="20">{escape(shown)}</text></svg>'
    )


def _has_host(url: str) -> bool:
    try:
        return bool(urlsplit(url).hostname)
    except ValueError:
        return False


def _answer(shown: Picture, seconds: int) -> Response:
    headers = {"Content-Security-Policy": HARMLESS, "Cache-Control": f"private, max-age={seconds}"}
    return Response(shown.body, media_type=shown.kind, headers=headers)
