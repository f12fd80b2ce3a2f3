"""Whether a reply is what the tablet API's OpenAPI says: the part of JSON Schema that it uses, read strictly."""

from typing import Any

_KINDS: dict[str, Any] = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "null": type(None),
    "number": (int, float),
}


def unlike(told: Any, schema: dict[str, Any], openapi: dict[str, Any], at: str = "") -> list[str]:
    """Where the two differ; a field that is not described is a difference."""
    if "$ref" in schema:
        return unlike(told, openapi["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]], openapi, at)
    if "anyOf" in schema:
        ways = [unlike(told, way, openapi, at) for way in schema["anyOf"]]
        return [] if [] in ways else ways[0]
    if "const" in schema:
        return [] if told == schema["const"] else [at]
    if "enum" in schema and told not in schema["enum"]:
        return [f"{at}: {told}"]
    kinds = schema.get("type", [])
    if kinds and not any(_is(told, kind) for kind in ([kinds] if isinstance(kinds, str) else kinds)):
        return [f"{at}: {told!r} is no {kinds}"]
    if isinstance(told, dict):
        return _fields(told, schema, openapi, at)
    if isinstance(told, list):
        return [found for one in told for found in unlike(one, schema.get("items", {}), openapi, f"{at}[]")]
    return []


def _is(told: Any, kind: str) -> bool:
    if kind == "integer":
        return type(told) is int
    return isinstance(told, _KINDS[kind]) and not (kind == "number" and isinstance(told, bool))


def _fields(told: dict[str, Any], schema: dict[str, Any], openapi: dict[str, Any], at: str) -> list[str]:
    known, others = schema.get("properties", {}), schema.get("additionalProperties")
    found = [f"{at}.{name} is missing" for name in schema.get("required", []) if name not in told]
    for name, value in told.items():
        if name in known:
            found += unlike(value, known[name], openapi, f"{at}.{name}")
        elif isinstance(others, dict):
            found += unlike(value, others, openapi, f"{at}.{name}")
        else:
            found.append(f"{at}.{name} is not described")
    return found
