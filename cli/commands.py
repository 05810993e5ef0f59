"""All commands by their words. To add one: a function in a file of its group, and one line here.

The functions are named, not imported: `yicha queue` need not load what only training needs.
"""

COMMANDS: tuple[tuple[str, str, str], ...] = (
    # words, function, what it does in one line
    ("demo", "cli.demo:demo", "Show the whole path on a made-up city."),
    ("city", "cli.city:city", "Make up a city and write its files as a platform would export them."),
    ("import", "cli.import_:import_files", "Bring claims and registers in from files."),
    ("knowledge import", "cli.knowledge:import_workbooks", "Bring published knowledge tables in from workbooks."),
    ("knowledge show", "cli.knowledge:show_item", "Tell what holds about an item on a day."),
    ("knowledge list", "cli.knowledge:list_tables", "List the imported knowledge tables."),
    ("knowledge document", "cli.knowledge:document", "Write the page that shows every table that can be imported."),
    ("graphs build", "cli.graphs:build_graphs", "Find links and rings, night by night."),
    ("graphs list", "cli.graphs:list_rings", "Show the rings of the newest snapshot."),
    ("graphs show", "cli.graphs:show_ring", "Show one ring with its evidence."),
    ("graphs draw", "cli.graphs:draw_ring_picture", "Draw one ring."),
    ("rings exchange", "cli.rings:exchange", "Find rings that reach over a border."),
    ("features build", "cli.features:build", "Compute the columns of all claims."),
    ("features list", "cli.features:list_features", "Show every feature with its unit and why it is there."),
    ("features document", "cli.features:document", "Write the page that lists every feature."),
    ("features check-skew", "cli.features:check_skew", "Compare what was served with a recomputation."),
    ("rules list", "cli.rules:list_rules", "Show every rule with its grade and state."),
    ("rules propose", "cli.rule_life:propose_state", "Ask for a new state of a rule."),
    ("rules approve", "cli.rule_life:approve_proposal", "Let a rule act that another person proposed."),
    ("rules decline", "cli.rule_life:decline_proposal", "Close a proposal without following it."),
    ("rules history", "cli.rule_life:show_history", "Show who changed a rule, why, and from what to what."),
    ("rules sync", "cli.rule_life:sync", "Write down what changed in the declarations of rules."),
    ("rules backtest", "cli.rule_backtest:run_backtest", "Ask a rule about a past period; nothing is written."),
    ("rules self-check", "cli.rule_self_check:self_check", "Answer the five questions about the rule library."),
    ("rules document", "cli.rules:document", "Write the page that lists every rule."),
    ("rules indicators", "cli.indicators:indicators", "Compare institutions by shares of fees and readmissions."),
    ("rules stock", "cli.indicators:stock", "Find what was sold beyond what had been bought."),
    ("screen", "cli.screen:screen", "Ask all rules about every settlement of a past period."),
    ("train", "cli.train:train", "Train, test and register a model of claims or institutions."),
    ("promote", "cli.promote:promote", "Let the service follow the model of a run."),
    ("score", "cli.score:score", "Screen a past period, or rank institutions, and open cases."),
    ("serve", "cli.serve:serve", "Answer settlements and show the audit queue."),
    ("queue", "cli.queue:queue", "Show today's part of the audit queue."),
    ("unconfirmed", "cli.unconfirmed:list_unconfirmed", "List settlements that nobody confirmed or cancelled."),
    ("reminders report", "cli.reminders:report", "Show how far reminders are followed."),
    ("keys make", "cli.keys:make", "Make an API key."),
    ("keys list", "cli.keys:show", "Show all keys."),
    ("keys revoke", "cli.keys:revoke", "Make a key useless."),
)

GROUPS = {
    "knowledge": "Published and local tables: which item is limited to whom, where, how often.",
    "graphs": "Links and rings of patients, doctors and pharmacies.",
    "rings": "Rings that several areas find together.",
    "features": "Columns made from what was known at a moment.",
    "rules": "What policy forbids: the national library and our own.",
    "reminders": "What was said before and during care, and what came of it.",
    "keys": "Keys of the settlement systems and the reviewers.",
}
