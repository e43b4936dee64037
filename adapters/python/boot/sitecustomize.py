"""What `dvclive run --shims auto` has every Python of the program run at its start.

Decides whether this Python is watched, lends it the package `dvclive`, and has `dvclive.auto` called when a
framework is imported. Knows frameworks by the names of their modules only, and imports nothing but `os` and
`sys`: a start costs a fraction of a millisecond. It never raises, leaves no trace in `sys.path`, and hands
over to the `sitecustomize` that would have been found without it. The text is also valid Python 2: older
Pythons read it and stand down.
"""

import os
import sys

OFF = ("", "none", "off", "0", "false", "no")

PARSERS = {
    "absl.flags._flagvalues": "FlagValues.__call__",
    "argparse": "ArgumentParser.parse_known_args",
    "click.core": "Command.invoke",
    "docopt": "docopt",
    "fire.core": "_CallAndUpdateTrace",
    "hydra._internal.callbacks": "Callbacks.on_job_start",
    "jsonargparse._core": "ArgumentParser.parse_args",
    "omegaconf.omegaconf": "OmegaConf.merge",
    "typer._click.core": "Command.invoke",
    "tyro._calling": "callable_with_args",
}
"""Functions that know what a program was told, by module; `dvclive.auto.arguments` reads their calls."""

RUN_IT = ("click.core", "fire.core", "typer._click.core")  # they return when the program has ended

ASKED = ("argparse", "docopt", "jsonargparse._core", "omegaconf.omegaconf")  # whoever calls them is told

TRAINS = ("hydra.main", "jax", "paddle", "tensorflow", "torch")
"""Modules that are not patched: a program that imports one trains, and what it was told are parameters."""

HOOKS = {
    "aim": "aim",
    "catboost.core": "catboost",
    "clearml": "clearml",
    "comet_ml": "comet_ml",
    "fastai.learner": "fastai",
    "ignite.engine.engine": "ignite",
    "keras.src.callbacks.callback_list": "keras",
    "lightgbm.engine": "lightgbm",
    "lightning.fabric.fabric": "fabric",
    "lightning_fabric.fabric": "fabric",
    "lightning.pytorch.trainer.call": "lightning",
    "lightning.pytorch.trainer.connectors.logger_connector.logger_connector": "lightning",
    "pytorch_lightning.trainer.call": "lightning",
    "pytorch_lightning.trainer.connectors.logger_connector.logger_connector": "lightning",
    "mlflow.tracking.fluent": "mlflow",
    "neptune": "neptune",
    "optuna.study.study": "optuna",
    "sklearn.base": "sklearn",
    "sklearn.metrics": "sklearn-plots",
    "sklearn.model_selection._validation": "sklearn",
    "stable_baselines3.common.base_class": "sb3",
    "tensorboardX": "tensorboard",
    "tensorflow.python.ops.summary_ops_v2": "tensorflow",
    "torch.utils.tensorboard.writer": "tensorboard",
    "trackio": "trackio",
    "transformers.trainer": "transformers",
    "wandb": "wandb",
    "xgboost.training": "xgboost",
}
"""Modules that `dvclive.auto` patches once they have been imported, and the name of the shim."""
HOOKS.update(dict.fromkeys(list(PARSERS) + list(TRAINS), "params"))

PARSE_TOO = frozenset(
    "configargparse jsonargparse lightning.pytorch.cli pytorch_lightning.cli simple_parsing".split()  # noqa: SIM905
)
"""Libraries that have argparse parse for whoever calls them."""

REPLACED = ("aim", "clearml", "comet_ml", "trackio", "wandb")
TRACKERS = REPLACED + (  # noqa: RUF005 - Python 2 reads it, too
    "mlflow",
    "neptune",
    "tensorboard",
    "tensorboardX",
    "tensorflow",
)
"""Shims named after the trackers they are for. Their packages have stand-ins (TensorFlow has none), in the
place of some (`REPLACED`; of wandb, older ones) that cannot be told to write nothing."""

