"""Plain PyTorch loops: every `optimizer.step()` tells of the training that it is a step of.

No loop is changed for it: a hook that PyTorch calls after each step logs the learning rate and what `backward()` was
called on last. A value on a GPU is copied without waiting for it, and logged once it has arrived.

A training is an optimizer with those that begin to step right after it (the two of a GAN). One that begins later is
another training, with a run of its own; that ends when the next one begins, or its optimizer is gone. Of a training in
several processes the first one logs.
"""

from __future__ import annotations

import os
import sys
import threading
import weakref
from collections import deque
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from queue import SimpleQueue
from types import FrameType, ModuleType
from typing import Any, Final

from jupyter_tracker.autologging._data import locals_of
from jupyter_tracker.autologging._nesting import has_logged_steps
from jupyter_tracker.autologging._patching import Call, Patches, attempt, is_ours
from jupyter_tracker.autologging._recording import FitRun, begin
from jupyter_tracker.autologging.optimizers import learning_rates, optimizer_params
from jupyter_tracker.autologging.options import SWITCHES, Options
from jupyter_tracker.entities.clock import now_ms
from jupyter_tracker.tracking.stack import STACK

NAME: Final = "pytorch"
_JOINED_STEPS: Final = 10
_MAX_FRAMES: Final = 12
_MAX_WAITING: Final = 1000


class _Thread(threading.local):
    loss: Any = None  # what `backward` was called on last


_THREAD = _Thread()
_LOCK = threading.RLock()


@dataclass
class _Waiting:
    """A value that is on its way from a device."""

    key: str
    step: int
    at_ms: int
    value: Any
    event: Any

    def is_here(self) -> bool:
        return self.event is not None and bool(self.event.query())


@dataclass
class Training:
    """The optimizers that step together, and the run that they are logged to."""

    run: FitRun
    options: Options
    run_id: str | None  # the user's run that it was begun in
    optimizers: list[Any] = field(default_factory=list)  # weak
    steps: list[int] = field(default_factory=list)
    waiting: deque[_Waiting] = field(default_factory=deque)

    def number_of(self, optimizer: Any) -> int | None:
        """Return which of the optimizers this is, from 0; None for another one."""
        return next((i for i, found in enumerate(self.optimizers) if found() is optimizer), None)

    def takes(self, run_id: str | None) -> bool:
        """Tell whether an optimizer that begins now, in this run, belongs to it."""
        alive = any(found() is not None for found in self.optimizers)
        return alive and run_id == self.run_id and max(self.steps) <= _JOINED_STEPS

    def arrived(self, *, wait: bool = False) -> None:
        """Log what has come from its device; with `wait`, all of it."""
        while self.waiting and (wait or self.waiting[0].is_here() or len(self.waiting) > _MAX_WAITING):
            found = self.waiting.popleft()
            self.run.ref.log_point(found.key, float(found.value), found.step, found.at_ms)

    def end(self) -> None:
        """Log what is left, and end the run where it was made for this training."""
        attempt(NAME, lambda: self.arrived(wait=True))
        self.run.end()


_TRAININGS: dict[int, Training] = {}  # the latest of each thread
_GONE: SimpleQueue[tuple[int, Training]] = SimpleQueue()


def patch(module: ModuleType, patches: Patches) -> None:
    """Watch `backward` and the steps of every optimizer; `module` is ``torch``."""
    from torch.optim.optimizer import register_optimizer_step_post_hook

    torch: Any = module
    patches.method(torch.Tensor, "backward", _around_backward)

    def stepped(optimizer: Any, _args: Any, _kwargs: Any) -> None:
        if patches.is_active() and not is_ours() and not has_logged_steps() and not _is_logged_elsewhere(torch):
            attempt(NAME, _stepped, optimizer, sys._getframe(1))  # noqa: SLF001 - to find the model's variable

    handle = register_optimizer_step_post_hook(stepped)
    patches.on_undo(handle.remove)
    patches.on_undo(_forget)


def _is_logged_elsewhere(torch: Any) -> bool:
    """Tell whether another process of the same training logs it: the first one does, and each that has its own run."""
    ranks = torch.distributed
    if not ranks.is_available() or not ranks.is_initialized() or ranks.get_rank() == 0:
        return False
    entry = STACK.current()
    return entry is None or entry.joins or entry.pid != os.getpid()


def _forget() -> None:
    with _LOCK:
        left = list(_TRAININGS.values())
        _TRAININGS.clear()
    for training in left:
        training.end()


def _around_backward(call: Call) -> Generator[None, Any, None]:
    tensor = call.args[0]
    if tensor.numel() == 1:
        _THREAD.loss = tensor.detach()
    yield


