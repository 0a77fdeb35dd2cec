"""Whether a store has what a journal's batch holds already, by how many bytes of the journal it says it has."""

from __future__ import annotations

from jupyter_tracker.errors import StoreError
from jupyter_tracker.store.base import Batch


class PartlyStoredError(StoreError):
    """A store has the beginning of a batch: it was stored by an earlier try, of which nobody heard.

    Who has read the batch reads it again, from where the store has got to.
    """


def is_stored(batch: Batch, stored: int) -> bool:
    """Tell whether a store that has `stored` bytes of a batch's journal has all of the batch.

    Raises
    ------
    PartlyStoredError
        It has the beginning of it.
    StoreError
        It lacks bytes before it.
    """
    if stored < batch.start:
        raise StoreError(
            f"The journal of run {batch.run_id} goes on at byte {batch.start}, but the store has {stored} bytes of it."
        )
    if batch.start < stored < batch.position:
        raise PartlyStoredError(f"The journal of run {batch.run_id} is in the store up to byte {stored}.")
    return stored > batch.start