ASKED_FOR = ("sklearn-plots",)  # shims that `auto` leaves out

ALONE = "bridge-only"  # a word of DVCLIVE_SHIM, as the shims' names

TOOLS = frozenset(
    "build compileall conda cython dvc dvclive dvclive_cli ensurepip f2py mamba meson ninja pip pipx"  # noqa: SIM905
    " poetry py_compile scons setup.py virtualenv venv".split()
)
"""Programs that train nothing, as scripts or behind `-m`; pip3.11 counts as pip."""


class Finder(object):
    """Stands first in `sys.meta_path`: finds `dvclive`, and sees the frameworks come.

    Parameters:
        folder: of the package `dvclive` that is lent.
        hooks: the modules to tell of, and the names of their shims.
    """

    def __init__(self, folder, hooks):
        self.folder, self.hooks = folder, hooks
        self.arguments = []  # calls of PARSERS, before a framework was imported
        self.is_own_file = is_own_file

    def find_spec(self, name, path=None, target=None):
        """Part of Python's protocol for `sys.meta_path`; None for every module that is not ours to see."""
        if name in self.hooks:
            return self._watched(name, path, target)
        if name == "dvclive" and path is None:
            return self._lent(name)
        return None

    def _lent(self, name):
        import _frozen_importlib_external as machinery

        file = os.path.join(self.folder, "__init__.py")
        if not os.path.isfile(file):
            return None
        say("dvclive {} is lent to {}".format(self._version(), sys.executable))
        return machinery.spec_from_file_location(name, file, submodule_search_locations=[self.folder])

    def _watched(self, name, path, target):
        """What the finders behind us find, told of when it has been executed."""
        folder = None
        for finder in sys.meta_path[sys.meta_path.index(self) + 1 :]:
            find = getattr(finder, "find_spec", None)
            spec = None if find is None else find(name, path, target)
            if spec is not None and spec.loader is not None:
                when_executed(spec, lambda: self.tell(name))
                return spec
            folder = (
                folder or spec
            )  # no package: what a tracker has written, wandb/, looks like one to Python
        return folder

    def tell(self, name):
        """A module has been imported."""
        try:
            if name in PARSERS:
                self._look_at(name)
                return
            from dvclive.auto import imported

            if imported(name, self.hooks[name]):
                say("the shim {} holds in {} of {}".format(self.hooks[name], name, sys.executable))
        except Exception:  # noqa: S110 - there is nobody to tell: `dvclive` itself is not there, or broken
            pass

    def _look_at(self, name):
        """Keep the calls of a parser: most programs that have one train nothing."""
        where, _, function = PARSERS[name].rpartition(".")
        owner = getattr(sys.modules[name], where) if where else sys.modules[name]
        original = getattr(owner, function)

        def wrapper(*args, **kwargs):
            if name in RUN_IT:
                self._keep(name, args, kwargs, None, None)
            try:
                result = original(*args, **kwargs)
            except BaseException as error:
                error.__traceback__ = error.__traceback__.tb_next  # without this frame, from Python 3.11 on
                raise
            if name not in RUN_IT:
                self._keep(name, args, kwargs, result, sys._getframe(1))
            return result

        for about in ("__name__", "__qualname__", "__doc__", "__module__"):
            setattr(wrapper, about, getattr(original, about))
        wrapper.__wrapped__ = original
        is_static = isinstance(owner.__dict__[function], staticmethod)
        setattr(owner, function, staticmethod(wrapper) if is_static else wrapper)

    def _keep(self, name, args, kwargs, result, frame):
        """A call of a parser, and who made it."""
        try:
            if name in ASKED and not is_own(frame, args[0]):
                return
            if name == "argparse":
                result = dict(vars(result[0]))  # as it is now: programs change it
            self.arguments.append((name, args, kwargs, result))
            auto = sys.modules.get("dvclive.auto")
            if auto is not None:
                auto.parsed()
        except Exception:  # noqa: S110 - as in `tell`
            pass

    def find_distributions(self, context=None):
        """Part of the protocol of `importlib.metadata`: what is lent has a version, as if it were
        installed."""
        name = getattr(context, "name", None)
        if name is None or name.lower() != "dvclive":
            return iter(())
        from importlib import metadata

        version = self._version()
        for installed in metadata.MetadataPathFinder().find_distributions(context):
            if installed.version == version:
                return iter(())  # the very one, which knows more about itself
            break
        return distributions("dvclive", version)

    def _version(self):
        with open(os.path.join(self.folder, "__init__.py")) as file:
            return file.read().partition('__version__ = "')[2].partition('"')[0]


