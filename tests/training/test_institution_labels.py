"""A bad labels file is one clear sentence."""

from __future__ import annotations

import pytest

from claims.errors import BadFile, NotEnoughData
from training.institution_labels import read_labels

GOOD = "Provider,PotentialFraud\nMADEUP-2,No\nMADEUP-1,Yes\n"


def test_labels_are_read_by_id(tmp_path):
    path = tmp_path / "labels.csv"
    path.write_text(GOOD, encoding="utf-8")
    labels = read_labels(path)
    assert labels.ids.tolist() == ["MADEUP-1", "MADEUP-2"]
    assert labels.is_violating.tolist() == [True, False]


def test_columns_are_named_by_option(tmp_path):
    path = tmp_path / "labels.csv"
    path.write_text("unit,bad\nMADEUP-1,true\nMADEUP-2,0\n", encoding="utf-8")
    assert read_labels(path, "unit", "bad").is_violating.tolist() == [True, False]


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("", BadFile, "holds no row"),
        ("Provider,PotentialFraud\n", BadFile, "holds no row"),
        ("Provider,Fraud\nMADEUP-1,Yes\n", BadFile, "has no column 'PotentialFraud'"),
        (GOOD + "MADEUP-3,Maybe\n", BadFile, "line 4 has a value in column 'PotentialFraud'"),
        (GOOD + "MADEUP-3\n", BadFile, "line 4 has a value in column 'PotentialFraud'"),
        (GOOD + "MADEUP-1,Yes\n", BadFile, "line 4 names an institution that an earlier line has"),
        (GOOD + ",Yes\n", BadFile, "line 4 has no id"),
        ("Provider,PotentialFraud\nMADEUP-1,Yes\n", NotEnoughData, "all its 1 institutions alike"),
    ],
)
def test_a_bad_file_is_one_sentence_without_the_value(tmp_path, text, error, words):
    path = tmp_path / "labels.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(error, match=words) as caught:
        read_labels(path)
    assert "Maybe" not in str(caught.value)


def test_a_missing_file_and_another_encoding_are_said(tmp_path):
    with pytest.raises(BadFile, match="cannot be read"):
        read_labels(tmp_path / "none.csv")
    path = tmp_path / "labels.csv"
    path.write_bytes("Provider,PotentialFraud\n机构,Yes\n".encode("gb18030"))
    with pytest.raises(BadFile, match="UnicodeDecodeError"):
        read_labels(path)
