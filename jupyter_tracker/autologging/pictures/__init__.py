"""Small charts as PNG and HTML, in milliseconds: a chart library would take longer than most fits, and is optional.

`canvas`   pixels, lines, letters; NumPy and zlib alone
`charts`   a confusion matrix, curves, bars
`pages`    bars and estimators as HTML
"""
