"""The WIT world of a program, made of the annotations of its exported functions.

The program is read, not run: what it imports is there in the component only.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

_PLAIN = {
    "u8": "u8",
    "u16": "u16",
    "u32": "u32",
    "u64": "u64",
    "s8": "s8",
    "s16": "s16",
    "s32": "s32",
    "s64": "s64",
    "f32": "f32",
    "f64": "f64",
    "char": "char",
    "int": "s64",
    "float": "f64",
    "str": "string",
    "bool": "bool",
    "bytes": "list<u8>",
    "ActorId": "actor-id",
}


class SignatureError(Exception):
    """An annotation that cannot be said in WIT without a WIT file."""

    def __init__(self, node: ast.AST, function: str, problem: str) -> None:
        super().__init__(f"line {getattr(node, 'lineno', 0)}: `{function}`: {problem}")


@dataclass
class Program:
    """What a program exports."""

    runs: bool
    functions: list[str]

    @property
    def world(self) -> str:
        """The WIT of it."""
        # Not by including `program`: that hides the name `error` from the functions below.
        run = ["run: async func(arguments: list<string>) -> result<_, error>"] if self.runs else []
        lines = [
            "package local:python;",
            "",
            "world python-actor {",
            "    include tractor:actor/actor@0.1.0;",
            "    use tractor:actor/types@0.1.0.{actor-id, error};",
            "    use tractor:actor/context@0.1.0.{context};",
            *(f"    export {function};" for function in [*run, *self.functions]),
            "}",
        ]
        return "\n".join(lines) + "\n"


def read(source: str, name: str) -> Program:
    """Reads the text of a program."""
    program = Program(False, [])
    for node in ast.parse(source, name).body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            marks = {_last_name(mark) for mark in node.decorator_list}
            program.runs |= "program" in marks
            if "export" in marks:
                program.functions.append(_function(node))
    return program


def _function(node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    arguments = node.args
    if arguments.vararg or arguments.kwarg or arguments.kwonlyargs:
        raise SignatureError(node, node.name, "WIT knows only parameters that are given by position")
    parameters = []
    for index, argument in enumerate([*arguments.posonlyargs, *arguments.args]):
        if argument.annotation is None:
            raise SignatureError(argument, node.name, f"parameter `{argument.arg}` has no type")
        if index == 0 and _last_name(argument.annotation) == "Context":
            kind = "context"
        else:
            kind = _type(argument.annotation, node.name)
        parameters.append(f"{kebab(argument.arg)}: {kind}")
    nothing = node.returns is None or _is_none(node.returns)
    returns = "_" if nothing or node.returns is None else _type(node.returns, node.name)
    prefix = "async " if isinstance(node, ast.AsyncFunctionDef) else ""
    return f"{kebab(node.name)}: {prefix}func({', '.join(parameters)}) -> result<{returns}, error>"


def _type(node: ast.expr, function: str) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return _type(ast.parse(node.value, mode="eval").body, function)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        sides = [side for side in (node.left, node.right) if not _is_none(side)]
        if len(sides) == 1:
            return f"option<{_type(sides[0], function)}>"
    if isinstance(node, ast.Subscript):
        of = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        kinds = ", ".join(_type(element, function) for element in of)
        match _last_name(node.value):
            case "list":
                return f"list<{kinds}>"
            case "tuple":
                return f"tuple<{kinds}>"
    name = _last_name(node)
    if name in _PLAIN:
        return _PLAIN[name]
    raise SignatureError(
        node, function, f"the type `{ast.unparse(node)}` needs a WIT file: build with --wit FOLDER --world NAME"
    )


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _last_name(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Call(func=function):
            return _last_name(function)
        case _:
            return ""


def kebab(name: str) -> str:
    """A name as WIT has it."""
    return name.strip("_").replace("_", "-")
