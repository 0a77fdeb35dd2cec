"""The write path: a log call is one append to a file, and a background thread brings it to the store.

`records`   the bytes of a journal, both directions; pure
`writer`    what a log call runs: validate, pack, append
`drain`     the one thread per process that brings journals into their stores
`recovery`  journals whose writer died: replayed by whoever looks next
`locks`     who is alive: advisory file locks, host and boot

Nothing here knows SQL or HTTP; a store is a `target.JournalTarget`.

To add a kind of record: a number and its encoder in `records`, its case in `records.read`.
"""
