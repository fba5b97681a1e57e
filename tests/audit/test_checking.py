import asyncio

from server.audit import checking, verify


async def in_its_own_thread(url: str, checkpoint=None, key=None) -> tuple[int, list[str]]:
    """Run the command as the shell does, outside any running loop."""
    return await asyncio.to_thread(checking.verify_database, url, checkpoint, key)


async def test_the_command_checks_a_store_with_checkpoint_and_key_from_outside(
    database_url, record, viewed, sequencer, tmp_path
):
    await record(viewed, viewed)
    await sequencer.sequence_once()
    await record(viewed)
    log = tmp_path / "log"

    code, lines = await in_its_own_thread(database_url, log / "checkpoint", log / "public_key")

    assert code == verify.WHOLE
    assert lines[0].startswith("2 entries checked, root ")
    assert lines[1:] == ["signature of the last checkpoint: good", "1 waiting to be put in order"]


async def test_the_command_finds_a_store_shorter_than_the_checkpoint_it_is_given(
    database_url, record, viewed, sequencer, tmp_path
):
    await record(viewed)
    await sequencer.sequence_once()
    signer = sequencer._signer
    longer = tmp_path / "held outside"
    longer.write_text(signer.sign(7, b"r" * 32))

    code, lines = await in_its_own_thread(database_url, longer)

    assert code == verify.BAD
    assert lines[1] == "first bad entry: 1"


async def test_the_command_says_so_when_a_file_given_is_none_of_the_kind(
    database_url, record, viewed, tmp_path
):
    (tmp_path / "file").write_text("nothing")
    for files in ((tmp_path / "file", None), (None, tmp_path / "file"), (tmp_path / "gone", None)):
        code, lines = await in_its_own_thread(database_url, *files)
        assert code == verify.BAD
        assert lines[0].startswith("NOT CHECKED")
