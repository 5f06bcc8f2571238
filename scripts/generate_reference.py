"""Write docs/reference/cli.md from the commands, and docs/reference/http.md from OpenAPI."""

from collections.abc import Iterator, Mapping
from enum import Enum
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final, get_args, get_type_hints

import typer
from typer.core import TyperGroup
from typer.main import get_command

from brand_index.store import Store
from scanner.commands.main import markscan, scan_images_app
from scanner.service.app import create_app
from scanner.settings import Settings

REFERENCE: Final = Path(__file__).parent.parent / "docs" / "reference"
_METHODS: Final = ("get", "put", "post", "delete", "patch")
_NOTE: Final = "<!-- Written by scripts/generate_reference.py. Change the code instead, then run the script. -->"
_CLI: Final = f"""# Command line

{_NOTE}

Two programs come with Markscan: [`scan-images`](#scan-images) scans images, and [`markscan`](#markscan-register) does
everything else. Every option is listed here as `--help` prints it. `markscan serve` and the commands that manage the
service need `pip install '.[service]'`.
"""
_HTTP: Final = f"""# HTTP API

{_NOTE}

`markscan serve` answers these calls. A running service gives the same description as OpenAPI at `/openapi.json`, from
which clients in other languages can be generated.

- **Authentication.** Every call needs `Authorization: Bearer mk_…`, except `/healthz`, `/readyz` and `/openapi.json`.
  `markscan keys create` makes a key.
- **Errors.** An error is answered as `application/problem+json` (RFC 9457) with `type`, `title`, `status`, `detail`,
  `code` and `request_id`. `code` is a stable word; `detail` says what to do next.
- **Errors of any call.** 400 malformed, 401 no valid key, 403 the key's role may not, 413 the body is too large, 422 a
  field is invalid, 429 the key's limit of calls a minute is used up, 503 the queue is full. 429 and 503 come with
  `Retry-After`.
"""
_ANY_CALL: Final = {"400", "401", "403", "413", "422", "429", "503"}


def cli_page() -> str:
    """The page of all commands, as Markdown."""
    group = get_command(markscan)
    assert isinstance(group, TyperGroup)
    parts = [_CLI, *_command("scan-images", get_command(scan_images_app))]
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            for inner, each in command.commands.items():
                parts += _command(f"markscan {name} {inner}", each)
        else:
            parts += _command(f"markscan {name}", command)
    return "\n".join(parts)


def _command(name: str, command: Any) -> Iterator[str]:
    yield f"## {name}\n"
    yield "\n\n".join(" ".join(each.split()) for each in (command.help or "").split("\n\n")) + "\n"
    hints = get_type_hints(command.callback)
    arguments = [each for each in command.params if each.param_type_name == "argument"]
    shown = "".join(
        f" {_metavar(each)}" if each.required and each.nargs == 1 else f" [{_metavar(each)}]" for each in arguments
    )
    yield f"    {name} [OPTIONS]{shown}\n"
    yield "| option | meaning |"
    yield "| --- | --- |"
    for each in command.params:
        if each in arguments:
            yield _row(f"`{_metavar(each)}`", each.help or "")
        elif each.name != "help":
            yield _row(_option(each, hints[each.name]), f"{each.help or ''}{_default(each)}")
    yield ""


def _metavar(parameter: Any) -> str:
    return str(parameter.metavar or (parameter.name or "").upper())


def _option(parameter: Any, annotation: Any) -> str:
    names = "`, `".join([*parameter.opts, *parameter.secondary_opts])
    if parameter.is_flag:
        return f"`{names}`"
    choices = [
        each.value
        for enum in (annotation, *get_args(annotation))
        if isinstance(enum, type) and issubclass(enum, Enum)
        for each in enum
    ]
    return f"`{names} {'|'.join(choices) or _metavar(parameter)}`"


def _default(parameter: Any) -> str:
    default = parameter.default
    said = ""
    if default not in (None, "", False) and not callable(default) and not parameter.secondary_opts:
        said += f" Default: `{default.value if isinstance(default, Enum) else default}`."
    if parameter.envvar:
        said += f" Variable: `{parameter.envvar}`."
    return f"{said} Required." if parameter.required else said


