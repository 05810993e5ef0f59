"""What a study of transactions found, on the screen."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from training.train_transaction import TrainedTransactions

console = Console()


def show_transactions(trained: TrainedTransactions) -> None:
    """Print figures of the test, what validation chose, and what each family of columns adds there."""
    sizes, prevalence = trained.sizes, trained.prevalence
    table = Table(title=f"Test: the newest {sizes['test']:,} of {sum(sizes.values()):,} labelled transactions")
    for heading in ("ranking", "AP ± deviation", "AUC ± deviation"):
        table.add_column(heading, justify="left" if heading == "ranking" else "right")
    for name, estimates in trained.rankings.items():
        table.add_row(name, *(f"{estimate.value:.4f} ± {estimate.deviation:.4f}" for estimate in estimates))
    console.print(table)
    shares = ", ".join(f"{name} {share:.1%} of {sizes[name]:,}" for name, share in prevalence.items())
    console.print(f"Violating: {shares}. Average precision grows with the share: compare it on equal shares only.")
    choice = trained.choice
    chosen = ", ".join(f"{name} {value}" for name, value in choice.parameters.items())
    console.print(f"Chosen on the validation part of {len(choice.tried)} tried: {chosen}, {choice.rounds} rounds.")
    ablation = Table(title="Validation part, same parameters")
    for heading in ("columns", "AP", "AUC"):
        ablation.add_column(heading, justify="left" if heading == "columns" else "right")
    for name, figures in trained.ablation.items():
        ablation.add_row(name, f"{figures.precision:.4f}", f"{figures.area:.4f}")
    console.print(ablation)
    console.print(f"Run {trained.run_id}. A study: no version is registered, and nothing of it is served.")
