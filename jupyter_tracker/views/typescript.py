"""The browser's types, generated from the view classes: ``python -m jupyter_tracker.views.typescript --write``.

The source of the view modules is read, not imported: annotations, and the text under a class or a field,
are all that is needed. An annotation that has no TypeScript counterpart here is an error.
"""

from __future__ import annotations

import argparse
import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_PACKAGE: Final = Path(__file__).parents[1]
TARGET: Final = _PACKAGE.parent / "labextension" / "src" / "types.ts"
MODULES: Final = (
    "wire/numbers.py",
    "views/common.py",
    "views/artifact_list.py",
    "views/metric_summaries.py",
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
    "views/panel.py",
)
_HEADER: Final = (
    "// Generated from jupyter_tracker/views by `python -m jupyter_tracker.views.typescript`. Do not edit.\n"
)
_PLAIN: Final = {"str": "string", "int": "number", "float": "number", "bool": "boolean"}


def typescript() -> str:
    """Return the text of ``labextension/src/types.ts``."""
    declarations: list[str] = []
    known: set[str] = set()
    for module in MODULES:
        tree = ast.parse((_PACKAGE / module).read_text(encoding="utf-8"))
        for node, doc in _with_docs(tree.body):
            if isinstance(node, ast.AnnAssign) and ast.unparse(node.annotation) == "TypeAlias":
                declarations.append(_alias(node, doc, known))
            elif isinstance(node, ast.ClassDef) and _is_view(node):
                declarations.append(_interface(node, known))
    return "\n".join([_HEADER, *declarations])


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


def _alias(node: ast.AnnAssign, doc: str | None, known: set[str]) -> str:
    name, value = ast.unparse(node.target), node.value
    known.add(name)
    if isinstance(value, ast.Constant) and isinstance(value.value, str):  # a quoted annotation
        value = ast.parse(value.value, mode="eval").body
    if value is None:
        raise TypeError(f"the type alias {name} has no value")
    return f"{_comment(doc)}export type {name} = {_type(value, known)};\n"


def _interface(node: ast.ClassDef, known: set[str]) -> str:
    known.add(node.name)
    lines = [
        f"{_comment(doc, '  ')}  {ast.unparse(field.target)}: {_type(field.annotation, known)};\n"
        for field, doc in _with_docs(node.body)
        if isinstance(field, ast.AnnAssign)
    ]
    return f"{_comment(ast.get_docstring(node))}export interface {node.name} {{\n{''.join(lines)}}}\n"


def _comment(doc: str | None, indent: str = "") -> str:
    if doc is None:
        return ""
    lines = [line.strip() for line in doc.strip().splitlines()]
    if len(lines) == 1:
        return f"{indent}/** {lines[0]} */\n"
    return "".join(f"{indent}{line}".rstrip() + "\n" for line in ["/**", *(f" * {line}" for line in lines), " */"])


def _type(node: ast.expr, known: set[str]) -> str:
    """Return the TypeScript type of an annotation; TypeError where there is none."""
    match node:
        case ast.Name(id=name) if name in _PLAIN:
            return _PLAIN[name]
        case ast.Name(id=name) if name in known:
            return name
        case ast.Constant(value=None):
            return "null"
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return f"{_type(left, known)} | {_type(right, known)}"
        case ast.Subscript(value=ast.Name(id="list"), slice=item):
            inner = _type(item, known)
            return f"({inner})[]" if " " in inner else f"{inner}[]"
        case ast.Subscript(value=ast.Name(id="Literal"), slice=item):
            return " | ".join(map(ast.unparse, item.elts if isinstance(item, ast.Tuple) else [item]))
    raise TypeError(f"no TypeScript type for {ast.unparse(node)!r}; known are {sorted(known)} and {sorted(_PLAIN)}")


def main(arguments: list[str] | None = None) -> int:
    """Print the types, or write them with ``--write``; with ``--check`` return 1 where the file is out of date."""
    parser = argparse.ArgumentParser(prog="python -m jupyter_tracker.views.typescript", description=main.__doc__)
    parser.add_argument("--write", action="store_true", help=f"write {TARGET.name}")
    parser.add_argument("--check", action="store_true", help=f"compare with {TARGET.name}")
    options = parser.parse_args(arguments)
    text = typescript()
    if options.check:
        return 0 if TARGET.read_text(encoding="utf-8") == text else 1
    if options.write:
        TARGET.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
