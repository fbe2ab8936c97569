"""Cover images: what is taken, how it is served, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from .images import png
from .live import eventually
from .server import Shop

PNG = png()
JPEG = b"\xff\xd8\xff\xe0" + bytes(200)
WEBP = b"RIFF\x10\x00\x00\x00WEBPVP8 " + bytes(8)
LIMIT = 2 * 1024 * 1024


def put(staff: httpx.Client, slug: str, image: bytes, kind: str = "image/png") -> httpx.Response:
    return staff.put(f"/books/{slug}/cover", files={"image": ("front", image, kind)})


def files(shop: Shop) -> set[Path]:
    return set((shop.log.parent / "bookshop-covers").glob("*"))


@pytest.mark.parametrize(
    ("image", "kind"), [(PNG, "image/png"), (JPEG, "image/jpeg"), (WEBP, "image/webp")]
)
def test_a_cover_is_served_as_it_came_with_the_type_of_its_bytes(
    client: httpx.Client, staff: httpx.Client, image: bytes, kind: str
) -> None:
    assert put(staff, "cranford", image, "application/octet-stream").status_code == 204
    answer = client.get("/books/cranford/cover")
    assert (answer.status_code, answer.content) == (200, image)
    assert answer.headers["content-type"] == kind
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_range_of_a_cover_is_served_if_the_cover_is_still_the_same(
    client: httpx.Client, staff: httpx.Client
) -> None:
    put(staff, "silas-marner", PNG)
    tag = client.get("/books/silas-marner/cover").headers["etag"]
    part = {"Range": "bytes=1-3"}

    for headers in (part, part | {"If-Range": tag}):
        answer = client.get("/books/silas-marner/cover", headers=headers)
        assert (answer.status_code, answer.content) == (206, b"PNG")
        assert answer.headers["content-range"] == f"bytes 1-3/{len(PNG)}"
    other = client.get("/books/silas-marner/cover", headers=part | {"If-Range": '"other"'})
    assert (other.status_code, other.content) == (200, PNG)
    beyond = client.get("/books/silas-marner/cover", headers={"Range": "bytes=9999-"})
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{len(PNG)}")


def test_a_new_cover_has_a_new_tag_and_the_old_file_goes(
    shop: Shop, client: httpx.Client, staff: httpx.Client
) -> None:
    put(staff, "middlemarch", PNG)
    tag = client.get("/books/middlemarch/cover").headers["etag"]
    same = client.get("/books/middlemarch/cover", headers={"If-None-Match": f'"x", {tag}'})
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag)
    before = files(shop)

    assert put(staff, "middlemarch", JPEG).status_code == 204

    changed = client.get("/books/middlemarch/cover", headers={"If-None-Match": tag})
    assert (changed.status_code, changed.content) == (200, JPEG)
    [gone] = eventually(lambda: before - files(shop))
    [came] = files(shop) - before
    assert (gone.suffix, came.suffix) == (".png", ".jpeg")


@pytest.mark.parametrize("image", [b"", b"<svg onload='alert(1)'/>", b"GIF89a", b"RIFF1234WAVE"])
def test_what_is_no_image_is_refused_whatever_it_calls_itself(
    client: httpx.Client, staff: httpx.Client, image: bytes
) -> None:
    answer = put(staff, "adam-bede", image)
    assert (answer.status_code, answer.json()["code"]) == (415, "not_an_image")
    assert client.get("/books/adam-bede/cover").json() == {
        "detail": "'adam-bede' has no cover.",
        "code": "not_found",
        "info": {"book": "adam-bede"},
    }


def test_the_limit_is_the_last_size_that_is_taken(
    shop: Shop, client: httpx.Client, staff: httpx.Client
) -> None:
    largest = PNG.ljust(LIMIT, b"\0")
    assert put(staff, "no-such-book", PNG).status_code == 404
    assert put(staff, "lord-jim", largest).status_code == 204
    before = files(shop)
    answer = put(staff, "lord-jim", largest + b"\0")
    assert answer.status_code == 413
    assert answer.json()["info"] == {"size": LIMIT + 1, "limit": LIMIT}
    assert put(staff, "lord-jim", largest * 3).status_code == 413
    assert client.get("/books/lord-jim/cover").content == largest
    assert files(shop) == before


def test_a_form_without_an_image_is_a_422(staff: httpx.Client) -> None:
    for answer in (
        staff.put("/books/emma/cover", data={"image": "text"}),
        staff.put("/books/emma/cover", files={"picture": PNG}),
    ):
        assert answer.status_code == 422
        assert answer.json()["detail"][0]["loc"] == ["body", "image"]


@pytest.mark.parametrize("path", ["/books/typee/cover", "/books/typee"])
def test_a_deleted_cover_or_book_leaves_no_file(
    shop: Shop, client: httpx.Client, staff: httpx.Client, path: str
) -> None:
    assert put(staff, "typee", PNG).status_code == 204
    before = files(shop)
    assert staff.delete(path).status_code == 204
    assert client.get("/books/typee/cover").status_code == 404
    assert staff.delete(path).status_code == 404
    assert len(eventually(lambda: before - files(shop))) == 1


def test_of_uploads_at_once_one_stays(shop: Shop, client: httpx.Client) -> None:
    images = [png(width) for width in range(1, 13)]
    before = files(shop)

    def upload(image: bytes) -> int:
        with shop.staff() as member:
            return put(member, "hard-times", image).status_code

    with ThreadPoolExecutor(12) as pool:
        assert list(pool.map(upload, images)) == [204] * 12

    [left] = eventually(lambda: len(now := files(shop) - before) == 1 and now)
    assert client.get("/books/hard-times/cover").content == left.read_bytes()
    assert left.read_bytes() in images
