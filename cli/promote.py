"""`yicha promote`: makes a trained model the one that serves."""

import getpass
from typing import Annotated

import typer
from rich.console import Console

from claims.errors import BadSetting
from claims.settings import read_settings
from claims.store.connect import open_store
from cli.train import Subject
from training.institution_names import meant_by
from training.promotion import LATEST, promote_run


def promote(
    why: Annotated[str, typer.Option(help="The reason in words; it goes into the ledger.")],
    run: Annotated[
        str, typer.Option(help="A run id, or latest: the standing challenger, else the newest run of this store.")
    ] = LATEST,
    subject: Annotated[Subject, typer.Option(help="What the model judges.")] = Subject.CLAIM,
    by: Annotated[str | None, typer.Option(help="Who decided; the login name if left out.")] = None,
    despite_refusal: Annotated[
        bool, typer.Option("--despite-refusal", help="Promote a run that a retraining refused.")
    ] = False,
) -> None:
    """Promote the model of a run to champion: the service follows within a second, without dropping a request.

    Institutions have two models with a champion each, one that verdicts and one that a file of labels taught; with
    --subject institution the run tells which one it is.

    What was proposed under four eyes is promoted by another supervisor than the one who proposed it.

    Examples:
        yicha promote --why "first model of the area"

        yicha promote --run 0123abcd --subject institution --why "after review of the card"

        yicha promote --by S002 --why "looked at the difference report"
    """
    if not why.strip():
        raise BadSetting("--why is empty. Expected the reason for the promotion in words, for the ledger. Give one.")
    settings = read_settings()
    with open_store(settings).as_owner() as connection:
        of = meant_by(connection, settings, subject.value, run)
        promotion = promote_run(connection, settings, run, of, why, by or getpass.getuser(), despite_refusal)
    Console(soft_wrap=True).print(
        f"Version {promotion.version} for subject {promotion.subject} serves now: bundle "
        f"{promotion.bundle_fingerprint[:12]} of run {promotion.run_id}."
    )
