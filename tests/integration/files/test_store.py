"""The file store against a real folder and a real HTTP server that speaks the S3 calls it uses."""

import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from shared.errors import NotFound, Unavailable
from shared.files.store import FileDamaged, FileStore, StoredFile, key_of
from shared.ids import new_id


class Bucket:
    """The objects of one bucket, by path; every request has to be signed."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.is_down = False

    async def handle(self, request: web.Request) -> web.Response:
        if self.is_down:
            return web.Response(status=403)
        if not request.headers.get("Authorization", "").startswith("AWS4-HMAC-SHA256 "):
            return web.Response(status=401)
        path = request.path
        if request.method == "PUT":
            self.objects[path] = await request.read()
            return web.Response(headers={"ETag": '"1"'})
        if path not in self.objects:
            return web.Response(status=404, text="<Error><Code>NoSuchKey</Code></Error>")
        if request.method == "DELETE":
            del self.objects[path]
            return web.Response(status=204)
        headers = {"ETag": '"1"', "Last-Modified": "Mon, 02 Nov 2026 08:30:00 GMT"}
        return web.Response(body=self.objects[path], headers=headers)


@pytest.fixture
async def bucket(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bucket]:
    bucket = Bucket()
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", bucket.handle)
    server = TestServer(application)
    await server.start_server()
    monkeypatch.setenv("AWS_ENDPOINT_URL", str(server.make_url("/")).rstrip("/"))
    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "tester")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not a secret")
    monkeypatch.setenv("AWS_REGION", "test-1")
    yield bucket
    await server.close()


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> FileStore:
    if request.param == "folder":
        return FileStore.open((tmp_path / "files of 回音").as_uri())
    request.getfixturevalue("bucket")
    return FileStore.open("s3://complaints/files")


async def test_what_was_put_comes_back_with_its_hash(store: FileStore):
    content = bytes(range(256)) * 4096
    stored = await store.put(key_of(7, "reports", new_id(), "pdf"), content)
    assert stored.size_bytes == len(content)
    assert await store.get(stored) == content
    assert b"".join([chunk async for chunk in store.stream(stored.key)]) == content


async def test_putting_again_replaces_the_file(store: FileStore):
    await store.put("7/reports/a.pdf", b"first")
    stored = await store.put("7/reports/a.pdf", b"second")
    assert await store.get(stored) == b"second"


async def test_a_deleted_file_is_not_found_and_can_be_deleted_again(store: FileStore):
    stored = await store.put("7/reports/a.pdf", b"content")
    await store.delete(stored.key)
    await store.delete(stored.key)
    with pytest.raises(NotFound, match="file_not_found"):
        await store.get(stored)


async def test_changed_bytes_are_noticed(store: FileStore):
    stored = await store.put("7/reports/a.pdf", b"content")
    await store.put("7/reports/a.pdf", b"other content")
    with pytest.raises(FileDamaged, match="file_damaged"):
        await store.get(stored)


async def test_the_check_leaves_nothing_behind(store: FileStore):
    await store.check()


@pytest.mark.parametrize("key", ["../a", "/etc/passwd", "a//b", "a/../b", "a/.b", "", "a/b\n", "a b"])
async def test_a_key_cannot_leave_the_store(tmp_path: Path, key: str):
    store = FileStore.open(str(tmp_path / "files"))
    with pytest.raises(ValueError, match="not a storage key"):
        await store.put(key, b"")
    with pytest.raises(ValueError, match="not a storage key"):
        await store.get(StoredFile(key, 0, b""))
    with pytest.raises(ValueError, match="not a storage key"):
        await store.delete(key)


@pytest.mark.parametrize("url", ["ftp://host/files", "relative/folder", "s3://", "file://host/files", ""])
def test_an_unknown_kind_of_address_is_refused(url: str):
    with pytest.raises(ValueError, match="neither a folder"):
        FileStore.open(url)


def test_nobody_else_reads_the_folder(tmp_path: Path):
    FileStore.open((tmp_path / "files").as_uri())
    assert stat.S_IMODE((tmp_path / "files").stat().st_mode) == 0o700


async def test_a_bucket_that_refuses_is_reported_as_away(bucket: Bucket):
    store = FileStore.open("s3://complaints/files")
    bucket.is_down = True
    with pytest.raises(Unavailable, match="file_store_away"):
        await store.put("7/reports/a.pdf", b"content")


async def test_a_buckets_files_lie_under_its_prefix(bucket: Bucket):
    await FileStore.open("s3://complaints/files").put("7/reports/a.pdf", b"content")
    assert list(bucket.objects) == ["/complaints/files/7/reports/a.pdf"]
