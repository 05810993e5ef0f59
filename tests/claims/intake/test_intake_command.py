"""`yicha import` shows a bar, then counts."""

import typer
from typer.testing import CliRunner

from cli.import_ import import_files


def test_the_command_prints_counts_and_where_the_rejects_are(source, monkeypatch):
    monkeypatch.setenv("YICHA_DATABASE_URL", source.store.owner_url)
    monkeypatch.setenv("YICHA_DATA", str(source.folder / "data"))
    monkeypatch.setenv("YICHA_KEY_FILE", str(source.settings.key_file))
    app = typer.Typer()
    app.command()(import_files)
    path = source.settlements({}, {"setl_id": "S2", "medfee_sumamt": "x"})
    result = CliRunner().invoke(app, ["--mapping", "national", "--rejects", str(source.folder / "r.csv"), str(path)])
    assert result.exit_code == 3, result.output
    row = next(line for line in result.output.splitlines() if "SETL_D.csv" in line and "settlements" in line)
    assert [cell.strip() for cell in row.strip("│|").split("│")][-4:] == ["2", "1", "0", "1"]
    assert "What could not be taken is described in" in result.stdout
    assert "1 of 2 rows were rejected, the first for SETL_D.csv line 3, medfee_sumamt" in result.stderr
    assert (source.folder / "r.csv").exists()


def test_its_help_has_examples():
    app = typer.Typer()
    app.command()(import_files)
    assert "yicha import --mapping national" in CliRunner().invoke(app, ["--help"]).output
