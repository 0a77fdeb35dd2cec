"""The browser's types, generated from the view classes: ``python -m jupyter_tracker.views.typescript --write``.

The source of the view modules is read, not imported: annotations, and the text under a class or a field,
are all that is needed. An annotation that has no TypeScript counterpart here is an error. Each module becomes a file
of its name in ``types/``; ``types.ts`` passes all of them on.
"""

from __future__ import annotations

import argparse
import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

_PACKAGE: Final = Path(__file__).parents[1]
TARGET: Final = _PACKAGE.parent / "labextension" / "src"
MODULES: Final = (
    "wire/numbers.py",
    "views/common.py",
    "views/artifact_list.py",
    "views/metric_summaries.py",
    "views/run_head.py",
    "views/run_card.py",
    "views/run_detail.py",
    "views/artifact_folder.py",
    "views/artifact_preview.py",
    "views/table_columns.py",
    "views/table_rows.py",
    "views/run_table.py",
    "views/column_list.py",
    "views/column_ranges.py",
    "views/run_sparklines.py",
    "views/run_ids.py",
    "views/table_text.py",
    "views/filter_completion.py",
    "views/curve_points.py",
    "views/metric_curves.py",
    "views/param_axis.py",
    "views/parallel_coordinates.py",
    "views/scatter.py",
    "views/metric_goals.py",
    "views/comparison_metrics.py",
    "views/comparison_rows.py",
    "views/comparison.py",
    "views/comparison_files.py",
    "views/dashboard.py",
    "views/experiment_list.py",
    "views/run_list.py",
    "views/running_list.py",
    "views/store_list.py",
    "views/model_list.py",
    "views/registry_board.py",
    "views/registry_move.py",
    "views/panel.py",
)
_HEADER: Final = (
    "// Generated from jupyter_tracker/views by `python -m jupyter_tracker.views.typescript`. Do not edit.\n"
)
_PLAIN: Final = {"str": "string", "int": "number", "float": "number", "bool": "boolean"}


@dataclass
class _Names:
    """The names that annotations may use: in which file each is, and which have been used."""

    homes: dict[str, str]
    used: set[str] = field(default_factory=set)


def typescript() -> dict[str, str]:
    """Return the text of each file by its path below ``labextension/src``."""
    homes: dict[str, str] = {}
    files = {f"types/{Path(module).stem}.ts": _file(module, homes) for module in MODULES}
    return {"types.ts": _HEADER + "".join(f"export type * from './{path[:-3]}.js';\n" for path in files)} | files


def _file(module: str, homes: dict[str, str]) -> str:
    names, home = _Names(homes), Path(module).stem
    declarations: list[str] = []
    for node, doc in _with_docs(ast.parse((_PACKAGE / module).read_text(encoding="utf-8")).body):
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.annotation) == "TypeAlias":
            homes[ast.unparse(node.target)] = home
            declarations.append(_alias(node, doc, names))
        elif isinstance(node, ast.ClassDef) and _is_view(node):
            homes[node.name] = home
            declarations.append(_interface(node, names))
    return "\n".join([_HEADER + _imports(names, home), *declarations])


def _imports(names: _Names, home: str) -> str:
    wanted: dict[str, list[str]] = {}
    for name in sorted(names.used):
        wanted.setdefault(names.homes[name], []).append(name)
    return "".join(
        f"import type {{ {', '.join(wanted[other])} }} from './{other}.js';\n"
        for other in sorted(wanted)
        if other != home
    )


def _with_docs(body: list[ast.stmt]) -> Iterator[tuple[ast.stmt, str | None]]:
    """Yield each statement with the text literal that follows it."""
    for node, following in zip(body, [*body[1:], None], strict=True):
        match following:
            case ast.Expr(value=ast.Constant(value=str() as text)):
                yield node, text
            case _:
                yield node, None


def _is_view(node: ast.ClassDef) -> bool:
    return not node.name.startswith("_") and any("dataclass" in ast.unparse(item) for item in node.decorator_list)


def _alias(node: ast.AnnAssign, doc: str | None, names: _Names) -> str:
    name, value = ast.unparse(node.target), node.value
    if isinstance(value, ast.Constant) and isinstance(value.value, str):  # a quoted annotation
        value = ast.parse(value.value, mode="eval").body
    if value is None:
        raise TypeError(f"the type alias {name} has no value")
    return f"{_comment(doc)}export type {name} = {_type(value, names)};\n"


def _interface(node: ast.ClassDef, names: _Names) -> str:
    lines = [
        f"{_comment(doc, '  ')}  {ast.unparse(item.target)}: {_type(item.annotation, names)};\n"
        for item, doc in _with_docs(node.body)
        if isinstance(item, ast.AnnAssign)
    ]
    above = "".join(f" extends {_type(base, names)}" for base in node.bases)
    return f"{_comment(ast.get_docstring(node))}export interface {node.name}{above} {{\n{''.join(lines)}}}\n"


def _comment(doc: str | None, indent: str = "") -> str:
    if doc is None:
        return ""
    lines = [line.strip() for line in doc.strip().splitlines()]
    if len(lines) == 1:
        return f"{indent}/** {lines[0]} */\n"
    return "".join(f"{indent}{line}".rstrip() + "\n" for line in ["/**", *(f" * {line}" for line in lines), " */"])


def _type(node: ast.expr, names: _Names) -> str:
    """Return the TypeScript type of an annotation; TypeError where there is none."""
    match node:
        case ast.Name(id=name) if name in _PLAIN:
            return _PLAIN[name]
        case ast.Name(id=name) if name in names.homes:
            names.used.add(name)
            return name
        case ast.Constant(value=None):
            return "null"
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return f"{_type(left, names)} | {_type(right, names)}"
        case ast.Subscript(value=ast.Name(id="list"), slice=item):
            inner = _type(item, names)
            return f"({inner})[]" if " " in inner else f"{inner}[]"
        case ast.Subscript(value=ast.Name(id="Literal"), slice=item):
            return " | ".join(map(ast.unparse, item.elts if isinstance(item, ast.Tuple) else [item]))
    raise TypeError(
        f"no TypeScript type for {ast.unparse(node)!r}; known are {sorted(names.homes)} and {sorted(_PLAIN)}"
    )


def main(arguments: list[str] | None = None) -> int:
    """Print the types, or write them with ``--write``; with ``--check`` return 1 where a file is out of date."""
    parser = argparse.ArgumentParser(prog="python -m jupyter_tracker.views.typescript", description=main.__doc__)
    parser.add_argument("--write", action="store_true", help="write types.ts and what is in types/")
    parser.add_argument("--check", action="store_true", help="compare with them")
    options = parser.parse_args(arguments)
    files = typescript()
    if options.check:
        return 0 if written() == files else 1
    if options.write:
        _write(files)
    else:
        sys.stdout.write("\n".join(files.values()))
    return 0


def written() -> dict[str, str]:
    """Return the text of each file that is there, by its path below ``labextension/src``."""
    present = [TARGET / "types.ts", *(TARGET / "types").glob("*.ts")]
    return {path.relative_to(TARGET).as_posix(): path.read_text(encoding="utf-8") for path in present if path.exists()}


def _write(files: dict[str, str]) -> None:
    for path in written().keys() - files.keys():
        (TARGET / path).unlink()
    for path, text in files.items():
        (TARGET / path).parent.mkdir(parents=True, exist_ok=True)
        (TARGET / path).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
