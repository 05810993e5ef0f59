"""A file, mapping, key or database that cannot be used is refused with one sentence, and nothing is kept."""

import pytest

from claims.errors import BadFile, BadMapping, BadSetting, KeyFileGone, OutOfOrder, StoreDown, YichaError
from claims.intake.read_mapping import read_mapping, shipped_mappings
from claims.store.connect import Store


def refusal(source, *paths, kind=BadFile, **options) -> str:
    with pytest.raises(kind) as caught:
        source.bring_in(*paths, **options)
    assert source.rows("SELECT count(*) FROM claims") == [(0,)]
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_missing_file_is_named(source):
    assert "There is no file" in refusal(source, source.folder / "SETL_D.csv")


def test_a_missing_column_is_named_with_what_is_there(source, usual):
    row = usual["settlement"]()
    del row["psn_no"], row["setl_time"]
    message = refusal(source, source.write("SETL_D.csv", row))
    assert "has no column psn_no, setl_time" in message
    assert "setl_id" in message


def test_an_alias_will_do(source, usual):
    row = usual["settlement"]()
    row["psn_cash_pay"] = row.pop("cash_payamt")
    assert source.bring_in(source.write("SETL_D.csv", row)).files[0].taken == 1


def test_extra_columns_are_allowed_and_said_once(source):
    result = source.bring_in(source.settlements({"favourite_colour": "blue"}))
    assert [note for note in result.notes if "favourite_colour" in note] == list(result.notes)


def test_a_column_name_that_stands_twice_is_refused(source):
    path = source.settlements({})
    path.write_bytes(path.read_bytes().replace(b"'psn_name'", b"'psn_no'", 1))
    assert "'psn_no' twice" in refusal(source, path)


def test_an_empty_file_is_refused_and_a_header_alone_is_told(source, usual):
    empty = source.folder / "SETL_D_empty.csv"
    empty.write_bytes(b"")
    assert "is empty" in refusal(source, empty)
    result = source.bring_in(source.write("SETL_D.csv", header=list(usual["settlement"]())))
    assert result.files[0].read == 0
    assert "SETL_D.csv has a header and no rows." in result.notes


def test_a_file_in_another_encoding_is_refused_with_the_line(source):
    path = source.settlements({})
    path.write_bytes(path.read_bytes().decode("utf-8").encode("gb18030"))
    assert "SETL_D.csv, line 2, is not UTF-8" in refusal(source, path)


def test_a_mapping_may_say_another_encoding(source):
    text = (read_text("national")).replace("format:\n", "format:\n  encoding: gb18030\n", 1)
    (source.folder / "ours.yaml").write_text(text, encoding="utf-8")
    path = source.settlements({})
    path.write_bytes(path.read_bytes().decode("utf-8").encode("gb18030"))
    assert source.bring_in(path, mapping=str(source.folder / "ours.yaml")).files[0].taken == 1


def test_a_broken_gzip_file_is_refused(source):
    path = source.folder / "SETL_D.csv.gz"
    path.write_bytes(b"this is not gzip")
    assert "SETL_D.csv.gz cannot be read" in refusal(source, path)


def test_a_file_that_fits_no_part_is_refused_with_the_patterns(source):
    path = source.write("holidays.csv", {"day": "1"})
    assert "SETL_D*" in refusal(source, path)


def test_an_unknown_mapping_lists_the_known_ones(source):
    assert "hpfd, national" in refusal(source, kind=BadMapping, mapping="nationale")
    assert shipped_mappings() == ["hpfd", "national", "s_ffsd"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("parts: [", "is not YAML at line"),
        ("parts: {}", "no part is described"),
        ("colour: red\nparts: {}", "unknown key 'colour'"),
        ("parts: {a: {files: A*, tables: {claimz: {columns: {}}}}}", "no such table"),
        ("parts: {a: {files: A*, tables: {stock: {columns: {item: x}}}}}", "has no column 'item'"),
        ("parts: {a: {files: A*, tables: {stock: {columns: {item_code: x}}}}}", "nothing fills institution_id"),
        (
            "parts: {a: {files: A*, tables: {stock: {columns: {item_code: {from: x, as: magic}}}}}}",
            "unknown parser 'magic'",
        ),
        ("parts: {a: {files: A*, tables: {stock: {columns: {item_code: {as: text}}}}}}", "a value needs a source"),
        ("- just\n- a list", "found list"),
    ],
)
def test_a_malformed_mapping_says_where(source, text, message):
    path = source.folder / "ours.yaml"
    path.write_text(text, encoding="utf-8")
    assert message in refusal(source, kind=BadMapping, mapping=str(path))


def read_text(name: str) -> str:
    from claims.intake.read_mapping import FOLDER

    return (FOLDER / f"{name}.yaml").read_text(encoding="utf-8")


def test_every_shipped_mapping_can_be_read():
    assert all(read_mapping(name).parts for name in shipped_mappings())


def test_a_lost_key_is_an_error_and_never_a_new_key(source):
    source.bring_in(source.settlements({}))
    key_file = source.settings.key_file
    assert key_file.stat().st_mode & 0o777 == 0o600
    key = key_file.read_text()
    key_file.unlink()
    with pytest.raises(KeyFileGone, match="is gone"):
        source.bring_in(source.settlements({"setl_id": "S2"}))
    assert not key_file.exists()
    key_file.write_text("ab" * 32)
    with pytest.raises(KeyFileGone, match="Expected the same key"):
        source.bring_in(source.settlements({"setl_id": "S2"}))
    key_file.write_text("not a key")
    with pytest.raises(BadSetting, match="64 hexadecimal"):
        source.bring_in(source.settlements({"setl_id": "S2"}))
    key_file.write_text(key)
    assert source.bring_in(source.settlements({"setl_id": "S2"})).files[0].taken == 1


def test_a_database_that_is_down_is_one_sentence_without_the_password(source):
    source.store = Store("host=127.0.0.1 port=1 dbname=yicha user=someone password=made-up-secret", "")
    with pytest.raises(StoreDown) as caught:
        source.bring_in(source.settlements({}))
    assert "127.0.0.1:1/yicha as someone" in str(caught.value)
    assert "made-up-secret" not in str(caught.value)


def test_an_import_that_fails_half_way_leaves_nothing_and_can_be_run_again(source):
    files = [source.settlements({}), source.lines({})]

    def fail(name: str, count: int) -> None:
        if name == "merging":
            raise YichaError("stopped by the test")

    with pytest.raises(YichaError):
        source.bring_in(*files, progress=fail)
    assert source.rows("SELECT count(*) FROM claims") == [(0,)]
    assert [file.taken for file in source.bring_in(*files).files] == [1, 1]


def test_the_errors_of_intake_are_one_family():
    assert all(issubclass(kind, YichaError) for kind in (BadFile, BadMapping, KeyFileGone, OutOfOrder, StoreDown))
