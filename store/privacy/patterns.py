"""Identifiers that have a form: numbers after their words, addresses of all sorts, file names.

Each pattern is a name, a kind, a score and a regular expression over the text in lower case, as
Presidio has them (``store.privacy.presidio`` hands them to it). They are compiled into one
expression, tried only where a word begins. What comes after a word such as ``MRN`` is taken out
and the word stays. Doses, fractions and sizes are never an identifier's number.
"""

import re
from dataclasses import dataclass
from functools import cache

from store.privacy.kinds import Kind

_GAP = (
    r"(?:[ \t]*(?:(?:numbers?|num|no|nr|id|ids|code|is|was|are|under)(?![a-z0-9-])\.?|[#:="
    r"(–-])){0,4}[ \t]*"
)
_MEASURE = (
    r"(?![ -]?(?:gy|cgy|fx|fractions?|mm|cm|mg|mcg|ml|cc|kg|lbs?|mci|mbq|gbq|kv|mv|mev|%"
    r"|years?|yrs?"
    r"|yo|y/o|nodes?|cores?|weeks?|wks?|days?|months?|cycles?|hours?|ng|iu|u/l|packs?|pack)\b)"
)
_END = r"(?![a-z0-9])" + _MEASURE
ANY = r"(?=[a-z./_-]{0,8}\d)[a-z0-9]+(?:[-./_][a-z0-9]+)*(?: \d{2,}(?:-\d+)*(?![a-z0-9/.]))*" + _END
"""A number or a mixture of letters and figures, with at least one figure."""
_NO_YEAR = r"(?!(?:19|20)\d\d(?![a-z0-9]|[./-][a-z0-9]))"
LONG = _NO_YEAR + r"(?=[-a-z./_]{0,8}\d(?:[-a-z./_ ]{0,4}\d){3})" + ANY
"""At least four figures and not a year alone, after words that also mean something else."""


_EXTENSION = r"(?: ?(?:x|ext\.?|extension) ?\d{1,6})?"
_DIALLED = r"[+(]?\d(?:(?:[-./]|[ ()]{1,3}|/ | - )?\d){4,16}(?!\d)" + _EXTENSION


@dataclass(frozen=True)
class Form:
    """One pattern; its group ``v`` is what is taken out, or all of it where there is none."""

    name: str
    kind: Kind
    regex: str
    score: float = 0.95
    upper: bool = False
    """The text must be in capitals where the pattern fits."""


def _after(words: str, value: str = ANY) -> str:
    return rf"(?:{words})(?![a-z0-9])(?:\.(?= ?[\d#:(]| ?n[or]))?{_GAP}(?P<v>{value})"


