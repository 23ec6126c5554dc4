"""The names by which targets are called, and the part of the body that each lies in.

A row says: one canonical name, its region, and the words that mean it. Rows are tried in their
order and the first whose words occur in a part of a target's text names it, so the particular
stands before the general (whole brain before brain, pelvic nodes before pelvis). A name that is in
no row stays as it is written and has no region. Nothing here says which target is right.
"""

from collections.abc import Mapping

TARGET_NAMES: tuple[tuple[str, str, str], ...] = (
    # canonical name, region, words (each at the beginning of a word, whole up to the next)
    ("total body", "whole body", r"(?:total|whole) body|tbi|total marrow"),
    ("total skin", "skin", r"total skin|tsebt?"),
    ("craniospinal axis", "CNS", r"cranio-?spinal\w*|neur(?:o|al) ?axis|csi"),
    ("brain metastasis", "brain", r"(?:brain|cereb\w+|intracranial) (?:met\w*|lesions?)"),
    ("whole brain", "brain", r"whole[- ]brain|wbrt|pci|cranium"),
    ("meningioma", "brain", r"meningioma\w*"),
    ("vestibular schwannoma", "brain", r"vestibular schwannoma|acoustic (?:neuroma|schwannoma)"),
    ("trigeminal nerve", "brain", r"trigemin\w*"),
    ("nidus", "brain", r"(?:avm )?nidus|avm|arterio-?venous malformation"),
    ("craniopharyngioma", "brain", r"craniopharyngioma"),
    ("pituitary", "brain", r"pituitary|sella\w*"),
    ("brainstem", "brain", r"pons|pontine|brain ?stem|dipg"),
    ("skull base", "brain", r"skull base|clivus|clival"),
    ("posterior fossa", "brain", r"posterior fossa|cerebell\w*"),
    ("brain", "brain", r"brain|cerebr\w*|glioma|glioblastoma|gbm|flair|intracranial"),
    ("paraganglioma", "head and neck", r"paraganglioma|glomus \w*"),
    ("eyelid", "eye", r"eye ?lids?"),
    ("orbit", "eye", r"orbits?|orbital"),
    ("conjunctiva", "eye", r"conjunctiva\w*"),
    ("sclera", "eye", r"(?:bare )?sclera\w*"),
    ("eye", "eye", r"eyes?|globe|choroid\w*|uve\w*|retina\w*|ocular"),
    ("supraclavicular nodes", "", r"supra-?clavicular|scf|sclav"),
    ("axilla", "breast", r"axill\w*"),
    ("internal mammary nodes", "breast", r"internal mammary\w*|imn|imc"),
    ("head and neck", "head and neck", r"head and neck|pharyn\w*"),
    ("elective neck", "head and neck", r"elective (?:neck|neck nodes)|low[- ]risk neck"),
    ("neck", "head and neck", r"(?:dissected )?neck|cervical (?:lymph )?nodes?"),
    ("nasopharynx", "head and neck", r"naso-?pharyn\w*"),
    ("hypopharynx", "head and neck", r"hypo-?pharyn\w*|pyriform\w*|piriform\w*"),
    ("tonsil", "head and neck", r"tonsil\w*"),
    ("oropharynx", "head and neck", r"oro-?pharyn\w*|tongue base|base of (?:the )?tongue"),
    ("larynx", "head and neck", r"laryn\w*|glott\w*|supraglott\w*|vocal cords?"),
    ("oral cavity", "head and neck", r"oral(?: cavity)?|mouth|tongue|gingiva\w*|buccal"),
    ("sinonasal", "head and neck", r"sino-?nasal|paranasal|sinus\w*|nasal cavity|maxilla\w*"),
    ("parotid", "head and neck", r"parotids?"),
    ("salivary gland", "head and neck", r"salivary(?: gland)?"),
    ("thyroid", "head and neck", r"thyroid"),
    ("lip", "head and neck", r"lips?"),
    ("breast buds", "breast", r"breast buds?"),
    ("partial breast", "breast", r"partial breast|apbi|pbi"),
    ("chest wall", "breast", r"chest ?wall"),
    ("breast", "breast", r"(?:whole )?breasts?"),
    ("oesophagus", "oesophagus", r"o?esophag\w*"),
    ("bronchial stump", "lung", r"bronchial stump|stump"),
    ("bronchus", "lung", r"bronch\w*|endobronchial|trachea\w*"),
    ("lung", "lung", r"lungs?|pulmonary|(?:upper|middle|lower) lobe|hil(?:um|ar)"),
    ("mediastinum", "thorax", r"mediastin\w*"),
    ("thymus", "thorax", r"thym\w*"),
    ("pleura", "thorax", r"pleura\w*|hemithorax"),
    ("thorax", "thorax", r"thorax|thoracic(?! (?:spine|vert))|chest"),
    ("heart", "thorax", r"heart|cardiac"),
    ("sacrum", "bone", r"sacrum|sacral"),
    ("spine", "bone", r"spin(?:e|al)|vertebra\w*|[ctl][0-9]{1,2}|cauda equina|cord"),
    ("femur", "bone", r"femur|femoral"),
    ("humerus", "bone", r"humer(?:us|al)"),
    ("rib", "bone", r"ribs?"),
    ("pelvic bone", "bone", r"pelvic bones?|ilium|iliac (?:bone|crest)|acetabul\w*|pubis|ischi\w*"),
    ("hip", "bone", r"hips?|peri-?articular"),
    ("skull", "bone", r"skull|calvari\w*"),
    ("bone", "bone", r"bones?|lytic lesions?|plasmacytoma"),
    ("stomach", "stomach", r"stomach|gastric"),
    ("pancreas", "pancreas", r"pancrea\w*"),
    ("bile duct", "liver", r"bile ducts?|biliary|gallbladder|cholangio\w*"),
    ("liver", "liver", r"liver|hepat\w*"),
    ("spleen", "spleen", r"spleen|splenic"),
    ("adrenal", "adrenal", r"adrenals?"),
    ("kidney", "kidney", r"kidneys?|renal"),
    ("flank", "abdomen", r"flank"),
    ("retroperitoneum", "abdomen", r"retro-?peritone\w*"),
    ("para-aortic nodes", "abdomen", r"para-?aortic\w*|dog-?leg"),
    ("abdomen", "abdomen", r"(?:whole )?abdom\w*"),
    ("seminal vesicles", "prostate", r"(?:proximal |base of (?:the )?)?seminal vesicles?|svs?"),
    ("prostate", "prostate", r"prostat\w*"),
    ("pelvic nodes", "pelvis", r"(?:pelvic|iliac|obturator|mesorectal) (?:lymph )?nod\w*"),
    ("groin", "pelvis", r"groins?|inguin\w*"),
    ("colon", "rectum", r"colon\w*|sigmoid"),
    ("rectum", "rectum", r"rect(?:um|al)|meso-?rect\w*"),
    ("anus", "anus", r"anus|anal(?: canal)?"),
    ("bladder", "bladder", r"(?:whole )?bladder"),
    ("vaginal cuff", "gynaecological", r"vagina\w* (?:cuff|vault)|cuff|vault"),
    ("vagina", "gynaecological", r"vagina\w*"),
    ("vulva", "gynaecological", r"vulv\w*"),
    ("cervix", "gynaecological", r"cervix|cervical|hr-?ctv|high-?risk target volume"),
    ("uterus", "gynaecological", r"uter\w*|endometri\w*|parametri\w*"),
    ("ovary", "gynaecological", r"ovar\w*"),
    ("penis", "penis", r"penis|penile|glans\w*"),
    ("testis", "testis", r"test(?:is|es|icular)|scrot\w*"),
    ("pelvis", "pelvis", r"(?:whole )?pelvi[sc]"),
    ("heel", "limb", r"heels?|plantar\w*"),
    ("hand", "limb", r"hands?|palm\w*"),
    ("limb", "limb", r"limbs?|extremit\w*|thigh|calf|legs?|(?:fore)?arms?|foot|feet|shoulder|knee"),
    ("scalp", "skin", r"scalp"),
    ("nose", "skin", r"nose|nasal (?:skin|ala)"),
    ("ear", "skin", r"ears?|pinna"),
    ("face", "skin", r"face|cheek|temple|forehead"),
    ("skin", "skin", r"skin|cutaneous\w*|keloid"),
    ("elective nodes", "", r"elective(?: (?:lymph )?nod\w*)?"),
    ("nodes", "", r"(?:regional |involved |lymph |nodal )*(?:lymph ?)?(?:nodes?|nodal(?: \w+)?)"),
    ("involved sites", "", r"involved (?:nodal )?sites?|initial (?:\w+ )?sites?"),
    ("scar", "", r"scars?"),
)  # fmt: skip

