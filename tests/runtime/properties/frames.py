"""What the oracle keeps of a process that is being played: a tree of frames."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from tests.runtime.properties.blocks import Activity, Block, Boundary, End, Handler, Seq

if TYPE_CHECKING:
    from tests.runtime.properties.oracle import Game

Path = tuple[int, ...]
L = TypeVar("L", Boundary, Handler)


@dataclass(eq=False)
class Frame:
    """A block that is being played. `path`: the iterations around it, outermost first."""

    game: Game
    block: object
    parent: Frame | None
    path: Path
    alive: bool = True
    kids: list[Frame] = field(default_factory=list)
    index: int = 0
    done: int = 0
    order: int = 0

    def __post_init__(self) -> None:
        self.order = next(self.game.clock)

    def begin(self, block: object, path: Path | None = None) -> None:
        """Plays `block` inside this frame."""
        kid = Frame(self.game, block, self, self.path if path is None else path)
        self.kids.append(kid)
        self.game.enter(kid)

    def cancel(self) -> None:
        """Ends everything in here without a trace."""
        self.alive = False
        for kid in self.kids:
            kid.cancel()

    def end(self, done: bool) -> None:
        """The block is over; the parent goes on."""
        if self.alive:
            self.alive = False
            assert self.parent is not None
            self.parent.kids.remove(self)
            self.game.ended(self.parent, done)

    def frames(self) -> Iterator[Frame]:
        """This frame and all inside, as they began."""
        yield self
        for kid in self.kids:
            yield from kid.frames()


@dataclass(frozen=True)
class Scope:
    """The inside of a process, a sub-process or an event sub-process."""

    id: str
    body: Block
    handlers: tuple[Handler, ...]
    handler: Handler | None = None


@dataclass(frozen=True)
class Round:
    """One instance of an activity."""

    activity: Activity


@dataclass(frozen=True)
class Side:
    """The way out of a boundary event that ends by itself, or a branch that does not lead to the join of its split."""

    body: Block | None


@dataclass(frozen=True)
class Wait:
    """Something that can happen: the task or event `id` of the instance `path`."""

    kind: str
    id: str
    path: Path
    frame: Frame = field(compare=False, hash=False)


@dataclass(frozen=True)
class Replaced:
    """An activity that was interrupted, whose boundary way leads back: it stands for the activity now."""

    body: Block


def leads_on(block: Block) -> bool:
    """Whether anything can follow the block."""
    return not (isinstance(block, Seq) and isinstance(block.items[-1], End))


def chosen(listeners: Sequence[L], kind: str, code: str) -> L | None:
    """The one that names the code, else the one that catches all."""
    of_kind = [one for one in listeners if one.trigger == kind]
    exact = [one for one in of_kind if one.code == code]
    return next(iter(exact or [one for one in of_kind if not one.code]), None)
