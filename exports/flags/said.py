"""What the text of a diagnosis says by itself that must stop an answer.

Fixed patterns over English notes, with denials (``denial``) and the family's history left out.
Where a text may mean both, it is taken for the dangerous one: a stop that was not needed costs a
look at the chart.
"""

import re
from difflib import get_close_matches
from functools import cache

from exports.flags.denial import said
from store.clinical.targets import read_target, regions
from store.clinical.whole_words import word
from store.department.question import prepare

RADIATION = (
    r"(?:radio ?therap\w*|radiation(?: therapy| treatments?)?|irradiat\w+|(?-i:RT)(?![A-Za-z0-9])"
    r"|(?:XRT|EBRT|IMRT|VMAT|SBRT|SABR|WBRT|PCI|SRS|SRT)(?![A-Za-z0-9])|brachy ?therapy"
    r"|radiosurgery|gamma ?knife|cyber ?knife|chemo-?(?:radi\w+|RT)|CRT(?![A-Za-z0-9]))"
)
_GAP = (
    r"(?:[ -]+(?!(?:to|for|before|no|not|never|without|planned|awaiting|referred|considered"
    r"|discuss\w*|offered|declin\w+|refus\w+|then|now|needs?|and|adjuvant)\b)[\w'/+-]+){0,4}[ -]+"
)
_EARLIER = re.compile(
    rf"\b(?:previous(?:ly)?|prior(?! to\b)|past|earlier|history of|hx of|PMHx?:?|h/o)"
    rf"(?:[ -]+adjuvant)?{_GAP}{RADIATION}"
    r"|\b(?:previous|prior|earlier) rt(?= to\b| [0-9]|[,;.)]|$)",
    re.IGNORECASE,
)
_DONE = re.compile(
    rf"\b(?:s/p|status[ -]post|after|following|had|has had|received|completed|underwent|given"
    rf"|treated with|treated by)(?:[ -]+adjuvant)?{_GAP}{RADIATION}",
    re.IGNORECASE,
)
_DATED = re.compile(
    rf"\b(?:\w+ ){{0,2}}{RADIATION}(?: (?:to|of) (?:the )?(?:\w+ ){{1,3}}?)?[ ,(]*"
    r"(?:in |finished |completed |done |given |ended )*"
    r"(?:(?:19|20)[0-9]{2}\b|[0-9]{1,2} ?(?:years?|yrs?|y|months?|mths?|mo) (?:ago|earlier|before)"
    r"|elsewhere\b|in (?:childhood|youth))",
    re.IGNORECASE,
)
_IRRADIATED = re.compile(
    r"\bre-?irradiat\w+|\b(?:previously|already|once) irradiated|\birradiated (?:in|at|to|for|as"
    r"|field|area|region|breast|neck|pelvis|chest|volume|bed)\b|\bin-?field (?:recurrence|relapse)"
    r"|\b(?:radiation|radio)-?(?: ?induced| ?recurrent)\b|\bradiation(?:-| )associated\b"
    r"|\bpost-?(?:radiation|radiotherapy|irradiation)\b",
    re.IGNORECASE,
)
_NAIVE = re.compile(r"^[ -]*(?:naive|na\u00efve)", re.IGNORECASE)
_PLACE_AFTER = re.compile(
    r"^ (?:to|of|in) (?:the |his |her )?(?P<place>[A-Za-z -]{3,40})", re.IGNORECASE
)


def prior_radiotherapy(text: str) -> list[frozenset[str]]:
    """For each radiotherapy of the past that the text tells of, the regions that it names.

    Empty where none is told of; a region set is empty where the text does not say where it was.
    """
    return [_place(match) for match in _past(prepare(text))]


def other_regions(text: str) -> frozenset[str]:
    """The regions that the text names besides those of radiotherapy of the past."""
    text = prepare(text)
    left = list(text)
    for match in _past(text):
        after = _PLACE_AFTER.match(text[match.end() :])
        end = match.end() + (after.end() if after else 0)
        left[match.start() : end] = "," * (end - match.start())
    return regions(read_target(re.sub(r"[.;:]", ",", "".join(left))))


def _past(text: str) -> list[re.Match[str]]:
    """The mentions of radiotherapy that was given, in a prepared text."""
    return [
        match
        for pattern in (_EARLIER, _DONE, _DATED, _IRRADIATED)
        for match in said(text, pattern)
        if not (_NAIVE.match(text[match.end() :]) or _denied_inside(match))
    ]


def _denied_inside(match: re.Match[str]) -> bool:
    return bool(re.search(r"\b(?:no|not|never|without|nil)\b", match[0], re.IGNORECASE))