def distributions(name, version):
    """What `importlib.metadata` is to know of a package that is lent."""
    from importlib import metadata

    class Lent(metadata.Distribution):
        """Its distribution."""

        def read_text(self, filename):
            """The only file there is."""
            text = "Metadata-Version: 2.1\nName: {}\nVersion: {}\n".format(name, version)
            return text if filename in ("METADATA", "PKG-INFO") else None

        def locate_file(self, path):
            """There are none."""
            return path

    return iter((Lent(),))  # Python 3.8 takes no list


def when_executed(spec, told):
    """Have `told` called once the module of a spec has been executed, unless that fails.

    Python itself says so: the spec's `_initializing` is true as long as the module is executed. A wrapped
    loader would say it too, and would stand in every traceback through the import.
    """
    plain = type(spec)

    class ModuleSpec(plain):
        """The spec until then; others read of it what they would without us."""

        @property
        def _initializing(self):
            return self.__dict__.get("_initializing", False)

        @_initializing.setter
        def _initializing(self, value):
            if self.__dict__.get("_initializing") and not value:  # other threads wait while it is true
                self.__class__ = plain
                if self.name in sys.modules:  # it has not failed
                    told()
            self.__dict__["_initializing"] = value

    ModuleSpec.__module__, ModuleSpec.__qualname__ = plain.__module__, plain.__qualname__
    try:
        spec.__class__ = ModuleSpec
    except TypeError:  # a kind of spec of the program's own
        pass


class StandIns(object):
    """Finds stand-ins for trackers, under `--bridge-only`: last in `sys.meta_path` those that nobody finds.

    Parameters:
        trackers: their packages.
        instead: they may be there, and are replaced.
    """

    def __init__(self, trackers, instead=False):
        self.trackers, self.instead = trackers, instead

    def find_spec(self, name, path=None, target=None):
        """Part of Python's protocol for `sys.meta_path`."""
        if name.partition(".")[0] not in self.trackers:
            return None
        from dvclive.auto.bridges.absent import stand_in

        return stand_in(name, self.instead)

    def find_distributions(self, context=None):
        """Part of the protocol of `importlib.metadata`: frameworks ask it whether a tracker is there."""
        name = (getattr(context, "name", None) or "").lower().replace("-", "_")
        if name not in self.trackers:
            return iter(())
        from importlib import metadata

        if next(iter(metadata.MetadataPathFinder().find_distributions(context)), None) is not None:
            return iter(())
        from dvclive.auto.bridges import absent

        return distributions(name, absent.TRACKERS[name])


def say(text):
    """Tell the run what is done here, where somebody wants to hear it (`--verbose`)."""
    if os.environ.get("DVCLIVE_VERBOSE", "").lower() in OFF:
        return
    try:
        fifo = os.open(os.environ["DVCLIVE_FIFO"], os.O_WRONLY | os.O_NONBLOCK)
        try:
            line = "message {}".format(" ".join(text.split()))
            os.write(fifo, line[:1000].encode("utf-8", "replace") + b"\n")
        finally:
            os.close(fifo)
    except OSError:  # no recorder, or one that does not keep up
        pass


def is_own(frame, parser):
    """Whether a call comes from the program's own code, and not from a library's.

    Parameters:
        frame: of the caller.
        parser: whose calls of itself, and of what PARSE_TOO, are for somebody else.
    """
    while frame.f_locals.get("self") is parser or parses_too(frame):
        frame = frame.f_back
    return is_own_file(frame.f_globals.get("__file__") or "")


