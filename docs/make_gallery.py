"""Draw the figures of docs/gallery.md again, by running the code on that page.

    python docs/make_gallery.py
    python docs/make_gallery.py --only trajectories rate_map --output gallery

A block of Python on the page that is followed by an image makes that image: its last line is an Axes, a list of them
or a figure, or the path of a GIF that the block wrote. Blocks without an image come first in all others. Nothing
else on the page is read, so a new figure is a heading, a block and an image there. Equal code, equal bytes.
"""

import argparse
import ast
import contextlib
import io
import os
import re
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

LARGE = 500_000  # bytes
PAGE = Path(__file__).resolve().with_name("gallery.md")
_PARTS = re.compile(r"^```python\n(?P<code>.*?)^```$|^!\[[^\]]*\]\(gallery/(?P<image>[\w.-]+)\)$", re.M | re.S)


@dataclass(frozen=True)
class Entry:
    """An image of the page, the code that draws it, and the line where that code begins."""

    image: str
    code: str
    line: int

    @property
    def name(self):
        return Path(self.image).stem


def read_page(text):
    """(code that comes first in all, entries) of a page. Raises ValueError for an image without code of its own."""
    first, entries, code = [], [], None
    for part in _PARTS.finditer(text):
        line = text.count("\n", 0, part.start()) + 1
        if part["image"] is None:
            if code is not None:
                first.append(code[0])
            code = part["code"], line + 1
        elif code is None:
            raise ValueError(f"line {line}: the image {part['image']} has no code of its own before it")
        else:
            entries.append(Entry(part["image"], *code))
            code = None
    if code is not None:
        first.append(code[0])
    return "\n".join(first), entries


def value_of(code, line, page, namespace):
    """Run code, with errors that name lines of the page, and return the value of its last line."""
    tree = ast.increment_lineno(ast.parse(code), line - 1)
    *body, last = tree.body
    if not isinstance(last, ast.Expr):
        raise ValueError(f"{page} line {last.lineno}: the last line of a block must be what is to be shown")
    exec(compile(ast.Module(body, []), str(page), "exec"), namespace)
    return eval(compile(ast.Expression(last.value), str(page), "eval"), namespace)


def content_of(value, entry):
    """The bytes of the image: of the file that was written, or of the figure as PNG."""
    from ngdm_lab import plots

    if Path(entry.image).suffix == ".gif":
        return Path(value).read_bytes()
    if isinstance(value, tuple | list):
        value = value[0]
    content = plots.save(value, "figure")[0].read_bytes()
    return content if len(content) <= LARGE else _of_few_colours(content)


def _of_few_colours(content):
    """A PNG with a palette of 256 colours: a page of contour maps becomes four times smaller."""
    from PIL import Image

    made = io.BytesIO()
    image = Image.open(io.BytesIO(content)).convert("RGB")
    image.quantize(256, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(made, "PNG", optimize=True)
    return made.getvalue()


@contextlib.contextmanager
def inside(folder):
    """Within it a block writes what it writes."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def make(page, output, only=()):
    """Draw all entries of a page, or those named, into a folder; returns the files."""
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    from ngdm_lab.compiler.files import write_atomically

    first, entries = read_page(page.read_text(encoding="utf-8"))
    known = [entry.name for entry in entries]
    for name in only:
        if name not in known:
            raise ValueError(f"--only must name figures of {page.name}: {', '.join(known)}; got {name!r}")
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ValueError(f"--output must be a folder that can be written: {error}") from None
    output, made = output.resolve(), []
    for entry in entries:
        if only and entry.name not in only:
            continue
        namespace = {}
        exec(compile(first, str(page), "exec"), namespace)
        began = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder, inside(folder):
            content = content_of(value_of(entry.code, entry.line, page, namespace), entry)
        plt.close("all")
        write_atomically(output / entry.image, content)
        made.append(output / entry.image)
        print(f"{entry.image:24} {len(content) / 1000:7.0f} kB {time.perf_counter() - began:6.1f} s", flush=True)
    return made


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", default=(), metavar="NAME", help="figures by name; default: all")
    parser.add_argument("--output", type=Path, default=PAGE.with_name("gallery"), metavar="DIR", help="default: here")
    options = parser.parse_args(argv)
    try:
        made = make(PAGE, options.output, options.only)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{len(made)} figures, {sum(path.stat().st_size for path in made) / 1e6:.2f} MB, in {options.output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