def _place(match: re.Match[str]) -> frozenset[str]:
    after = _PLACE_AFTER.match(match.string[match.end() :])
    where = f"{match[0]} {after['place'] if after else ''}"
    return regions(read_target(re.sub(RADIATION, ",", where, flags=re.IGNORECASE)))


_PREGNANT = word(
    r"pregnan(?:t|cy)|gravid(?![a-z])|intra-?uterine pregnancy|IUP"
    r"|(?:1st|2nd|3rd|first|second|third) trimester|gestational age"
    r"|[0-9]{1,2}(?:\+[0-6])? ?(?:weeks?|wks?)['\u2019]? (?:of )?gestation"
    r"|(?:beta|\u03b2|b)?-? ?hCG (?:is |was )?(?:\+|pos(?:itive)?)"
)
_NOT_NOW = re.compile(
    r"^\W*(?:associated\b.{0,30}\b(?:years?|delivered)|in (?:19|20)[0-9]{2}|(?:19|20)[0-9]{2}"
    r"|[0-9]+ (?:years?|yrs?) ago|terminated|ended|loss\b)",
    re.IGNORECASE,
)
_BEFORE_NOT_NOW = re.compile(
    r"\b(?:previous|prior|past|earlier|last|after|since|during (?:her )?(?:first|second|last)"
    r"|ectopic|molar|history of|hx of|h/o|contraception|[0-9] )(?: \w+){0,2}\W*$",
    re.IGNORECASE,
)


def pregnancy(text: str) -> bool:
    """Whether the text speaks of a pregnancy that is not denied and not over."""
    text = prepare(text)
    return any(
        not _NOT_NOW.match(text[match.end() :])
        and not _BEFORE_NOT_NOW.search(re.split(r"[,;.\n]", text[: match.start()])[-1])
        for match in said(text, _PREGNANT)
    )


_YEARS = re.compile(
    r"(?<![A-Za-z0-9./])(?P<age>[0-9]{1,3})[ -]?(?:y/?o\b|y\.o\.|yrs?[ -]old\b"
    r"|years?[ -](?:old|of age)\b|yr\b(?! (?:history|ago))|[MF]\b(?!eV|V| ?V))"
    r"|\b(?:man|woman|boy|girl|patient|child) of (?P<of>[0-9]{1,3})\b"
    r"|\b(?:fe)?male (?P<after>[0-9]{1,3})\b|\bage[d:]? ?(?P<aged>[0-9]{1,3})\b(?! at\b)",
    re.IGNORECASE,
)
_MONTHS = word(
    r"[0-9]{1,2}[ -]?(?:months?|mths?|mo|weeks?|wks?|days?)[ -](?:old|of age)|[0-9]{1,2} ?m/?o"
)
_YOUNG = word(
    r"boy|girl|infant|toddler|neonate|newborn|baby|teenage[rd]?|adolescent|schoolboy|schoolgirl"
    r"|p(?:a)?ediatric(?! (?:type|regimen|protocol))"
    r"|child(?![- ]?(?:pugh|bearing|birth|care|[ABC]\b|score|class|'s|\u2019s))"
)
ADULT = 18


def age(text: str) -> int | None:
    """The patient's age in whole years as the text has it; the highest where it has several."""
    text = prepare(text)
    years = [int(next(filter(None, m.groups()))) for m in _YEARS.finditer(text)]
    known = [year for year in years if year <= 120]
    if known:
        return max(known)
    return 0 if _MONTHS.search(text) else None


def minor(text: str) -> bool:
    """Whether the patient is under 18: by a stated age, else by a word for the young."""
    years = age(text)
    if years is not None:
        return years < ADULT
    return bool(said(prepare(text), _YOUNG))


