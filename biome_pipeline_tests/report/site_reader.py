"""Read a page as strictly as it should have been written."""

from __future__ import annotations

from html.parser import HTMLParser

VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}


class PageReader(HTMLParser):
    """Walk one page; every element is closed in order, every value is quoted text.

    Parameters
    ----------
    html : str
        The page.
    """

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert not self._open, f"never closed: {self._open}"

    def handle_starttag(self, tag, attrs):
        names = [name for name, _ in attrs]
        assert len(set(names)) == len(names), f"{tag} has an attribute twice"
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag, attrs):
        raise AssertionError(f"{tag} is closed as in XML")

    def handle_endtag(self, tag):
        assert self._open, f"{tag} was never opened"
        assert self._open.pop() == tag, f"{tag} is closed out of order"

    def handle_data(self, data):
        self.text += data

    def all(self, tag):
        """Attributes of every element of one name."""
        return [attributes for name, attributes in self.tags if name == tag]

    @property
    def targets(self):
        """Every address that the page names."""
        for _, attributes in self.tags:
            for name in ("href", "src", "srcset"):
                if name in attributes:
                    yield attributes[name]
