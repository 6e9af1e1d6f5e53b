"""How far the music stands from A = 440 Hz, in semitones."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LOW, HIGH = 110.0, 1760.0  # Hz: below, a bin is wider than the deviation; above, partials stretch
DEPTH = 0.03  # peaks under this share (-30 dB) of the highest one are noise or drums
MEMORY = 20.0  # seconds: what was heard before counts 1/e
CONCERT = 0.1  # semitones: estimates scatter by up to 0.07 where the tuning is 440 Hz, measured
PRIOR = 20.0  # peaks: how much sound A = 440 Hz is worth before anything was heard


class Tuning:
    """The circular mean of how far spectral peaks lie from the tempered scale.

    Peaks by parabolic interpolation of the log spectrum; weighted by the square root of their
    magnitude, because loud notes say no more about the tuning than soft ones. The mean of an
    angle needs no reference: +60 cents and -40 cents are the same (Dressler & Streich 2007).
    """

    def __init__(self, seconds: float) -> None:
        """`seconds`: time between two looks."""
        self._forget = 1.0 - seconds / MEMORY
        self._sum = complex(PRIOR, 0.0)

    @property
    def semitones(self) -> float:
        """-0.5..0.5; what to add to the notes of A = 440 Hz to meet those of the music.

        Nearer than CONCERT reads 0: following the scatter costs chords more than it gains.
        """
        semitones = float(np.angle(self._sum)) / (2.0 * np.pi)
        return semitones if abs(semitones) > CONCERT else 0.0

    def hear(self, magnitude: NDArray[np.floating], bin_hz: float) -> None:
        """A magnitude spectrum from 0 Hz on, Hann window."""
        _, angles = peak_angles(magnitude[None, :], bin_hz)
        if len(angles):
            self.add(complex(angles.sum()))

    def add(self, angle: complex) -> None:
        """The sum of the angles of one look's peaks (`peak_angles`), heard already."""
        self._sum = self._sum * self._forget + angle


def peak_angles(
    magnitudes: NDArray[np.floating], bin_hz: float
) -> tuple[NDArray[np.intp], NDArray[np.complex128]]:
    """How far the peaks of spectra lie from the tempered scale of A = 440 Hz, as angles.

    magnitudes  (n, bins) from 0 Hz on, Hann window
    Returns the row each peak is of, ascending, and its angle (a turn is a semitone), as long as
    the root of its share of its row's highest peak.
    """
    low, high = round(LOW / bin_hz), round(HIGH / bin_hz)
    level = magnitudes[:, low - 1 : high + 1].astype(float)
    middle = level[:, 1:-1]
    loud = middle > np.maximum(1e-7, DEPTH * middle.max(axis=1, keepdims=True))
    rows, peaks = np.nonzero(loud & (middle > level[:, :-2]) & (middle >= level[:, 2:]))
    if not len(rows):
        return rows, np.zeros(0, np.complex128)
    around = np.maximum(level[rows, peaks + np.array([[0], [1], [2]])], 1e-12)
    left, top, right = np.log(around)
    offset = 0.5 * (left - right) / (left - 2.0 * top + right)
    semitones = 12.0 * np.log2((peaks + low + offset) * bin_hz / 440.0)
    weight = np.sqrt(level[rows, peaks + 1])
    highest = np.zeros(len(level))
    np.maximum.at(highest, rows, weight)
    angles = np.exp(2j * np.pi * semitones) * (weight / highest[rows])
    return rows, angles
