"""What the palette offers of this screen."""

from radonc_tui.commands import Command

COMMANDS: tuple[Command, ...] = (
    Command("models: search", "Bases and bundles, by words.", "models", "search"),
    Command("models: verify this one", "Hash its files again.", "models", "verify"),
    Command("models: verify all", "Hash every file again.", "models", "verify_all"),
    Command("models: add a folder", "A base model from local weights.", "models", "add"),
    Command("models: export again", "The bundle's run, as other files.", "models", "export"),
    Command("models: remove", "A base or a bundle; asks first.", "models", "remove"),
    Command("models: ask it", "A diagnosis, with this bundle.", "models", "predict"),
    Command("models: sign off", "This bundle, for one task, by two people.", "models", "sign_off"),
    Command("models: sign-offs", "What was signed off; revoke it.", "models", "sign_offs"),
    Command("models: who may sign", "Physicists and physicians.", "models", "signatories"),
    Command("models: policy", "What a sign-off asks of a model.", "models", "policy"),
    Command("models: monitor", "Ask it about the cases since then.", "models", "monitor"),
    Command("models: looks", "What monitoring found.", "models", "looks"),
    Command("models: stop", "Verifying, adding, exporting, looking.", "models", "stop"),
)
