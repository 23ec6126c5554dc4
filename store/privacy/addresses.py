"""Streets, boxes, flats and the numbers that go with a town.

What is found here is only what has the form of an address; the names of towns are in ``people``.
"""

import re
from collections.abc import Iterator

from store.privacy.groups import FUNCTION_WORDS, TOWN_WORDS
from store.privacy.kinds import Kind, Span
from store.privacy.lexicon import Lexicon
from store.privacy.reading import names_a_disease

_STRONG = (
    "street|avenue|road|boulevard|blvd|lane|highway|hwy|parkway|pkwy|turnpike|freeway"
    "|crescent|gardens"
    "|mews|terrace|esplanade|expressway|motorway|causeway|ave|rd"
)
_WEAK = (
    "st|ln|drive|dr|court|ct|place|pl|way|close|circle|cir|square|sq|trail|row|grove|plaza"
    "|alley|loop|ridge|pike|walk"
    "|hill|view|park|branch|point|path|run|bend|crossing|estates?|heights|hollow|island"
    "|islands|key|keys|knolls?|landing|manor"
    "|meadows?|mills?|mission|oval|pass|pines|plains|rapids|route|shoals?|shores?|springs?"
    "|spurs?|stravenue|summit"
    "|track|trafficway|tunnel|union|valley|viaduct|views|village|ville|vista|wells|brook|burg"
    "|bypass|camp|canyon|cape"
    "|center|cliffs?|club|common|corners?|course|cove|creek|curve|dale|dam|divide|extension"
    "|falls|ferry|fields?|flats?"
    "|fords?|forest|forges?|forks?|fort|garden|gateway|glens?|green|harbors?|haven|inlet|isle"
    "|junctions?|lake|lakes|land"
    "|light|lights|lock|locks|lodge|mall|mount|mountain|neck|orchard|overpass|parks|parkways"
    "|passage|port|ports|prairie"
    "|radial|ramp|ranch|rest|river|roads|rue|skyway|squares|station|stream|streets|throughway"
    "|trace|ways|well|coves|motorway"
)
_FLAT = (
    r"(?:,? (?:apt|apartment|suite|ste|unit|flat|#|room|rm|floor|bldg|building)\.? ?#?[a-z0-9-]+)?"
)
_WORDS = r"(?:[^\W\d_][\w.'’-]*[ ])"
_NOT = (
    r"(?!(?:gy|cgy|fx|fractions?|in|to|of|mm|cm|mg|ml|cc|mev|mv|kv|kev|mhz|hz|kg|x|years?|yrs?"
    r"|old|yo|y|weeks?|days?|months?|cores?|nodes?|x|positive|out)\b)"
)

