"""Sound: a soft plucked voice in a small room, synthesised with NumPy alone.

Each note is a sum of harmonics below half the sampling rate (so nothing aliases), each decaying
faster the higher it is, between raised-cosine fades (so nothing clicks).
"""

from __future__ import annotations

import io
import wave
from typing import Final

import numpy as np
from numpy.typing import NDArray

from creative_envs.melody.artefact import Melody, SoundingNote

SAMPLE_RATE: Final = 22_050
"""Samples a second."""
TAIL_SECONDS: Final = 0.6
"""Sound after the last note's end, where the room dies away."""
PEAK: Final = 10 ** (-3 / 20)
"""Largest sample, -3 dB below full scale."""

_HARMONIC_LEVELS: Final = (1.0, 0.42, 0.26, 0.13, 0.08, 0.045, 0.025, 0.015)
_SUSTAINED_SHARE: Final = 0.25
"""What is left of the fundamental of a long note once the pluck has died away."""
_DECAY_OF_FUNDAMENTAL: Final = 1.8
"""1/s; the k-th harmonic decays sqrt(k) times as fast and sustains 1/k as much."""
_ATTACK_SECONDS: Final = 0.008
_RELEASE_SECONDS: Final = 0.045
_LONGEST_ATTACK_SHARE: Final = 0.2
_LONGEST_RELEASE_SHARE: Final = 0.4
"""Fades never take more than these shares of a note, however short it is."""
_GAIN_OF_STRENGTH: Final = (0.76, 0.87, 1.0)
"""Loudness off the beat, on a beat and on a downbeat."""
_ROOM_LEVEL: Final = 0.05
"""Energy of the reverberation as a share of the direct sound's."""
_ROOM_DELAY_SECONDS: Final = 0.012
_ROOM_DECAY: Final = 9.0
"""1/s: 60 dB in 0.77 s."""
_ROOM_SMOOTHING: Final = 5
"""Samples averaged to make the room's reflections dull."""


def wav_bytes(melody: Melody, *, sample_rate: int = SAMPLE_RATE, room: bool = True) -> bytes:
    """Writes a melody as a 16-bit mono WAV file.

    Args:
        melody: What to play; an unfinished one is played as far as it goes.
        sample_rate: Samples a second.
        room: Whether to add reverberation. Without it rests are digital silence.

    Returns:
        The file, `Melody.seconds` + `TAIL_SECONDS` long.
    """
    samples = np.rint(synthesise(melody, sample_rate=sample_rate, room=room) * 32767)
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(sample_rate)
        file.writeframes(samples.astype("<i2").tobytes())
    return buffer.getvalue()


def synthesise(
    melody: Melody, *, sample_rate: int = SAMPLE_RATE, room: bool = True
) -> NDArray[np.float64]:
    """The sound of a melody: samples in [-PEAK, PEAK], or zeros if it has no notes."""
    samples_per_sixteenth = 15 / melody.tempo * sample_rate
    n_samples = round(melody.length * samples_per_sixteenth + TAIL_SECONDS * sample_rate)
    sound = np.zeros(n_samples)
    for note in melody.sounding:
        begin = round(note.onset * samples_per_sixteenth)
        end = round((note.onset + note.duration) * samples_per_sixteenth)
        sound[begin:end] = _tone(note, end - begin, sample_rate)
    if room:
        sound += _reverberation(sound, sample_rate)
    peak = float(np.abs(sound).max(initial=0.0))
    return sound * (PEAK / peak) if peak > 0 else sound


def _tone(note: SoundingNote, n_samples: int, sample_rate: int) -> NDArray[np.float64]:
    """One note from silence to silence."""
    frequency = 440.0 * 2 ** ((note.midi - 69) / 12)
    time = np.arange(n_samples) / sample_rate
    tone = np.zeros(n_samples)
    for harmonic, level in enumerate(_HARMONIC_LEVELS, start=1):
        if harmonic * frequency >= sample_rate / 2:
            break
        sustained = _SUSTAINED_SHARE / harmonic
        decay = np.exp(-_DECAY_OF_FUNDAMENTAL * np.sqrt(harmonic) * time)
        envelope = level * (sustained + (1 - sustained) * decay)
        tone += envelope * np.sin(2 * np.pi * harmonic * frequency * time)
    return tone * _fades(n_samples, sample_rate) * _GAIN_OF_STRENGTH[note.strength]


def _fades(n_samples: int, sample_rate: int) -> NDArray[np.float64]:
    """Rises from 0 to 1 and falls back to 0 along raised cosines."""
    attack = round(min(_ATTACK_SECONDS * sample_rate, _LONGEST_ATTACK_SHARE * n_samples))
    release = round(min(_RELEASE_SECONDS * sample_rate, _LONGEST_RELEASE_SHARE * n_samples))
    gain = np.ones(n_samples)
    gain[:attack] = 0.5 - 0.5 * np.cos(np.pi * np.arange(attack) / attack)
    gain[n_samples - release :] = 0.5 + 0.5 * np.cos(np.pi * np.arange(1, release + 1) / release)
    return gain


def _reverberation(sound: NDArray[np.float64], sample_rate: int) -> NDArray[np.float64]:
    """The room's answer to a sound: its convolution with decaying, dulled noise.

    The noise is the same at every call, so equal melodies give equal files.
    """
    time = np.arange(round(TAIL_SECONDS * sample_rate)) / sample_rate
    noise = np.random.default_rng(0).standard_normal(len(time) + _ROOM_SMOOTHING - 1)
    reflections = np.convolve(noise, np.ones(_ROOM_SMOOTHING), mode="valid")
    reflections *= np.exp(-_ROOM_DECAY * time) * (time >= _ROOM_DELAY_SECONDS)
    reflections *= np.sqrt(_ROOM_LEVEL / np.sum(reflections**2))
    n_transform = 1 << (len(sound) + len(time) - 1).bit_length()
    spectrum = np.fft.rfft(sound, n_transform) * np.fft.rfft(reflections, n_transform)
    room: NDArray[np.float64] = np.fft.irfft(spectrum, n_transform)[: len(sound)]
    return room
