"""How well scores tell two classes apart: one sort for the ROC curve, its area, and precision over recall.

The numbers are those of `sklearn.metrics.roc_curve` and `precision_recall_curve`, which check and sort each by
itself: that takes a good part of the time of a small fit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Numbers = npt.NDArray[np.float64]

_DRAWN: Final = 4000


@dataclass(frozen=True)
class Ranking:
    """What lies at or above each distinct score, from the highest to the lowest.

    Attributes
    ----------
    right, wrong : array of float
        The weight of the positives there, and of the others; first none at all.
    """

    right: Numbers
    wrong: Numbers

    @classmethod
    def of(cls, is_positive: Any, scores: Any, weights: Any = None) -> Ranking:
        """Rank scores, one for each row, of which `is_positive` says which class it is; ValueError for NaN."""
        import numpy as np

        scores = np.asarray(scores, float)
        if np.isnan(scores).any():
            raise ValueError("the model predicts NaN")
        order = np.argsort(-scores, kind="stable")
        ranked, positive = scores[order], np.asarray(is_positive, bool)[order]
        weight = np.ones(len(ranked)) if weights is None else np.asarray(weights, float)[order]
        last = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)
        right = np.cumsum(np.where(positive, weight, 0.0))[last]
        wrong = np.cumsum(np.where(positive, 0.0, weight))[last]
        return cls(np.append(0.0, right), np.append(0.0, wrong))

    def roc(self) -> tuple[Numbers, Numbers]:
        """Return false and true positive rates, of at most some thousands of points."""
        chosen = self._drawn()
        return self.wrong[chosen] / _not_zero(self.wrong[-1]), self.right[chosen] / _not_zero(self.right[-1])

    def roc_area(self) -> float:
        """Return the area under the ROC curve."""
        import numpy as np

        area = float((np.diff(self.wrong) * (self.right[1:] + self.right[:-1])).sum() / 2)
        return area / _not_zero(self.wrong[-1] * self.right[-1])

    def precision_recall(self) -> tuple[Numbers, Numbers]:
        """Return recall and precision, of at most some thousands of points; nothing found counts as all right."""
        import numpy as np

        chosen = self._drawn()
        right, found = self.right[chosen], self.right[chosen] + self.wrong[chosen]
        return right / _not_zero(self.right[-1]), np.where(found > 0, right / np.where(found > 0, found, 1), 1.0)

    def _drawn(self) -> Any:
        import numpy as np

        count = len(self.right)
        return np.unique(np.linspace(0, count - 1, min(count, _DRAWN)).round().astype(np.intp))


def _not_zero(value: float) -> float:
    return max(float(value), 1e-300)
