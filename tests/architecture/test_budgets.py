"""What keeps the house easy to walk through: small files, small functions, light imports, one direction."""

import ast
import graphlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "jupyter_tracker"
PYTHON_FILES = sorted(PACKAGE.rglob("*.py"))
# Alembic's revisions are history: they are written once and never tidied.
PYTHON_FILES = [path for path in PYTHON_FILES if "versions" not in path.parts]
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path for path in PYTHON_FILES
}
TYPESCRIPT_FILES = sorted(path for path in (ROOT / "labextension" / "src").rglob("*.ts"))
ROOMS = sorted(path for path in PACKAGE.iterdir() if (path / "__init__.py").exists())

FILE_LINES = 500
FUNCTION_LINES = 60
# `import jupyter_tracker` must cost a script or a kernel next to nothing.
HEAVY = {
    "IPython",
    "alembic",
    "anywidget",
    "ipywidgets",
    "jupyter_server",
    "matplotlib",
    "numpy",
    "pandas",
    "plotly",
    "psycopg",
    "pymysql",
    "sklearn",
    "sqlalchemy",
    "tornado",
    "traitlets",
}
POSIX_MODULES = {"fcntl", "grp", "pwd", "resource", "termios"}
POSIX_OS = {"O_CLOEXEC", "O_DIRECTORY", "O_DSYNC", "O_NOFOLLOW", "fork", "getuid", "geteuid", "register_at_fork"}


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def run_python(code: str) -> str:
    """Run code in a fresh interpreter and return what it prints."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_there_is_something_to_measure():
    assert len(PYTHON_FILES) > 20
    assert len(ROOMS) > 5
    assert TYPESCRIPT_FILES


@pytest.mark.parametrize("path", PYTHON_FILES + TYPESCRIPT_FILES, ids=relative)
def test_no_file_is_too_long(path):
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= FILE_LINES, f"{relative(path)} has {lines} lines; split it by noun (300 is the aim)"


@pytest.mark.parametrize("path", PYTHON_FILES, ids=relative)
def test_no_function_is_too_long(path):
    functions = [
        node
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    long = {f.name: lines for f in functions if (lines := code_lines(f)) > FUNCTION_LINES}
    assert not long, f"over {FUNCTION_LINES} lines without their docstring (30 is the aim): {long}"


def code_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return a function's length without its docstring: a good one must not count against it."""
    body = function.body
    documented = isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant)
    docstring = body[0].end_lineno - body[0].lineno + 1 if documented else 0
    return function.end_lineno - function.lineno + 1 - docstring


def test_import_loads_no_heavy_library():
    loaded = set(
        run_python("import sys, jupyter_tracker; print(*{name.split('.')[0] for name in sys.modules})").split()
    )
    assert not loaded & HEAVY


def test_no_room_is_loaded_before_it_is_used():
    code = "import sys, jupyter_tracker; print(*(n for n in sys.modules if n.startswith('jupyter_tracker.')))"
    assert not {"jupyter_tracker.store.sql", "jupyter_tracker.widgets", "jupyter_tracker.server"} & set(
        run_python(code).split()
    )


@pytest.mark.parametrize("path", PYTHON_FILES, ids=relative)
def test_nothing_posix_only_at_module_level(path):
    """Windows is untested but must import: what only POSIX has is asked for in a function, a `try` or an `if`."""
    found = []
    for statement in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(statement, ast.Try | ast.If | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        for node in ast.walk(statement):
            imported = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            imported += [node.module] if isinstance(node, ast.ImportFrom) else []
            found += [name for name in imported if name in POSIX_MODULES]
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "os":
                found += [f"os.{node.attr}"] if node.attr in POSIX_OS else []
    assert not found


def test_layers_rooms_and_cycles():
    """The contracts of pyproject.toml: imports point down, one room per heavy library, no cycles."""
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from importlinter.cli import lint_imports_command; lint_imports_command()",
            "--no-cache",
        ],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_modules_need_each_other_not_even_for_a_type():
    """import-linter leaves out what only a type checker imports; such a type belongs in a file of its own."""
    graphlib.TopologicalSorter({name: imports(name) for name in MODULES}).prepare()  # raises, and names the circle


def imports(name):
    """Return the modules of ours that a module imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(MODULES[name].read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            found.update(each if each in MODULES else node.module for each in names)
        elif isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
    return found & MODULES.keys() - {name}


@pytest.mark.parametrize("room", ROOMS, ids=relative)
def test_each_room_says_what_it_is_for_and_how_to_add_to_it(room):
    docstring = ast.get_docstring(ast.parse((room / "__init__.py").read_text(encoding="utf-8"))) or ""
    assert re.search(r"\bTo add\b", docstring), f"{relative(room)}/__init__.py: end its docstring with 'To add a …'"


def test_contributing_maps_each_room():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    missing = [room.name for room in ROOMS if f"`{room.name}/`" not in text]
    assert not missing, f"rooms that CONTRIBUTING.md does not show: {missing}"