GENERIC = (
    r"(?:primary|gross|tumou?rs?|disease|lesions?|mass|gtv|ctv|ptv|target|volume|sites?|field)"
)
"""Words that name the disease itself and not where it is; the case's site says that."""

BED = (
    r"(?:beds?|(?<!oral )(?<!nasal )cavity|cavities|tumou?rectomy|lumpectomy|seroma"
    r"|prostatic fossa)"
)
"""Words that say a place from which the tumour has been removed."""

CONTAINS: Mapping[str, frozenset[str]] = {
    region: frozenset(within.split())
    for region, within in {
        "pelvis": "prostate rectum anus bladder gynaecological penis testis",
        "abdomen": "stomach pancreas liver spleen adrenal kidney",
        "thorax": "lung oesophagus",
        "CNS": "brain",
    }.items()
}
"""Regions that lie within others, so that a boost to one may be a boost of the other."""

TOUCHES: Mapping[str, frozenset[str]] = {
    region: frozenset(beside.split())
    for region, beside in {
        "head and neck": "skin oesophagus thorax",
        "thorax": "breast",
        "abdomen": "pelvis",
        "liver": "pancreas",
        "stomach": "oesophagus spleen",
        "skin": "limb eye breast penis",
        "bone": "limb CNS pelvis thorax brain breast",
    }.items()
}
"""Regions beside or over others: a target in one is not plainly the wrong place for the other."""

