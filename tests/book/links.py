"""Checks the links of a web site that lie in it: links.py FOLDER.

Every file that a page links to is there, and so is every place in it.
"""

import pathlib
import sys
import urllib.parse
from html.parser import HTMLParser

root = pathlib.Path(sys.argv[1]).resolve()


class Page(HTMLParser):
    def __init__(self, path):
        super().__init__()
        self.links, self.ids = [], set()
        self.feed(path.read_text())

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name in ("href", "src") and value:
                self.links.append(value)
            elif name == "id":
                self.ids.add(value)


pages = {path: Page(path) for path in root.rglob("*.html")}
wrong, count = [], 0
for path, page in pages.items():
    # The page of errors is served from every place; the print page repeats all others.
    if path.name in ("404.html", "print.html", "toc.html"):
        continue
    for link in page.links:
        parts = urllib.parse.urlsplit(link)
        if parts.scheme or parts.netloc:
            continue
        count += 1
        target = (path.parent / urllib.parse.unquote(parts.path)).resolve() if parts.path else path
        place = urllib.parse.unquote(parts.fragment)
        if not target.is_file():
            wrong.append(f"{path.relative_to(root)}: {link}: no such file")
        elif place and target in pages and place not in pages[target].ids:
            wrong.append(f"{path.relative_to(root)}: {link}: no such place")
for line in wrong:
    print(line, file=sys.stderr)
print(f"{len(pages)} pages, {count} links, {len(wrong)} wrong")
sys.exit(1 if wrong else 0)
