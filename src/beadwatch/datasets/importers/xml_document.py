"""XML files of other people, read without the parts of XML that are a danger.

A document type may define entities, which may grow to gigabytes or name files of this machine: whatever has one is
refused before it is acted on. Knows syntax. Does not know what any layout means by it.
"""

from pathlib import Path
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from beadwatch.datasets.importers.base import Problems

_LINE = "{beadwatch}line"


class _RefusedError(Exception):
    pass


def read_xml(path: Path, problems: Problems) -> Element | None:
    """Return the root of an XML file, or None after reporting why not."""
    builder = TreeBuilder()
    parser = expat.ParserCreate()

    def start(tag: str, attributes: dict[str, str]) -> None:
        builder.start(tag, {**attributes, _LINE: str(parser.CurrentLineNumber)})

    def refuse(*_: object) -> None:
        raise _RefusedError

    parser.StartElementHandler = start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(path.read_bytes(), True)
    except _RefusedError:
        problems.report(
            path, "has a document type (<!DOCTYPE ...>), which is not read; remove it", parser.CurrentLineNumber
        )
    except expat.ExpatError as error:
        problems.report(path, f"broken XML: {expat.ErrorString(error.code)}", error.lineno)
    except (LookupError, ValueError) as error:
        problems.report(path, f"broken XML: {error}")
    except OSError as error:
        problems.report(path, f"cannot be read: {error.strerror}")
    else:
        return builder.close()
    return None


def line_of(element: Element) -> int:
    """Return the line (from 1) on which an element of `read_xml` starts."""
    return int(element.attrib[_LINE])