_CANCER = re.compile(
    r"\b(?:\w*carcinoma\w*|adeno-?ca\w*|cancers?|cancerous|ca|malignan\w+|neoplas\w+|tumou?rs?"
    r"|metasta\w+|mets?|oligomet\w*|leuk(?:a)?emia\w*|\w*sarcoma\w*|mucoepidermoid|rhabdo\w*"
    r"|(?!(?:ha?ematoma|seroma|stoma|coma|glaucoma|diploma|trachoma|scotoma|hygroma|granuloma"
    r"|atheroma|aroma)s?\b)\w{2,}omas?"
    r"|glomus|nsclc|sclc|scc|bcc|dcis|lcis|idc|ilc|gbm|dipg|dlbcl|hcc|rcc|tcc|ucc|npc|pdac|meso|cholangio\w*|gist|net|nec"
    r"|cll|sll|aml|cml|nhl|hl|fl|mf|ups|malt|mzl|mcl|ptcl|crpc|mcrpc|cup|hodgkin\w*|ewing\w*"
    r"|wilms\w*|paget\w*|bowen\w*|merkel|mycosis fungoides|s[e\u00e9]zary|carcinoid|gleason"
    r"|gs ?[6-9]|gg ?[1-5]|grade group|p?T[1-4][a-d]? ?,? ?p?N[0-3x]|(?:[BT]-?(?:cell )?)ALL)\b"
    r"|(?<![A-Za-z0-9])C[0-9]{2}(?:\.[0-9A-Z]{1,4})?(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_BENIGN = re.compile(
    r"\b(?:keloid\w*|heterotopic|ossification|brooker|graves\w*|thyroid (?:eye|associated)"
    r"|ophthalmopath\w+|orbitopath\w+|gyna?ecomastia|dupuytren\w*|ledderhose|peyronie\w*"
    r"|pterygi\w+|avm|arterio-?venous|trigeminal|neuralgia\w*|facial (?:shocks|pain)"
    r"|tic douloureux|plantar|heel (?:spur|pain)|in remission"
    r"|calcaneal spur|calcaneodynia|tendin\w+|epicondyl\w+|bursitis|osteo-?arthr\w+|arthrosis"
    r"|synovitis|pvns|villonodular|sialorrh\w+|drooling|essential tremor|thalamotomy"
    r"|ventricular tachycardia|macular degeneration|desmoid|fibromatosis|histiocytosis|langerhans"
    r"|aplastic ana?emia|conditioning|transplant|allograft|splenomegaly|hypersplenism"
    r"|cord compression|acromegaly|cushing\w*|pseudotumou?r)\b",
    re.IGNORECASE,
)
_NONE = re.compile(
    r"\b(?:no|without|negative for|excludes?|excluded|never had|(?:does|did|has) not have|denies)"
    r"(?: (?:an?|any|evidence|signs?|history|suspicion|known|active|current|proven|underlying|of"
    r"|personal|residual|recurrent|invasive))*[ -]$",
    re.IGNORECASE,
)
_NONE_AFTER = re.compile(
    r"^:? ?(?:is |was |has been )?(?:not (?:found|seen|present)|excluded|ruled out|none\b|absent)",
    re.IGNORECASE,
)
_SPELLED = (
    *("carcinoma", "adenocarcinoma", "adenoca", "sarcoma", "lymphoma", "melanoma", "glioblastoma"),
    *("meningioma", "metastasis", "metastases", "metastatic", "malignant", "cancer", "tumour"),
    *("seminoma", "myeloma", "leukaemia", "schwannoma", "astrocytoma", "keloid", "heterotopic"),
    *("dupuytren", "pterygium", "gynaecomastia", "trigeminal", "squamous", "hodgkin"),
    *("fungoides", "neuroblastoma", "cholangiocarcinoma", "transplant"),
)
"""Words that are also known when two of their letters have changed places."""


def indication(text: str) -> bool:
    """Whether the text states a cancer, or a benign disease that is irradiated."""
    text = prepare(text)
    for pattern in (_CANCER, _BENIGN):
        for match in pattern.finditer(text):
            before, after = text[: match.start()], text[match.end() :]
            if not (_NONE.search(before) or _NONE_AFTER.match(after)):
                return True
    words = re.findall(r"[a-z]{6,}", text.casefold())
    return any(
        each not in _SPELLED and get_close_matches(each, _SPELLED, 1, 0.85) for each in set(words)
    )


@cache
def _instructions() -> re.Pattern[str]:
    return re.compile(
        r"\b(?:ignore|disregard|forget|override) (?:\w+ ){0,3}"
        r"(?:instructions?|prompts?|rules?|above|previous|everything)\b"
        r"|\byou are (?:now |an? )?(?:\w+ )?(?:ai|assistant|chatgpt|bot|doctor)\b"
        r"|\byou are (?:now |an? )?(?:\w+ )?(?:language )?model\b"
        r"|\bas an? (?:ai|assistant|language model)\b|\bsystem prompt\b"
        r"|\b(?:answer|respond|reply|output|write|print|say) (?:only |always |with |just )+"
        r"|\bpretend (?:to|that|you)\b|\byour (?:task|job|role) is\b"
        r"|\bdo not (?:answer|follow|flag)\b"
        r"|<\|[a-z_]+\|>|\[/?INST\]|<<SYS>>|^#{2,} ?(?:instruction|system|response)"
        r"|\b(?:jailbreak|developer mode)\b",
        re.IGNORECASE | re.MULTILINE,
    )


def instructs(text: str) -> bool:
    """Whether the text speaks to a model instead of about a patient."""
    return bool(_instructions().search(text))