CODE_REGIONS: tuple[tuple[str, str], ...] = (
    # ICD-10 categories or codes (WHO and CM agree on these), region; the first row that fits
    ("C79.3 C70 C71 C75 D32 D33.0-D33.3 D35.2-D35.4 D42 D43 D44.3 G50 Q28", "brain"),
    ("C72 D33 C79.4", "CNS"),
    ("C69 D31 H05 H11 C44.1", "eye"),
    ("C00-C14 C30 C31 C32 C73 C77.0 D00.0 D02.0 D44.0 D44.6 D44.7", "head and neck"),
    ("C15 D00.1", "oesophagus"),
    ("C33 C34 C78.0 D02.2", "lung"),
    ("C37 C38 C45 C77.1 C78.1 C78.2 D15", "thorax"),
    ("C50 D05 C79.81 N62", "breast"),
    ("C16 D00.2 D37.1", "stomach"),
    ("C22-C24 C78.7", "liver"),
    ("C25", "pancreas"),
    ("C64 C65 C79.0", "kidney"),
    ("C74 C79.7 D35.0 D44.1", "adrenal"),
    ("C17 C48 C77.2 C78.6", "abdomen"),
    ("C18-C20 C78.5 D01.0 D01.1 D01.2", "rectum"),
    ("C21 D01.3", "anus"),
    ("C51-C58 D06 D07.0-D07.3 C79.6", "gynaecological"),
    ("C60 D07.4", "penis"),
    ("C61 D07.5 C79.82", "prostate"),
    ("C62", "testis"),
    ("C66 C67 C68 C79.1 D09.0 D41.4", "bladder"),
    ("C77.5", "pelvis"),
    ("C40 C41 C79.5", "bone"),
    ("C43 C44 C4A C79.2 D03 D04 L91", "skin"),
    ("M72 M77", "limb"),
)
"""Where a code's disease lies. C77.3 and C77.4, lymphoid and blood, unspecified and soft tissue
codes have no row: they may be anywhere."""
