"""The body of a draft: what a writer composes, checked."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from emmap.briefing.blocks import kinds
from emmap.briefing.blocks.kind import Block
from emmap.briefing.template import HEADER, Template, template
from emmap.errors import Malformed

MOST_BLOCKS = 60
LONGEST_TITLE = 80
HeaderField = Annotated[str, Field(max_length=300)]


class Body(BaseModel):
    """`view` as in `POST /api/briefings`; `paper` one of the template's; `blocks` in order, each of a kind."""

    model_config = ConfigDict(extra="forbid")

    title: Annotated[str, Field(max_length=LONGEST_TITLE)] = ""
    template: str
    view: dict[str, Any] = {}
    paper: str = ""
    header: dict[str, HeaderField] = {}
    blocks: Annotated[list[dict[str, Any]], Field(max_length=MOST_BLOCKS)] = []

    @property
    def declared(self) -> Template:
        """The template's declaration."""
        return template(self.template)


def read_body(told: Mapping[str, Any]) -> Body:
    """A body with every block checked and complete. `Malformed` says which block, which of its parameters, and why."""
    try:
        body = Body.model_validate(dict(told))
    except ValidationError as error:
        raise _malformed("简报", "briefing", error) from error
    declared = body.declared
    if body.paper and body.paper not in declared.papers:
        raise Malformed(
            f"模板「{declared.title.zh}」没有 {body.paper[:20]} 版面；可用：{', '.join(declared.papers)}。",
            f"Template {declared.name} has no paper {body.paper[:20]}; it has: {', '.join(declared.papers)}.",
        )
    if unknown := sorted(set(body.header) - set(HEADER)):
        raise Malformed(
            f"没有报头字段 {unknown[0][:40]}；可用：{', '.join(HEADER)}。",
            f"There is no header field {unknown[0][:40]}; there are: {', '.join(HEADER)}.",
        )
    blocks = [read_block(one, place).model_dump(mode="json") for place, one in enumerate(body.blocks, 1)]
    keys = [one["key"] for one in blocks]
    if doubled := next((key for key in keys if keys.count(key) > 1), None):
        raise Malformed(f"两个版块的 key 都是 {doubled}。", f"Two blocks have the key {doubled}.")
    return body.model_copy(update={"blocks": blocks, "paper": body.paper or declared.papers[0]})


def read_block(told: Mapping[str, Any], place: int = 1) -> Block:
    """A block, checked; `place` names it in errors."""
    named = str(told.get("kind", ""))
    kind = kinds().get(named)
    if kind is None:
        raise Malformed(
            f"第 {place} 个版块：没有种类「{named[:40]}」；可用：{', '.join(kinds())}。",
            f"Block {place}: there is no kind {named[:40]}; there are: {', '.join(kinds())}.",
        )
    try:
        # A sight is the server's own; a writer says a view.
        return kind.parameters.model_validate({k: v for k, v in told.items() if k != "sight"})
    except ValidationError as error:
        raise _malformed(
            f"第 {place} 个版块（{kind.title.zh}）", f"block {place} ({named})", error
        ) from error


def _malformed(zh: str, en: str, error: ValidationError) -> Malformed:
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(one) for one in first["loc"]) or "–"
    return Malformed(
        f"{zh}的 {where} 不能用：{_reason(first)}。",
        f"{en}: {where} cannot be used: {first['msg']}.",
        code="malformed_body",
    )


def _reason(first: Mapping[str, Any]) -> str:
    limits = first.get("ctx", {})
    match first["type"]:
        case "string_too_long":
            return f"过长，最多 {limits['max_length']} 字"
        case "too_long":
            return f"过多，最多 {limits['max_length']} 个"
        case "too_short":
            return f"过少，至少 {limits['min_length']} 个"
        case "extra_forbidden":
            return "没有这一项"
        case "missing":
            return "缺这一项"
        case "literal_error":
            return f"只能是 {limits['expected']}"
        case _:
            return str(first["msg"])