def parses_too(frame):
    """Whether a frame is of one of PARSE_TOO."""
    name = frame.f_globals.get("__name__") or ""
    return name in PARSE_TOO or name.partition(".")[0] in PARSE_TOO


def is_own_file(file):
    """Whether a file is the program's own: not the standard library's, and not installed."""
    file = os.path.abspath(file)
    library = os.path.dirname(os.__file__)
    return "/site-packages/" not in file and "/dist-packages/" not in file and not file.startswith(library)


def is_tool(words):
    """Whether a command line, Python's own name first, is one of TOOLS."""
    words = iter(words[1:])
    for word in words:
        if word[:1] != "-" or word == "-":
            name = os.path.basename(word)
            return name in TOOLS or name.rstrip("0123456789.") in TOOLS
        for at, letter in enumerate(word[1:], 2) if word[1] != "-" else ():
            if letter in "cmWX":  # those that take an argument, in this word or as the next
                argument = word[at:] or next(words, "")
                if letter == "m":
                    return argument.partition(".")[0] in TOOLS
                if letter == "c":
                    return False
                break
        if word == "--check-hash-based-pycs":
            next(words, "")
    return False


def is_wanted(name, names):
    """Whether a shim is one of those that DVCLIVE_SHIM names: `auto`, `auto,-params`, `keras,sklearn`."""
    known = ("auto" in names and name not in ASKED_FOR) or (ALONE in names and name in TRACKERS)
    return name in names or (known and "-" + name not in names)


def command_line():
    """The words of this process; None where they cannot be known."""
    words = getattr(sys, "orig_argv", None)  # from Python 3.10 on
    if words is None:
        with open("/proc/self/cmdline", "rb") as file:
            words = os.fsdecode(file.read()).split("\0")[:-1]
    return words


def start(here):
    """Install the finder, where this Python is to be watched.

    Parameters:
        here: this folder.
    """
    wanted = os.environ.get("DVCLIVE_SHIM", "").lower()
    if sys.version_info < (3, 8) or wanted in OFF or not os.environ.get("DVCLIVE_FIFO"):
        return
    words = command_line()
    if is_tool(words):
        say("no shims in " + " ".join(words))
        return
    names = wanted.split(",")
    hooks = {module: name for module, name in HOOKS.items() if is_wanted(name, names)}
    folder = os.path.join(os.path.dirname(here), "dvclive")  # a checkout
    if not os.path.isdir(folder):  # installed: here is site-packages/dvclive_cli/adapters/python/boot
        folder = os.path.join(os.path.abspath(os.path.join(here, *[os.pardir] * 4)), "dvclive")
    finder = Finder(folder, hooks)
    sys.meta_path.insert(0, finder)
    for name in hooks:
        if name in sys.modules:  # a .pth file has imported it
            finder.tell(name)
    if ALONE in names:
        trackers = [name for name in TRACKERS if is_wanted(name, names)]
        sys.meta_path.insert(1, StandIns([name for name in trackers if name in REPLACED], instead=True))
        sys.meta_path.append(StandIns(trackers))


def leave(here):
    """Out of the program's sight: what it finds from now on is what it would have found without us."""
    sys.path[:] = [entry for entry in sys.path if entry != here]
    sys.path_importer_cache.pop(here, None)
    del sys.modules["sitecustomize"]


if __name__ == "sitecustomize":
    try:
        start(os.path.dirname(os.path.abspath(__file__)))
    except Exception:  # noqa: S110 - a program without shims runs as it would have without us
        pass
    leave(os.path.dirname(__file__))
    try:
        __import__(
            "sitecustomize"
        )  # the one that comes without us; its errors, also that there is none, are site's
    except BaseException as error:
        if hasattr(error, "__traceback__"):  # as in `parse_known_args`
            error.__traceback__ = error.__traceback__.tb_next
        raise