FORMS = (
    Form(
        "photo file",
        Kind.PHOTO,
        r"[\w][\w()-]{0,80}\.(?:jpe?g|png|tiff?|bmp|gif|heic|webp|raw|dcm|mov|mp4|avi)\b",
    ),
    Form(
        "e-mail",
        Kind.EMAIL,
        r"[\w.%+'-]{1,80} ?(?:@|\[at\]|\(at\)) ?[\w-]+(?:(?:\.| ?\[dot\] ?| ?\(dot\) ?)[\w-]+)+",
    ),
    Form(
        "e-mail in words",
        Kind.EMAIL,
        r"[\w.-]{1,80} at [\w-]{1,63}(?: dot [\w-]{1,63}){0,4} dot (?:com|org|net|edu|gov"
        r"|info|[a-z]{2})\b",
    ),
    Form("url", Kind.URL, r"(?:(?:https?|s?ftp|file)://|www\.)[^\s<>\")\],;]*[^\s<>\")\],;.]"),
    Form(
        "path",
        Kind.URL,
        r"[a-z0-9-]{2,63}(?:\.[a-z0-9-]{1,63}){0,6}\.[a-z]{2,10}/[\w./~%?=&#-]*[\w/]",
        0.8,
    ),
    Form(
        "domain",
        Kind.URL,
        r"[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){0,6}\.(?:(?:com?|org|net|ac|gov|or"
        r"|go)\.[a-z]{2}|com|org|net"
        r"|edu|gov|io|info|biz|health|eu|app|dev|co\.uk|nhs\.uk"
        r"|(?:de|fr|it|es|nl|pl|ca|uk|se|no|fi|at|ch|be|dk|us|au|br|tr|cz|hu|ro)(?=/))"
        r"(?:/[^\s<>\")\],;]*[^\s<>\")\],;.])?(?![a-z0-9])",
        0.9,
    ),
    Form("mac", Kind.DEVICE, r"[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}(?![:-]?[0-9a-f])"),
    Form("ipv4", Kind.IP, r"\d{1,3}(?:\.\d{1,3}){3}(?:/\d{1,2}|:\d{2,5})?(?!\.?\d)"),
    Form("ipv6", Kind.IP, r"[0-9a-f]{1,4}:(?:[0-9a-f]{0,4}:){2,6}[0-9a-f]{1,4}(?![0-9a-f:])"),
    Form("dicom uid", Kind.OTHER, r"[0-2](?:\.\d{1,40}){6,40}(?!\d)"),
    Form("uuid", Kind.OTHER, r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-f])"),
    Form("hash", Kind.BIOMETRIC, r"(?=[a-f]{0,40}\d)[0-9a-f]{20,200}(?![0-9a-z])"),
    Form("iban", Kind.ACCOUNT, r"[a-z]{2}\d{2}(?: ?[a-z0-9]{4}){3,7}(?: ?[a-z0-9]{1,3})?\b", 0.95),
    Form("card", Kind.ACCOUNT, r"\d{4}[ -]\d{4}[ -]\d{4}[ -]\d{1,7}(?!\d)"),
    Form(
        "ssn after",
        Kind.SSN,
        _after(r"ssn?|social security|soc sec|ss#|nino|sin", r"[\dx*][-\dx* ]{2,14}\d"),
    ),
    Form("ssn", Kind.SSN, r"(?:\d{3}|[x*]{3})[- ](?:\d{2}|[x*]{2})[- ]\d{4}(?![\d-])"),
    Form("ssn end", Kind.SSN, r"[x*]+-[x*]+-\d{4}(?!\d)"),
    Form(
        "fax",
        Kind.FAX,
        _after(
            r"(?:tele?fax|facsimile|fax(?:ed)?)(?: (?:the )?(?:results|records|reports"
            r"|notes))?(?: (?:to|at|from))?",
            _DIALLED,
        ),
    ),
    Form(
        "phone after",
        Kind.PHONE,
        _after(
            r"telephone|telefon|tel|phones?|mobile|cell(?: ?phone)?|pager|beeper|page|call"
            r"(?:ed)?(?: (?:at|on|back))?"
            r"|reach(?:ed|able)? (?:at|on|under)|landline|voicemail|whatsapp|hotline|text"
            r"(?:ed)?|dial|ring(?: on)?"
            r"|contact(?: (?:at|on))?",
            _DIALLED,
        ),
    ),
    Form("extension", Kind.PHONE, r"(?:ext|extension)\b\.?:? ?(?P<v>\d{3,6})(?!\d)", 0.9),
    Form(
        "phone +",
        Kind.PHONE,
        r"(?:\+|00)\d(?:(?:[-./]|[ ()]{1,3}| - )?\d){7,14}(?!\d)" + _EXTENSION,
    ),
    Form(
        "phone us",
        Kind.PHONE,
        r"(?:1[-. ])?\d{3}(?:[-. ]|\) ?)\d{3}[-. ]\d{4}(?!\d)" + _EXTENSION,
    ),
    Form("phone local", Kind.PHONE, r"\d{3}-\d{4}(?![\d-])" + _MEASURE, 0.8),
    Form("phone 0", Kind.PHONE, r"0\d{2,4}[ /)-]{1,2}\d{3,4}(?:[ -]?\d{2,4}){1,2}(?!\d)"),
    Form("phone pairs", Kind.PHONE, r"0\d(?:[ .]\d\d){4}(?!\d)"),
    Form(
        "mrn",
        Kind.MRN,
        _after(
            r"mrns?|m\.r\.n|mr ?#|mr (?:no|number)|medical record|med rec|hospital (?:no"
            r"|number|id|#)"
            r"|hosp|unit (?:no|number)|(?:patient|pt) (?:id|no|number|identifier)|urn|nhs"
            r"|umrn|pid|crn|emr|ehr|hn"
            r"|chart|record|file (?:no|number)|patientennummer|identifier"
        ),
    ),
    Form(
        "health plan",
        Kind.PLAN,
        _after(
            r"members?(?:ship)?|polic(?:y|ies)|beneficiary|subscriber|insurance|insured"
            r"|medicare|medicaid"
            r"|mbi|hicn?|health plan|plan (?:id|no|number)|payer|coverage|medi-?cal|group "
            r"(?:no|number|id)"
            r"|insurer|hmo|ppo|krankenkasse|versichertennummer|mutuelle|health card|ohip"
            r"|aetna|cigna|humana|bcbs",
            LONG,
        ),
    ),
    Form(
        "account",
        Kind.ACCOUNT,
        _after(
            r"accounts?|acct|a/c|billing|invoice|encounter|visit|fin|csn|har|guarantor|iban|bank"
            r"|credit card|card|statement|remittance|konto|claim",
            LONG,
        ),
    ),
    Form(
        "vehicle",
        Kind.VEHICLE,
        r"(?:(?:licen[cs]e |number )?plates?|vehicle|car|truck|van|motorcycle|vrm|tag|vin|reg"
        r"|registration)\b\.?"
        + _GAP
        + r"(?:(?:plates?|reg(?:istration)?|vin|number|no\.?)(?![a-z0-9])[ :#]*)*(?P<v>(?="
        r"(?:[a-z]{1,3}[- ]){0,2}[a-z]{0,5}\d)[a-z0-9]{1,17}(?:[- ](?=[a-z]{0,3}\d"
        r"|[a-z]{2,3}\b)[a-z0-9]{1,4}){0,2})" + _END,
        0.9,
    ),
    Form(
        "licence",
        Kind.LICENCE,
        _after(
            r"(?:driver'?s? |driving |state |medical |nursing )?licen[cs]e|lic|dea|npi|gmc"
            r"|nmc|upin|passport"
            r"|(?:birth |death |board )?certificat(?:e|ion)|cert|certified|registration|dl"
            r"|permit|credential",
            LONG,
        ),
    ),
    Form("vin", Kind.VEHICLE, r"(?=(?:[a-z]*\d){4})(?=\d*[a-z])[a-hj-npr-z0-9]{17}(?![a-z0-9])"),
    Form(
        "device",
        Kind.DEVICE,
        _after(
            r"serial|s/n|sn|lot|udi(?:-di)?|device|(?:pacemaker|pump|port|expander|stent"
            r"|implant|prosthesis|icd"
            r"|defibrillator|generator|lead|model) (?:serial|id|no|number|sn|s/n|#)|model"
            r"|imei|asset|gtin|pacemaker"
            r"|defibrillator|applicator|stimulator",
            _NO_YEAR + r"(?=(?:[-a-z./_ ]{0,5}\d){3})" + ANY,
        ),
    ),
    Form("udi", Kind.DEVICE, r"\(?01\)?\d{14}(?:\(?\d{2}\)?[a-z0-9]+)*"),
    Form(
        "biometric",
        Kind.BIOMETRIC,
        _after(
            r"(?:finger ?prints?|biometrics?|voice ?prints?|palm(?: (?:print|vein))?|face ?"
            r"(?:print|id)|facial)(?: (?:records?|templates?|hash|scans?|identifiers?|files?"
            r"|code|recognition|enrol\w*))*|(?:retinal?|iris)(?: scan| template| code)?"
            r"|dna profile|template|hand geometry|gait signature|speaker model",
            _NO_YEAR + r"(?=(?:[-a-z./_ ]{0,6}\d){3})" + ANY,
        ),
    ),
    Form(
        "photo",
        Kind.PHOTO,
        _after(
            r"(?:full[- ]face |clinical |facial |id )?(?:photo(?:graph)?s?|portraits?"
            r"|headshots?|mugshots?|pictures?|selfies?|snapshot)"
            r"(?: (?:file|ref|reference|image))?|images?|img|dsc",
            LONG,
        ),
    ),
    Form(
        "other after",
        Kind.OTHER,
        _after(
            r"accession|acc|specimen|case|study|trial|subject|participant|enrol(?:l)?ment"
            r"|randomi[sz]ation"
            r"|orders?|requisition|req|barcode|tracking|ticket|referral|sample|slides?"
            r"|blocks?|ids?|ref(?:erence)?"
            r"|no|number|nr|key|token|research|biobank|tube|bottle|employee|badge|user|login"
            r"|username|plan uid|uid",
            LONG,
        ),
        0.9,
    ),
    Form(
        "ni number", Kind.SSN, r"[a-z]{2} ?\d{2} ?\d{2} ?\d{2} ?[a-d](?![a-z0-9])", 0.9, upper=True
    ),
    Form(
        "postcode uk",
        Kind.PLACE,
        r"[a-z]{1,2}\d[a-z\d]? ?\d[abd-hjlnp-uw-z]{2}(?<!gy)(?<!fx)(?![a-z0-9])",
        0.9,
        upper=True,
    ),
    Form(
        "postcode ca",
        Kind.PLACE,
        r"[abceghj-nprstvxy]\d[a-z][ -]?\d[a-z]\d(?![a-z0-9])",
        0.9,
        upper=True,
    ),
    Form("zip+4", Kind.PLACE, r"\d{5}-\d{4}(?![\d-])"),
    Form(
        "postcode",
        Kind.PLACE,
        _after(
            r"zip(?: ?code)?|post(?:al)? ?code|postcode|plz|postleitzahl|cp",
            r"(?=[a-z]{0,2}\d)[a-z0-9]{2,5}(?:[ -]\d[a-z0-9]{1,3})?",
        ),
    ),
    Form(
        "code",
        Kind.OTHER,
        r"(?!(?:nct|isrctn|rtog|nrg|eortc|trog|swog|ecog|nsabp|calgb|cog|acns|arar|gog|hd"
        r"|euro|keynote|checkmate)-?\d)"
        r"(?=[a-z0-9]{0,30}[-_]?[a-z0-9]{0,30}[-_]?(?:[a-z]))(?=(?:[-a-z_]{0,8}\d){5})"
        r"(?![a-z0-9_-]*"
        r"(?:psma|dota|fdg|mibg|gy|fx|mm\b|cm\b|kev|mev))"
        r"[a-z0-9]+(?:[-_][a-z0-9]+)*(?![a-z0-9])",
        0.85,
    ),
    Form(
        "figures with dashes",
        Kind.OTHER,
        r"(?=(?:\d+-){1,4}\d)(?=(?:-?\d){7})\d+(?:-\d+)+(?!\d)" + _MEASURE,
        0.8,
    ),
    Form("figures", Kind.OTHER, r"\d{6,}(?![\d.,]*\d)" + _MEASURE, 0.9),
    Form("hash number", Kind.OTHER, r"(?<=#)\d{4,}(?![\d.])", 0.85),
)


@cache
def compiled() -> tuple[re.Pattern[str], dict[str, tuple[Form, bool]]]:
    """All forms as one expression, and the form of each of its groups.

    The flag says whether the group is only the value in a larger match.
    """
    parts: list[str] = []
    groups: dict[str, tuple[Form, bool]] = {}
    for number, form in enumerate(FORMS):
        group = f"g{number}"
        inner = "(?P<v>" in form.regex
        groups[group] = (form, inner)
        regex = form.regex.replace("(?P<v>", f"(?P<{group}>")
        parts.append(regex if inner else f"(?P<{group}>{regex})")
    return re.compile(r"(?<![a-z0-9])(?:" + "|".join(parts) + ")"), groups
