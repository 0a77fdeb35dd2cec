"""docs/deploy is read, and what it starts is started: on real PostgreSQL and an S3 server, by the same command."""

import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from moto.server import ThreadedMotoServer

from jupyter_tracker import cli, settings
from tests import hosts, servers

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "deploy"
GUIDE = ROOT / "docs" / "deploying.md"
COMPOSE = yaml.safe_load((FOLDER / "compose.yaml").read_text(encoding="utf-8"))
SERVICES = COMPOSE["services"]
BUCKET = SERVICES["bucket"]["command"][-1].rpartition("/")[2]
DOCKERFILE = (FOLDER / "Dockerfile").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
# What the clouds' own libraries read.
OF_CLOUDS = re.compile(r"AWS_(ACCESS_KEY_ID|SECRET_ACCESS_KEY|ENDPOINT_URL|REGION)")
# What uvicorn reads.
OF_PROXIES = "FORWARDED_ALLOW_IPS"


def parsed(words):
    """Return what the command line says; argparse exits where it is not understood."""
    arguments = cli._parser("jupyter tracker").parse_args(words)
    assert arguments.command is not None
    return arguments


def instructions(name):
    lines = re.sub(r"\\\n\s*", "", DOCKERFILE).splitlines()
    return [line.partition(" ")[2] for line in lines if line.partition(" ")[0] == name]


