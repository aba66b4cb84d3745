"""What the examples of a run are called: pictures, points or simply examples."""

from contextlib import suppress
from dataclasses import dataclass

from nn_core.config import RunConfig
from nn_core.data import find_dataset
from nn_core.errors import NNLabError
from nn_core.i18n import _
from nn_core.models import MODELS
from nn_core.places import data_folder
from nn_core.problem import Goal, Kind
from nn_core.runs import RunFolder

__all__ = ["About", "about"]


@dataclass(frozen=True)
class About:
    """kind: of the data, None where the set is no longer known; error_name: what the loss of a reconstruction is called."""

    config: RunConfig
    kind: Kind | None
    goal: Goal

    @property
    def per_second(self) -> str:
        words = {"pictures": _("Pictures per second"), "points": _("Points per second")}
        return words.get(self.kind or "", _("Examples per second"))

    @property
    def measuring(self) -> str:
        words = {"pictures": _("Measuring on the test pictures …"), "points": _("Measuring on the test points …")}
        return words.get(self.kind or "", _("Measuring on the test examples …"))

    @property
    def training_share(self) -> str:
        words = {
            "pictures": _("The share of the latest training pictures that the network read rightly."),
            "points": _("The share of the latest training points whose class the network told rightly."),
        }
        return words.get(self.kind or "", _("The share of the latest training examples that the network got right."))

    @property
    def validation_share(self) -> str:
        words = {
            "pictures": _(
                "The same for pictures held out of training. This is how well it reads what it has never seen."
            ),
            "points": _("The same for points held out of training. This is how well it does where it has never been."),
        }
        return words.get(
            self.kind or "",
            _("The same for examples held out of training. This is how well it does with what it has never seen."),
        )

    @property
    def result(self) -> str:
        """A sentence with a place for {accuracy}, or for {error} where there is none."""
        if self.goal == "reconstruct":
            return _("**Done.** It gives back pictures that it never learned from with a {error_name} of {error}.")
        words = {
            "pictures": _("**Done.** It reads {accuracy} of the pictures that it never learned from."),
            "points": _("**Done.** It tells the class of {accuracy} of the points that it never learned from."),
        }
        return words.get(
            self.kind or "", _("**Done.** It is right about {accuracy} of the examples that it never learned from.")
        )

    @property
    def error_name(self) -> str:
        return _("mean squared error") if self.config.loss.name == "mse" else _("loss")


def about(run: RunFolder) -> About:
    """Raises DamagedRun, or ConfigError."""
    config = run.config()
    kind: Kind | None = None
    with suppress(NNLabError):
        kind = find_dataset(config.data.name, data_folder()).kind
    return About(config, kind, MODELS[config.model.name].goal)