_FORMS = re.compile(
    rf"(?<![\w.,/-])(?:"
    rf"(?P<strong>\d{{1,6}}[a-z]?(?:-\d+)?,? {_NOT}(?:{_NOT}(?:[^\W\d_][\w.'’-]*|\d+(?:st|nd"
    rf"|rd|th)) ){{1,4}}(?:{_STRONG})\b\.?(?: (?:[nsew]|ne|nw|se|sw)\b\.?)?{_FLAT})"
    rf"|(?P<weak>\d{{1,6}}[a-z]?,? {_NOT}(?:{_NOT}(?:[^\W\d_][\w.'’-]*|\d+(?:st|nd|rd"
    rf"|th)) ){{1,3}}(?:{_WEAK})\b\.?{_FLAT})"
    rf"|(?P<german>[^\W\d_]{{3,}}(?:[- ][^\W\d_]+)?[- ]?(?:straße|strasse|str\.|gasse|allee"
    rf"|platz|weg|damm|ufer|gatan|vägen|straat|laan|gracht|utca|katu|tie|vej|veien|gata|ring)"
    rf",? \d{{1,4}}[a-z]?\b)"
    rf"|(?P<roman>(?:rue|via|viale|calle|c/|avenida|av\.|avenue|rua|piazza|corso|carrer|paseo"
    rf"|strada|quai|chemin|place|allée|impasse|ul\.|ulica|boulevard|cours)"
    rf" {_WORDS}{{0,4}}(?:[^\W\d_][\w'’-]*),? (?:n[°º.]? ?)?\d{{1,4}}[a-z]?\b)"
    rf"|(?P<french>\d{{1,4}}(?: ?(?:bis|ter))?,? (?:rue|boulevard|bd|avenue|av\.|quai|chemin"
    rf"|place|allée|impasse|cours) (?:[^\W\d_][\w'’-]*[ -]?){{1,4}})"
    rf"|(?P<box>(?:(?:p\.? ?o\.?|post(?: office)?) ?box|(?:unit|psc|cmr) \d+,? box) \d+"
    rf"(?:,? [adf]po,? a[aep]\b)?)"
    rf"|(?P<flat>(?:apt|apartment|flat|suite|ste|studio)\.? #?\d{{1,5}}[a-z]?\b(?! ?(?:mm|cm)))"
    rf"|(?P<hash>unit #?\d{{1,4}}[a-z]?,)"
    rf")"
)
_HINT = re.compile(
    rf"\b(?:{_STRONG}|{_WEAK})\b|straße|strasse|str\.|gasse|allee|platz|weg|damm|ufer|gatan"
    rf"|vägen|straat|laan|gracht"
    r"|utca|katu|tie|vej|veien|gata|ring|rue|via|viale|calle|c/|avenida|av\.|rua|piazza|corso"
    r"|carrer|paseo|strada"
    r"|quai|chemin|place|allée|impasse|ul\.|ulica|box|apt|apartment|flat|suite|studio"
)

_OPEN = re.compile(
    r"(?<![\w.,/-])\d{1,6}[a-z]? (?:(?:[^\W\d_]{1,2}\.|[^\W\d_][\w'’-]*) ){1,3}[^\W\d_][\w'’-]+"
    r"(?:(?= ?,)|(?=\.?$)|(?=\n)| (?:Apt|Apartment|Suite|Ste|Unit|Flat|#)\.? ?#?\w+)"
)
_STATES = (
    "A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|PR|RI"
    "|S[CD]|T[NX]"
    "|UT|V[AIT]|W[AIVY]|AS|FM|GU|MH|MP|PW"
)
_TOWN = re.compile(
    rf"(?<=[^\W\d_])(?P<c>,?) (?P<s>{_STATES})(?:(?P<zip> \d{{5}}(?:-\d{{4}})?)|(?=[.,;)\n]|$"
    rf"| \w{{3}}))"
)
_DEGREES = frozenset(
    ("MD", "PA", "MS", "MA", "DE", "LA", "AL", "IN", "OR", "ME", "CT", "PR", "MT", "CA", "CO", "PW")
)
"""States whose letters mean something else too, so that they count only before a number."""
_CAPITALS = re.compile(r"(?:[^\W\d_][\w.'’-]* ){0,2}[^\W\d_][\w'’-]*$")
_FORCES = re.compile(r"(?:US(?:S|NS|CGC|NV) \w+,? )?[ADF]PO,? A[AEP]\b(?: \d{5})?")
_FIVE = re.compile(
    r"(?<![\w.,/-])\d{5}(?![\w/-]|[.,]\d| ?(?:gy|cgy|mm|cm|mg|ml|cc|ng|u/l|iu|/|%|cells|per"
    r"|x10|units)\b)"
)
_LAB = re.compile(
    r"(?:wbc|plt|platelets?|plts?|count|ferritin|afp|hcg|bhcg|ca ?\d\d-?\d?|cea|psa|ldh"
    r"|neutrophils?|anc|leukocytes?|leucocytes?|calcitonin"
    r"|thyroglobulin|tg|level|bnp|titre|titer|copies|load|d-dimer|ck|lipase|amylase)[ :=<>of~]*$"
)