def guide_lines():
    blocks = re.findall(r"^```sh\n(.*?)^```", GUIDE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return [shlex.split(line, comments=True) for line in "".join(blocks).splitlines()]


def test_the_services_fit_together():
    for name, service in SERVICES.items():
        assert "image" in service, name
        # The tag is said: what is started next year is what was looked at today.
        assert name == "tracker" or service["image"].count(":") == 1
        for other, needed in service.get("depends_on", {}).items():
            ready = {"service_healthy": "healthcheck" in SERVICES[other], "service_completed_successfully": True}
            assert ready[needed["condition"]], f"{name} waits for {other}, which never says that it is ready"
        volumes = {volume.partition(":")[0] for volume in service.get("volumes", [])}
        assert volumes <= COMPOSE["volumes"].keys()
    tracker = SERVICES["tracker"]
    assert set(tracker["depends_on"]) == {"db", "s3"}
    assert set(SERVICES["s3"]["depends_on"]) == {"bucket"}
    context = FOLDER / tracker["build"]["context"]
    assert context.resolve() == ROOT
    assert (context / tracker["build"]["dockerfile"]).resolve() == FOLDER / "Dockerfile"
    assert [port.startswith("${TRACKER_ADDRESS:-127.0.0.1}:") for port in tracker["ports"]] == [True]


def test_no_password_is_written_down():
    text = (FOLDER / "compose.yaml").read_text(encoding="utf-8")
    for line in re.findall(r"^\s+\w*(?:PASSWORD|SECRET)\w*: (.*)$", text, re.MULTILINE):
        assert "".join(line).startswith("${"), line
    # Those that are asked for are those that the guide makes.
    made = next(line for line in guide_lines() if line[0] == "printf")
    assert set(re.findall(r"\$\{(\w+):\?", text)) == set(re.findall(r"([A-Z0-9_]+)=%s", made[1]))


def test_the_command_and_its_settings_are_real():
    arguments = parsed(SERVICES["tracker"]["command"])
    assert (arguments.command, arguments.host, arguments.port) == ("server", "0.0.0.0", 5000)
    known = {setting.env for setting in settings.SETTINGS}
    for name in SERVICES["tracker"]["environment"]:
        assert name in known or OF_CLOUDS.fullmatch(name) or name == OF_PROXIES, name
    assert arguments.artifacts_destination.startswith(f"s3://{BUCKET}/")


def test_the_s3_store_is_the_one_that_the_tracker_is_told():
    store, told = SERVICES["s3"]["environment"], SERVICES["tracker"]["environment"]
    assert told["AWS_ENDPOINT_URL"] == f"http://s3{store['VGW_PORT']}"
    assert (told["AWS_ACCESS_KEY_ID"], told["AWS_SECRET_ACCESS_KEY"]) == (
        store["ROOT_ACCESS_KEY"],
        store["ROOT_SECRET_KEY"],
    )
    # Each folder of its volume is a bucket.
    folder, bucket = (
        next(volume.partition(":")[2] for volume in SERVICES[name]["volumes"] if volume.startswith("s3:"))
        for name in ("s3", "bucket")
    )
    assert folder == bucket == store["VGW_BACKEND_ARG"]
    assert SERVICES["s3"]["healthcheck"]["test"][-1].endswith(f"{store['VGW_PORT']}{store['VGW_HEALTH']}")


def test_what_is_kept_lies_where_the_image_keeps_it():
    """PostgreSQL's image does not start with a volume at the folder of the versions before 18."""
    assert int(SERVICES["db"]["image"].partition(":")[2]) >= 18
    assert SERVICES["db"]["volumes"] == ["db:/var/lib/postgresql"]


def test_the_image_is_made_of_what_there_is():
    (entry,) = instructions("ENTRYPOINT")
    (program,) = json.loads(entry)
    assert program in PROJECT["scripts"]
    assert parsed(json.loads(instructions("CMD")[-1])).command == "server"
    extras = {
        extra for names in re.findall(r"\[([\w,-]+)\]", "".join(instructions("RUN"))) for extra in names.split(",")
    }
    assert {"server", "postgresql", "object-storage"} <= extras <= PROJECT["optional-dependencies"].keys()
    kept = [line[1:] for line in (FOLDER / "Dockerfile.dockerignore").read_text().splitlines() if line.startswith("!")]
    assert all((ROOT / name).exists() for name in kept)
    assert instructions("USER") == ["tracker"]


def test_every_command_of_the_guide_is_real():
    seen = set()
    for words in guide_lines():
        if words[:2] == ["docker", "compose"] and words[2] in {"exec", "run"}:
            service, *inner = (word for word in words[3:] if word != "--rm")
            assert service in SERVICES
            if service == "tracker":
                inner = inner[1:] if inner[0] == "jupyter-tracker" else inner
                seen.add(parsed(inner).command)
        elif words[:2] == ["jupyter", "tracker"]:
            seen.add(parsed(words[2:]).command)
        elif words[:2] == ["docker", "compose"]:
            assert words[2] in {"up", "logs", "build", "cp"}
            assert set(words[3:]) & SERVICES.keys() or words[2] in {"up", "cp"}
    assert seen == {"users", "db", "server"}


@pytest.fixture
def cloud():
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    yield "http://{}:{}".format(*moto.get_host_and_port())
    moto.stop()


def environment_of(database, cloud, folder):
    """Return the settings of the compose file, with the addresses of these tests' servers in place of its own."""
    said = SERVICES["tracker"]["environment"]

    def filled(found):
        return "a-password-of-a-test" if found[1] == "?" else found[2]

    return {
        **{name: re.sub(r"\$\{\w+:([?-])([^}]*)\}", filled, value) for name, value in said.items()},
        "JUPYTER_TRACKER_URI": database.replace("+psycopg", ""),
        "AWS_ENDPOINT_URL": cloud,
        "XDG_DATA_HOME": str(folder / "data"),
    }


def said(command, folder, environment, text=""):
    done = subprocess.run(command, cwd=folder, env=environment, input=text, text=True, capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_its_steps_work_on_postgresql_and_an_s3_store(cloud, tmp_path):
    import boto3

    environment = environment_of(servers.new_database("postgresql"), cloud, tmp_path)
    credentials = {"aws_access_key_id": "tracker", "aws_secret_access_key": "x", "region_name": "us-east-1"}
    bucket = boto3.client("s3", endpoint_url=cloud, **credentials)
    bucket.create_bucket(Bucket=BUCKET)
    command = [word for word in SERVICES["tracker"]["command"] if not word.startswith("--port=")]
    host = hosts.Host(["-m", "jupyter_tracker", *command], tmp_path, more=environment).wait()
    try:
        hosts.check_as_the_image(host.port)
        log = host.log.read_text()
        admin = re.search(r"MLFLOW_TRACKING_TOKEN=(\S+)", log)[1]
        everything = {**os.environ, **environment, "PYTHONPATH": str(ROOT)}
        users = [sys.executable, "-m", "jupyter_tracker", "users"]
        said([*users, "add", "alice", "--role", "editor"], tmp_path, everything, "correct horse\n")
        host.token = said([*users, "token", "alice"], tmp_path, everything).split()[0]
        code = (
            "import jupyter_tracker as t; r = t.start_run(run_name='deployed'); t.log_metric('f1', 0.9);"
            "t.log_text('hello', 'notes/a.txt'); t.end_run(); print(r.info.run_id)"
        )
        client = {**os.environ, **host.environment(), "PYTHONPATH": str(ROOT), "HOME": str(tmp_path / "client")}
        client.pop("JUPYTER_TRACKER_URI", None)
        run_id = said([sys.executable, "-c", code], tmp_path, client).split()[-1]
        keys = [entry["Key"] for entry in bucket.list_objects_v2(Bucket="tracker")["Contents"]]
        assert [key for key in keys if key.endswith(f"{run_id}/artifacts/notes/a.txt")], keys
        assert all(key.startswith("artifacts/") for key in keys)
        # Another server takes over, with the same volume.
        host.stop()
        host.start()
        host.wait()
        run = host.json(f"/api/2.0/mlflow/runs/get?run_id={run_id}")["run"]
        assert [(metric["key"], metric["value"]) for metric in run["data"]["metrics"]] == [("f1", 0.9)]
        assert host.ask(f"/artifacts/get?run_id={run_id}&path=notes/a.txt")[2] == b"hello"
        # The page signs in with the same users; who has no token sees nothing.
        assert host.ask("/session", {"user": "alice", "password": "correct horse"})[0] == 200
        assert host.ask("/session", {"token": admin})[0] == 200
        host.token = None
        assert host.ask("/views/experiments")[0] == 401
        assert host.ask("/")[0] == 200
    finally:
        host.stop()
