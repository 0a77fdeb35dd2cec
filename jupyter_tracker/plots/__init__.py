"""Plotly figures of runs, to build on: drawn from the same views as the panels. The one room that knows plotly.

To add a figure: a function here in a file of its noun that takes the store and a view's arguments, a face in
`jupyter_tracker/figures.py`, and its name in `jupyter_tracker/__init__.py`.
"""