def _stepped(optimizer: Any, frame: FrameType) -> None:
    training, number = _training_of(optimizer, frame)
    step = training.steps[number]
    training.steps[number] += 1
    loss, _THREAD.loss = _THREAD.loss, None
    if training.waiting:
        training.arrived()
    if step % training.options.log_every_n_step:
        return
    suffix = "" if number == 0 else f"_{number + 1}"
    points = learning_rates(optimizer, number)
    if loss is not None:
        if loss.device.type == "cpu":
            points[f"loss{suffix}"] = float(loss)
        else:
            _send(training, f"loss{suffix}", step, loss)
    training.run.ref.log_metrics(points, step)
    if training.options.log_grad_norm:
        _log_norm(training, f"grad_norm{suffix}", step, optimizer)


def _send(training: Training, key: str, step: int, value: Any) -> None:
    """Have a value copied to the host, without waiting for it."""
    import torch

    event = None
    if value.device.type == "cuda":
        value = value.to("cpu", non_blocking=True)
        event = torch.cuda.Event()  # type: ignore[no-untyped-call, unused-ignore]
        event.record()
    training.waiting.append(_Waiting(key, step, now_ms(), value, event))


def _log_norm(training: Training, key: str, step: int, optimizer: Any) -> None:
    import torch

    gradients = [each.grad for group in optimizer.param_groups for each in group["params"] if each.grad is not None]
    if gradients:
        norms = torch.stack([torch.linalg.vector_norm(each.detach()).to(gradients[0].device) for each in gradients])
        _send(training, key, step, torch.linalg.vector_norm(norms))
        if gradients[0].device.type == "cpu":
            training.arrived(wait=True)


def _training_of(optimizer: Any, frame: FrameType) -> tuple[Training, int]:
    """Return the training that an optimizer belongs to, and which of its optimizers this is; begin it if it is new."""
    thread = threading.get_ident()
    training = _TRAININGS.get(thread)
    number = None if training is None else training.number_of(optimizer)
    if training is not None and number is not None and _active_run(training) == training.run_id:
        return training, number
    with _LOCK:
        # The thread of what is over may have ended it meanwhile.
        training = _TRAININGS.get(thread)
        number = None if training is None else training.number_of(optimizer)
        if training is not None and (number is not None or not training.takes(_active_run(training))):
            del _TRAININGS[thread]
            training.end()
            training = None
        if training is None:
            training = _TRAININGS[thread] = _begun(optimizer, frame)
    number = len(training.optimizers)
    training.optimizers.append(weakref.ref(optimizer))
    training.steps.append(0)
    attempt(NAME, lambda: training.run.ref.log_params(optimizer_params(optimizer, number)))
    if number == 0:
        # A queue, since the garbage collector may come while this very thread holds a lock that ending needs.
        weakref.finalize(optimizer, _GONE.put, (thread, training))
        if training.run.is_full:
            attempt(NAME, _log_model, training, optimizer, frame)
    return training, number


def _begun(optimizer: Any, frame: FrameType) -> Training:
    options = SWITCHES.options(NAME)
    model = next(_models_of(optimizer, frame), None)
    before = STACK.current()
    _Ender.start()
    run = begin(NAME, type(optimizer if model is None else model).__name__, options)
    return Training(run, options, None if before is None else before.run_id)


def _active_run(training: Training) -> str | None:
    """Return the user's run that is active, past the one that was made for the training."""
    current = STACK.current()
    if current is not None and current.run_id == training.run.ref.run_id:
        return training.run_id
    return None if current is None else current.run_id


def _end_gone() -> None:
    """End the trainings whose optimizers are gone, on a thread of its own."""
    while True:
        thread, training = _GONE.get()
        with _LOCK:
            training.end()
            if _TRAININGS.get(thread) is training:
                del _TRAININGS[thread]


class _Ender:
    started = False

    @classmethod
    def start(cls) -> None:
        with _LOCK:
            if not cls.started:
                cls.started = True
                threading.Thread(target=_end_gone, name="jupyter-tracker-pytorch", daemon=True).start()


def _log_model(training: Training, optimizer: Any, frame: FrameType) -> None:
    model = next(_models_of(optimizer, frame), None)
    if model is None:
        return
    total = sum(each.numel() for each in model.parameters())
    trained = sum(each.numel() for each in model.parameters() if each.requires_grad)
    text = f"{model}\n\nparameters: {total:,}, of which trainable: {trained:,}\n"
    training.run.ref.write("model_summary.txt", text)


def _models_of(optimizer: Any, frame: FrameType) -> Iterator[Any]:
    """Yield the models that a caller has a variable for and that this optimizer trains."""
    import torch

    first = optimizer.param_groups[0]["params"][0]
    current: FrameType | None = frame
    for _ in range(_MAX_FRAMES):
        if current is None:
            return
        if not str(current.f_globals.get("__name__", "")).startswith("torch."):
            for names in (locals_of(current), current.f_globals):
                for value in list(names.values()):
                    if isinstance(value, torch.nn.Module) and any(each is first for each in value.parameters()):
                        yield value
        current = current.f_back
