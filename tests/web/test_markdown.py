"""Residents' text becomes HTML that cannot harm, and Chinese bold is bold."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deliberate.web.markdown import LONGEST, to_html

PICTURE = "/pictures/" + "0a" * 32 + ".jpg"


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("**注意：**请走东门", "<p><strong>注意：</strong>请走东门</p>"),
        ("请**注意：**走东门", "<p>请<strong>注意：</strong>走东门</p>"),
        ("**“东门”**关", "<p><strong>“东门”</strong>关</p>"),
        ("花费**86000元**。", "<p>花费<strong>86000元</strong>。</p>"),
        ("**bold** text", "<p><strong>bold</strong> text</p>"),
        ("2 * 3 * 4", "<p>2 * 3 * 4</p>"),
        ("第一行\n第二行", "<p>第一行<br>\n第二行</p>"),
        ("- 灯\n- 门", "<ul>\n<li>灯</li>\n<li>门</li>\n</ul>"),
        ("# 题目", "<h2>题目</h2>"),
        ("", ""),
    ],
)
def test_what_people_write_reads_as_they_mean(text: str, html: str) -> None:
    assert to_html(text).strip() == html


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<svg/onload=alert(1)>",
        "<iframe src='https://example.org'></iframe>",
        "<style>body{display:none}</style>",
        "<a href='javascript:alert(1)'>x</a>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](java&#115;cript:alert(1))",
        "[x](vbscript:x)",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "![x](data:image/svg+xml;base64,PHN2Zz4=)",
        "![x](javascript:alert(1))",
        "<javascript:alert(1)>",
        '[x](https://example.org "onmouseover=alert(1)")',
        "[a]: javascript:alert(1)\n\n[a]",
        "```<script>\nalert(1)\n```",
        "<!--><script>alert(1)</script>-->",
    ],
)
def test_nothing_that_was_typed_runs(text: str) -> None:
    html = to_html(text)
    tags = re.findall(r"<(\w+)([^>]*)>", html)
    assert not {tag for tag, _ in tags} & {"script", "svg", "iframe", "style", "object", "form", "input"}
    assert not [
        rest for _, rest in tags if re.search(r"\bon\w+=|(?:java|vb)script:|data:", without_title(rest))
    ]


def without_title(attributes: str) -> str:
    """A title is shown, never run."""
    return re.sub(r'title="[^"]*"', "", attributes)


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org/spy.png",
        "//example.org/spy.png",
        "http://127.0.0.1/x.png",
        "/c/zhonghuaxiang/home/",
        "/pictures/../account/sign-out",
        "/pictures/%2e%2e/x",
        "pictures/x.jpg",
        "/pictures/" + "0a" * 32 + ".svg",
        "/pictures/x.jpg",
    ],
)
def test_only_pictures_that_were_uploaded_here_are_shown(address: str) -> None:
    assert "src=" not in to_html(f"![图]({address})")
    assert f'<img src="{PICTURE}" alt="图">' in to_html(f"![图]({PICTURE})")


def test_links_leave_without_a_trace() -> None:
    html = to_html("[网站](https://example.org/a?b=1&c=2)")
    assert 'rel="nofollow noopener noreferrer"' in html
    assert 'href="https://example.org/a?b=1&amp;c=2"' in html


def test_a_text_too_long_is_shown_as_typed() -> None:
    assert to_html("<" * (LONGEST + 1)) == "<p>" + "&lt;" * (LONGEST + 1) + "</p>"


@pytest.mark.parametrize(
    "piece", ["*", "**", "_", "[", "![", "](", ">", "`", "- ", "\n> ", "**注意:**", "<a", "&"]
)
def test_ten_thousand_characters_of_marks_are_done_soon(piece: str) -> None:
    assert to_html((piece * 10_000)[:10_000]) is not None


@given(st.text(alphabet=st.sampled_from("<>\"'&*_[]()!`#-:/ \n字ajs"), max_size=80))
def test_whatever_is_typed_only_known_tags_come_out(text: str) -> None:
    known = [
        "p",
        "br",
        "strong",
        "em",
        "s",
        "ul",
        "ol",
        "li",
        "blockquote",
        "h2",
        "h3",
        "h4",
        "hr",
        "a",
        "img",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "code",
        "pre",
    ]
    assert {tag.lower() for tag in re.findall(r"</?([A-Za-z]\w*)", to_html(text))} <= set(known)