def http_page() -> str:
    """The page of all calls and of what they take and answer, as Markdown."""
    api = create_app(Store(Path("markscan-store")), Settings()).openapi()
    schemas: Mapping[str, Any] = api["components"]["schemas"]
    parts = [_HTTP]
    tag = ""
    for path, methods in api["paths"].items():
        for method in _METHODS:
            if method not in methods:
                continue
            call = methods[method]
            if call["tags"][0] != tag:
                tag = call["tags"][0]
                parts.append(f"## {tag.capitalize().replace('-', ' ')}\n")
            parts += _call(method, path, call, schemas)
    parts.append("## Objects\n\n[Row format](row-format.md) explains the fields of a row and of its evidence.\n")
    for name, schema in sorted(schemas.items()):
        if not name.startswith("Body_"):
            parts += _object(name, schema)
    return "\n".join(parts)


def _call(method: str, path: str, call: Mapping[str, Any], schemas: Mapping[str, Any]) -> Iterator[str]:
    yield f"### {method.upper()} {path}\n"
    yield " ".join(call.get("description", "").split()) + "\n"
    rows = [
        (each["name"], each["in"], each["required"], each["schema"] | {"description": each.get("description", "")})
        for each in call.get("parameters", [])
    ]
    for content, body in call.get("requestBody", {}).get("content", {}).items():
        schema = body["schema"]
        name = schema.get("$ref", "").rpartition("/")[2]
        fields = schemas[name] if name else schema
        needed = fields.get("required", ())
        rows += [
            (field, content.partition("/")[2].partition("-")[0], field in needed, each)
            for field, each in fields.get("properties", {}).items()
        ]
    if rows:
        yield "| field | in | type | meaning |"
        yield "| --- | --- | --- | --- |"
        for field, where, required, schema in rows:
            meaning = f"{schema.get('description', '')}{' Required.' if required else ''}"
            yield _row(f"`{field}`", where, _type(schema), meaning.strip())
        yield ""
    for status, answer in call["responses"].items():
        if status in _ANY_CALL:
            continue
        content = answer.get("content", {})
        if "application/problem+json" in content:
            said = "an error"
        else:
            said = _type(content["application/json"]["schema"]) if "application/json" in content else "text"
        yield f"- {status} {HTTPStatus(int(status)).phrase}: {said}"
    yield ""


def _object(name: str, schema: Mapping[str, Any]) -> Iterator[str]:
    yield f"### {name}\n"
    yield " ".join(schema.get("description", "").split()) + "\n"
    if "enum" in schema:
        yield f"One of {', '.join(f'`{each}`' for each in schema['enum'])}.\n"
    if "prefixItems" in schema:
        items = [f"{each.get('title', 'item').lower()} ({_type(each)})" for each in schema["prefixItems"]]
        yield f"A list of {len(items)}: {', '.join(items)}.\n"
    if schema.get("properties"):
        yield "| field | type | meaning |"
        yield "| --- | --- | --- |"
        for field, each in schema["properties"].items():
            yield _row(f"`{field}`", _type(each), each.get("description", ""))
        yield ""


def _type(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return " or ".join(_type(each) for each in schema[several])
    if "enum" in schema:
        return ", ".join(f"`{each}`" for each in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_type(schema['items'])}" if "items" in schema else "list"
    if schema.get("contentMediaType") or schema.get("format") == "binary":
        return "file"
    kind = str(schema.get("format") or schema.get("type", "any"))
    return kind


def _row(*cells: str) -> str:
    return f"| {' | '.join(' '.join(cell.split()).replace('|', chr(92) + '|') for cell in cells)} |"


def main() -> None:
    """Write both pages."""
    for name, text in (("cli.md", cli_page()), ("http.md", http_page())):
        (REFERENCE / name).write_text(text, "utf-8")
        typer.echo(f"wrote {REFERENCE / name}")


if __name__ == "__main__":
    main()