def find_addresses(low: str, text: str, lexicon: Lexicon) -> Iterator[Span]:
    """Addresses in ``text``, of which ``low`` is the lower case."""
    for match in _OPEN.finditer(text):
        if score := _open(text, match, lexicon):
            yield Span(match.start(), match.end(), Kind.PLACE, score, Kind.PLACE.marker)
    for match in _TOWN.finditer(text):
        span = _town(text, match, lexicon)
        if span:
            yield span
    for match in _FORCES.finditer(text):
        yield Span(match.start(), match.end(), Kind.PLACE, 0.9, Kind.PLACE.marker)
    if _HINT.search(low):
        for match in _FORMS.finditer(low):
            found = text[match.start() : match.end()].rstrip(" ,")
            if _is_street(found, match.lastgroup or "", lexicon):
                end = match.start() + len(found)
                yield Span(match.start(), end, Kind.PLACE, 0.9, Kind.PLACE.marker)
    for match in _FIVE.finditer(low):
        if not follows_a_measurement(low, match.start()):
            yield Span(match.start(), match.end(), Kind.PLACE, 0.6, Kind.PLACE.marker)


def _town(text: str, match: re.Match[str], lexicon: Lexicon) -> Span | None:
    """The capitals before a state; the state stays where there is no number."""
    if match.group("s") in _DEGREES and not match.group("zip"):
        return None
    at = max(0, match.start() - 48)
    before = _CAPITALS.search(text[at : match.start()])
    if not before or not (match.group("c") or match.group("zip")):
        return None
    words = list(re.finditer(r"[^\W\d_][\w'’-]*", before.group()))
    begin = len(words)
    while begin:
        word = words[begin - 1].group()
        plain = word.lower() in lexicon.clinical or word.lower() in FUNCTION_WORDS
        if not word[0].isupper() or word.isupper() or (plain and word.lower() not in TOWN_WORDS):
            break
        begin -= 1
    if begin == len(words):
        return None
    ended = match.end() if match.group("zip") else match.start()
    start = at + before.start() + words[begin].start()
    return Span(start, ended, Kind.PLACE, 0.8, Kind.PLACE.marker)


def _clinical(found: str, lexicon: Lexicon) -> bool:
    """Whether the first word of what may be a street is this field's."""
    first = re.findall(r"[^\W\d_]+", found.lower())[0]
    return first in lexicon.clinical and not lexicon.is_name(first)


def follows_a_measurement(low: str, start: int) -> bool:
    """Whether a number comes after ``platelets`` or the like, so that it identifies nobody."""
    return bool(_LAB.search(low[max(0, start - 16) : start]))


def _open(text: str, match: re.Match[str], lexicon: Lexicon) -> float:
    """How likely a number and capitals with no word for a street are an address; 0: no."""
    words = re.findall(r"[^\W\d_][\w'’-]*", match.group())
    first = words[0].lower()
    ours = first in FUNCTION_WORDS or (first in lexicon.clinical and not lexicon.is_name(first))
    if match.group()[-1].isdigit() and not ours and all(word[0].isupper() for word in words):
        return 0.8
    if not all(word[0].isupper() and not word.isupper() for word in words):
        return 0.0
    if first in lexicon.clinical or first in FUNCTION_WORDS:
        return 0.0
    if not lexicon.is_name(first) and lexicon.is_word(first):
        return 0.0
    end = match.start() + match.group().index(words[0]) + len(first)
    return 0.0 if first in lexicon.eponyms and names_a_disease(text, end) else 0.7


def _is_street(found: str, group: str, lexicon: Lexicon) -> bool:
    """Whether what has the form of a street is one."""
    if group == "weak":
        return _titled(found) and not _clinical(found, lexicon)
    if group in ("german", "roman", "french") and not any(char.isupper() for char in found):
        return False
    first = re.split(r"[\W\d]", found.lower(), maxsplit=1)[0]
    return group != "german" or not lexicon.is_word(first)


def _titled(found: str) -> bool:
    """Every word with a capital, as in a name of a street."""
    return all(
        word[0].isupper()
        for word in re.findall(r"[^\W\d_]{2,}", found)
        if word not in ("of", "the", "th", "nd", "rd", "st")
    )
