"""Melody composition as a task: the rules of the game, one screen of them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, ClassVar, Final, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from creative_envs.core.action_table import ActionTable
from creative_envs.core.arguments import read_flag, require_one_of, shown
from creative_envs.core.artefacts import read_work
from creative_envs.core.errors import InvalidArgument, InvalidWork
from creative_envs.core.insight import Likeness
from creative_envs.core.randomness import counter_uniforms
from creative_envs.core.task import Scores, Task
from creative_envs.melody import (
    adherence,
    brief,
    craft,
    descriptors,
    kinship,
    novelty,
    statistics,
)
from creative_envs.melody.actions import (
    CENTRE,
    METRE,
    MODE,
    N_DURATIONS,
    SCRATCH_SIZE,
    TOTAL,
    action_table,
    advance_works,
    begin_works,
    decode_events,
    encode_events,
    fewest_events,
    token_sizes,
)
from creative_envs.melody.artefact import Melody
from creative_envs.melody.audit import judge
from creative_envs.melody.brief import Briefs, shift_register
from creative_envs.melody.events import Events
from creative_envs.melody.reference import DEFAULT_BARS, DEFAULT_CORPUS, Split, load_reference
from creative_envs.melody.vocabulary import BAR_LENGTHS, EVENTS_PER_BAR, N_ACTIONS, REST

BARS: Final = (4, 8, 16)
OCTAVES: Final = (12, -12)
"""Semitones by which a melody can move and keep its degrees, and so its mode."""
_BAR_LENGTHS: Final = np.array(BAR_LENGTHS, np.int32)
_REFERENCE_ORDER_KEY: Final = np.array([20170312], np.uint64)


class MelodyTask(Task):
    """Compose a melody of a given number of bars, event by event.

    Args:
        bars: 4, 8 or 16.
        chromatic: Allow pitches outside the brief's mode.
        corpus: What human music is: "default" (three old public-domain tune books), or a folder
            of the user's own ABC and MIDI files.
        split: Which of its tunes the briefs are taken from; "test" gives briefs no training run
            has seen.

    Raises:
        InvalidArgument: A value out of range.
        EmptyCorpus: The corpus holds too little.
    """

    name = "melody composition"
    term_names = (*craft.TERM_NAMES, *adherence.TERM_NAMES, *novelty.TERM_NAMES)
    descriptor_names = descriptors.DESCRIPTOR_NAMES
    render_modes: ClassVar[tuple[str, ...]] = ("rgb_array", "ansi")

    def __init__(
        self,
        bars: int = DEFAULT_BARS,
        chromatic: bool = False,
        corpus: str = DEFAULT_CORPUS,
        split: Split = "train",
    ) -> None:
        require_one_of("bars", bars, BARS)
        require_one_of("split", split, get_args(Split))
        if not isinstance(corpus, str | os.PathLike):
            raise InvalidArgument(
                f"corpus is 'default' or the path of a folder or tune book, got {shown(corpus)}"
            )
        self.bars, self.split = bars, split
        self.chromatic = read_flag("chromatic", chromatic)
        self.corpus = str(corpus)
        self.reference = load_reference(self.corpus, bars)
        self.n_actions = N_ACTIONS
        self.max_length = bars * EVENTS_PER_BAR
        self.token_sizes = token_sizes(bars)
        self.brief_size = brief.BRIEF_SIZE
        self.memory_size = novelty.memory_size(self.max_length)
        self.scratch_size = SCRATCH_SIZE
        self._fewest = fewest_events(bars * max(BAR_LENGTHS))

    def draw_briefs(self, keys: NDArray[np.uint64]) -> NDArray[np.float32]:
        """Draws briefs near those of the split's human windows, shape (n, 20)."""
        return brief.draw_briefs(self.reference.briefs[self.split], keys).encode()

    def begin(
        self,
        rows: NDArray[np.int64],
        brief: NDArray[np.float32],
        mask: NDArray[np.int8],
        scratch: NDArray[np.int32],
    ) -> None:
        """Prepares empty melodies."""
        asked = Briefs.decode(brief[rows])
        scratch[rows, METRE] = asked.metre
        scratch[rows, MODE] = asked.mode
        scratch[rows, CENTRE] = asked.centre
        scratch[rows, TOTAL] = _BAR_LENGTHS[asked.metre] * self.bars
        begin_works(rows, self.max_length, self.chromatic, self._fewest, mask, scratch)

    def advance(
        self,
        actions: NDArray[np.int64],
        active: NDArray[np.bool_],
        tokens: NDArray[np.int16],
        length: NDArray[np.int32],
        brief: NDArray[np.float32],
        mask: NDArray[np.int8],
        scratch: NDArray[np.int32],
        finished: NDArray[np.bool_],
    ) -> None:
        """Appends a note or a rest to every active melody."""
        advance_works(
            actions,
            active,
            self.chromatic,
            self._fewest,
            tokens,
            length,
            mask,
            scratch,
            finished,
        )

    def action_table(self) -> ActionTable:
        """Pitch choice and duration of each action, and the interval from the note before."""
        return action_table()

    def events(
        self,
        tokens: NDArray[np.int16],
        length: NDArray[np.int32],
        brief: NDArray[np.float32],
    ) -> Events:
        """The event arrays of works given as tokens.

        Raises:
            InvalidWork: A work is longer than the bars of its brief's metre.
        """
        return self._spelled(tokens, length, Briefs.decode(brief))

    def _spelled(
        self, tokens: NDArray[np.int16], length: NDArray[np.int32], asked: Briefs
    ) -> Events:
        pitch, duration = decode_events(tokens, length, asked.centre)
        # Kernels write into arrays of so many bars, and check no bounds.
        if (duration.sum(axis=1, dtype=np.int64) > self.bars * _BAR_LENGTHS[asked.metre]).any():
            raise InvalidWork(
                f"A melody is longer than {self.bars} bars of the metre its brief asks for: judge "
                "melodies by briefs of the metre they were made for."
            )
        return Events(pitch, duration, length, asked.metre, asked.mode)

    def score(
        self,
        tokens: NDArray[np.int16],
        length: NDArray[np.int32],
        brief: NDArray[np.float32],
        earlier: NDArray[np.float32],
    ) -> Scores:
        """Scores finished melodies: craft, adherence to the brief, novelty."""
        asked = Briefs.decode(brief)
        events = self._spelled(tokens, length, asked)
        made, craft_terms = self.reference.craft.score(*events)
        kept, brief_terms = adherence.adherence(*events[:3], asked)
        new = self.reference.library.score(*events[:3], earlier)
        notes = (events.pitch != REST).sum(axis=1)
        return Scores(
            craft=made,
            adherence=kept,
            novelty=new.novelty,
            valid=notes >= self.bars,
            terms=np.concatenate([craft_terms, brief_terms, new.terms], axis=1),
            descriptor=descriptors.scale(descriptors.descriptors(*events[:3])),
        )

    def memory(
        self, tokens: NDArray[np.int16], length: NDArray[np.int32], brief: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """The intervals of finished melodies, from which later ones' novelty is computed."""
        events = self.events(tokens, length, brief)
        return novelty.memory(*events[:3])

    def parse_brief(self, brief_: ArrayLike | Mapping[str, Any]) -> NDArray[np.float32]:
        """Reads a brief given as a vector (20,) or in words, ``{"metre": "6/8", ...}``."""
        return brief.parse(brief_) if isinstance(brief_, Mapping) else super().parse_brief(brief_)

    def describe_brief(self, vector: NDArray[np.float32]) -> dict[str, Any]:
        """A brief in words and musical units."""
        return brief.describe(vector)

    def reference_works(
        self, count: int
    ) -> tuple[NDArray[np.int16], NDArray[np.int32], NDArray[np.float32]]:
        """Held-out human windows that the action space can write, in a fixed shuffled order."""
        return self._human_works("test", count)

    def demonstrations(
        self, count: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]:
        """Human windows of the split, as the actions that write them, in a fixed shuffled order."""
        tokens, length, vectors = self._human_works(self.split, count)
        choice, duration = tokens[:, :, 0].astype(np.int64), tokens[:, :, 1]
        return np.where(choice >= 0, choice * N_DURATIONS + duration, -1), length, vectors

    def symmetric_demonstrations(
        self,
        actions: NDArray[np.int64],
        length: NDArray[np.int32],
        brief: NDArray[np.float32],
    ) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]:
        """The same melodies an octave higher, then an octave lower, as far as briefs reach.

        Actions count from the brief's register centre, so it alone moves.
        """
        moved = [shift_register(brief, semitones) for semitones in OCTAVES]
        rows = np.concatenate([kept for kept, _ in moved])
        return actions[rows], length[rows], np.concatenate([vectors for _, vectors in moved])

    def _human_works(
        self, split: Split, count: int
    ) -> tuple[NDArray[np.int16], NDArray[np.int32], NDArray[np.float32]]:
        """The first writable windows of a split: tokens (n, L, 5), lengths (n,), briefs (n, 20)."""
        windows, briefs = self.reference.windows[split], self.reference.briefs[split]
        writable = np.ones(len(windows), np.bool_) if self.chromatic else windows.in_mode()
        rows = writable.nonzero()[0]
        order = np.argsort(counter_uniforms(_REFERENCE_ORDER_KEY, len(rows))[0])
        rows = rows[order[:count]]
        chosen = Events.of(windows[rows])
        vectors = briefs.encode()[rows]
        tokens = encode_events(*chosen[:4], Briefs.decode(vectors).centre)
        return tokens, chosen.length, vectors

    def reference_sha256(self) -> str:
        """SHA-256 of the tunes, the length of the works and, if used, the shipped craft model."""
        return self.reference.sha256

    def audit_percentile(
        self, tokens: NDArray[np.int16], length: NDArray[np.int32], brief: NDArray[np.float32]
    ) -> NDArray[np.float64]:
        """Percentile among held-out human windows by the judge no reward uses, 0..100."""
        if self.bars != judge.BARS or self.corpus != DEFAULT_CORPUS:
            raise NotImplementedError(f"the judge knows {judge.BARS} bars of the default corpus")
        return judge.audit_percentile(self.events(tokens, length, brief)).astype(np.float64)

    def unlikeness(
        self, tokens: NDArray[np.int16], length: NDArray[np.int32], brief: NDArray[np.float32]
    ) -> NDArray[np.float64]:
        """How different melodies are from one another, as novelty sees it, shape (n, n)."""
        events = self.events(tokens, length, brief)
        return novelty.unlikeness(self.reference.library, events.pitch, events.length)

    def nearest_references(
        self, tokens: NDArray[np.int16], length: NDArray[np.int32], brief: NDArray[np.float32]
    ) -> list[Likeness]:
        """The tune each melody is most like, as "Miss McLeod (ryans)"."""
        events = self.events(tokens, length, brief)
        return novelty.nearest_references(self.reference.library, *events[:3])

    def kinship(
        self, tokens: NDArray[np.int16], length: NDArray[np.int32], brief: NDArray[np.float32]
    ) -> NDArray[np.float64]:
        """How alike melodies are in the n-grams the audit judge reads, shape (n, n)."""
        return kinship.kinship(self.events(tokens, length, brief))

    def kinship_to_references(
        self, tokens: NDArray[np.int16], length: NDArray[np.int32], brief: NDArray[np.float32]
    ) -> NDArray[np.float64]:
        """How alike each is to the most similar training window of the corpus, shape (n,)."""
        events = self.events(tokens, length, brief)
        return kinship.kinship_to_references(events, self.corpus, self.bars)

    def field_statistics(
        self,
        samples: Mapping[str, tuple[NDArray[np.int16], NDArray[np.int32], NDArray[np.float32]]],
    ) -> str:
        """RL Tuner's statistics of each sample beside the published ones."""
        ours = {
            maker: statistics.rl_tuner_statistics(*self.events(*works))
            for maker, works in samples.items()
        }
        return statistics.format_table(ours)

    @classmethod
    def artefact(cls, work: Mapping[str, Any], **arguments: Any) -> Melody:
        """The melody a work's tokens and brief spell; its tonic is drawn from the brief."""
        tokens, length, vector = read_work(work, token_sizes(max(BARS)), brief.BRIEF_SIZE)
        asked = Briefs.decode(vector[None])
        lengths = np.array([length], np.int32)
        pitch, duration = decode_events(tokens[None], lengths, asked.centre)
        scores = {k: work[k] for k in _SHOWN_SCORES if k in work}
        return Melody.from_events(
            pitch[0],
            duration[0],
            length,
            int(asked.metre[0]),
            int(asked.mode[0]),
            bars=len(tokens) // EVENTS_PER_BAR,
            tonic=int(np.frombuffer(vector[1:].tobytes(), np.uint8).sum()) % 12,
            scores=scores,
            brief=brief.describe(vector),
        )

    def render(self, work: Mapping[str, Any], mode: str) -> Any:
        """Draws a melody as a piano roll: a picture or a text."""
        from creative_envs.melody.render import ansi, piano_roll

        melody = self.artefact(work)
        return ansi(melody) if mode == "ansi" else piano_roll(melody)

    def brief_names(self) -> tuple[str, ...]:
        """Metres, modes, register, range, density and the eighths of the contour."""
        return brief.ENTRY_NAMES

    def places(self, work: Mapping[str, Any]) -> dict[str, NDArray[np.int64]]:
        """Boxes of notes and rests in the piano roll."""
        from creative_envs.melody.render import event_boxes

        return {"tokens": event_boxes(self.artefact(work))}


_SHOWN_SCORES: Final = ("quality", "craft", "adherence", "novelty")
