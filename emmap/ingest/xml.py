"""XML as strangers send it: no DTDs, no entities, no network; elements by their name, whatever namespace they are in."""

import re

import numpy as np
from lxml import etree

from emmap.errors import Unreadable
from emmap.layer import Rejected

MAX_FIELD = 1_000_000
"""Longest text of one element, in characters."""
MAX_OUTLINE = 32_000_000
"""The same for an area's outline: a million corners."""


def document(content: bytes, *, comments: bool = False) -> etree._Element:
    """The root of an XML document. DOCTYPEs are refused before any parser sees them: entities live there. `comments`:
    comments and processing instructions stay in, as a signature may cover them. Raises `Unreadable`."""
    text = _decoded(content)
    if _has_doctype(text):
        raise Unreadable(
            "XML 中有 DOCTYPE(DTD 或实体定义),出于安全不予读取;请去掉后重新发送。",
            "The XML has a DOCTYPE (a DTD or entities), which is refused for safety; remove it and send again.",
            code="dtd_refused",
        )
    raw = text.encode("utf-8")
    if _longest_run(raw) > MAX_OUTLINE:
        raise _too_long()
    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=True,  # for long outlines: what is too long was refused above, depth stays bounded
        remove_comments=not comments,
        remove_pis=not comments,
    )
    try:
        return etree.fromstring(raw, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        if getattr(error, "code", None) == etree.ErrorTypes.ERR_RESOURCE_LIMIT:
            raise _too_long() from None
        detail = str(error).splitlines()[0][:160] if str(error) else ""
        raise Unreadable(
            f"XML 无法解析:{detail}。请检查文件是否完整。",
            f"The XML cannot be parsed: {detail}. Check whether the file is complete.",
            code="malformed_xml",
        ) from None


def _longest_run(raw: bytes) -> int:
    """Bytes of the longest text or tag."""
    marks = np.flatnonzero(np.frombuffer(raw, np.uint8) == ord("<"))
    return int(np.diff(marks, prepend=0, append=len(raw)).max())


def _too_long() -> Unreadable:
    return Unreadable(
        f"XML 超出安全限制：一个元素的文字或嵌套太长（单个元素上限 {MAX_FIELD:,} 个字符）。",
        f"The XML exceeds the limits of safety: a text or nesting is too long (at most {MAX_FIELD:,} characters an element).",
        code="field_too_long",
    )


def _decoded(content: bytes) -> str:
    """The document as text without its XML declaration; a byte order mark goes before what it declares."""
    if not content.strip(b"\xef\xbb\xbf \t\r\n\x00"):
        raise Unreadable("文件是空的。", "The file is empty.", code="empty_file")
    if content.startswith(b"\xef\xbb\xbf"):
        names = ["utf-8-sig"]
    elif content.startswith((b"\xff\xfe", b"\xfe\xff")):
        names = ["utf-16"]
    else:
        declared = re.match(rb"\s*<\?xml[^>]*?encoding\s*=\s*[\"']([\w.:-]+)[\"']", content[:400])
        name = declared[1].decode("ascii").lower() if declared else "utf-8"
        names = ["gb18030" if name in ("gb2312", "gbk") else name, "utf-8", "gb18030"]
    for name in names:
        try:
            text = content.decode(name)
        except (UnicodeDecodeError, LookupError):
            continue
        return re.sub(r"^\s*<\?xml\b[^>]*\?>", "", text, count=1)
    raise Unreadable(
        "文件编码无法识别;请存为 UTF-8 后重新发送。",
        "The file's encoding cannot be recognised; save it as UTF-8 and send it again.",
        code="wrong_encoding",
    )


def _has_doctype(text: str) -> bool:
    """Whether a DOCTYPE stands before the root element; comments and instructions before it are passed over."""
    at = 0
    while True:
        while at < len(text) and text[at].isspace():
            at += 1
        if text.startswith("<!--", at):
            end = text.find("-->", at)
        elif text.startswith("<?", at):
            end = text.find("?>", at)
        else:
            return text[at : at + 9].upper() == "<!DOCTYPE"
        if end < 0:
            return False
        at = end + 2 + text.startswith("-->", end)


def name_of(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2]


Parts = dict[str, list[etree._Element]]


def parts_of(element: etree._Element) -> Parts:
    """The children by name, whatever namespace they are in."""
    found: Parts = {}
    for child in element:
        found.setdefault(name_of(child), []).append(child)
    return found


def text_of(parts: Parts, name: str) -> str:
    """The first such child's text, trimmed; empty where there is none. Raises `Rejected` where it is too long."""
    return own_text(parts[name][0]) if name in parts else ""


def own_text(element: etree._Element, longest: int = MAX_FIELD) -> str:
    """An element's text, trimmed. Raises `Rejected` where it is longer than that."""
    text = ("".join(str(part) for part in element.itertext()) if len(element) else element.text or "").strip()
    if len(text) > longest:
        raise Rejected(
            "field_too_long",
            f"元素 {name_of(element)} 有 {len(text):,} 个字符,超过上限 {longest:,}。",
            f"Element {name_of(element)} has {len(text):,} characters; the limit is {longest:,}.",
        )
    return text


def texts_of(parts: Parts, name: str, longest: int = MAX_FIELD) -> list[str]:
    return [text for element in parts.get(name, ()) if (text := own_text(element, longest))]


def pairs_of(parts: Parts, name: str) -> list[tuple[str, str]]:
    """(valueName, value) of each such child; CAP 1.1 feeds put several pairs in one."""
    found = []
    for element in parts.get(name, ()):
        inner = parts_of(element)
        names, values = inner.get("valueName", []), inner.get("value", [])
        found += [(own_text(n), own_text(v)) for n, v in zip(names, values, strict=False)]
    return found
