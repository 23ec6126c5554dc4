"""Small closed groups of words: titles, words before a name, institutions, months, states.

Lists only, in lower case; what is done with them is in the modules that import them.
"""


def words(text: str) -> frozenset[str]:
    """The words of a line as a set."""
    return frozenset(text.split())


TITLES = words(
    "dr drs doctor mr mrs ms miss mx prof professor herr frau señor señora monsieur madame mme"
    " sir dame lady rev reverend father rabbi imam capt captain sgt lt col hon judge sra sr"
    " dott dottssa mister"
)
"""Words that a person's name follows, whatever the name looks like."""

TITLES_ALONE = words("mr ms lady father sr lt col miss hon judge sir dame captain")
"""Those of them that mean something else too and count only as ``Mr``, ``Mr.`` or ``mr.``."""

NEVER_SHORT = words("lady father miss judge sir dame captain doctor professor sister")
"""Titles that are written out, so that a full stop after one ends a sentence."""

BEFORE_A_NAME = words(
    "name names patient pt pt's wife husband son daughter mother father brother sister spouse"
    " partner friend neighbour neighbor caregiver carer guardian aunt uncle cousin nephew niece"
    " grandson granddaughter grandmother grandfather mom dad mum fiancé fiancee kin nok contact"
    " physician oncologist surgeon neurosurgeon urologist gynaecologist gynecologist radiologist"
    " pathologist gp pcp nurse therapist dosimetrist physicist attending resident consultant"
    " registrar fellow by cc attn attention dear sincerely regards signed dictated transcribed"
    " reviewed approved called named surname forename firstname lastname alias aka née nee"
    " clinician provider practitioner rn np md pa translator interpreter witness proxy"
    " stepson stepdaughter twin child parent boyfriend girlfriend ex-wife ex-husband"
)
"""Words after which a capital is more likely a name than a word."""

PARTICLES = words(
    "van von der den de del della di da dos das do la le el al bin ibn ben af av ter ten te"
    " zu zur y e st mac mc o d l en am im sur sous aan op upon und i t nad pod v na het die s"
    " ibn abu abd ud ul"
)

INSTITUTIONS = words(
    "hospital hospitals clinic clinics clinique infirmary hospice klinikum klinik krankenhaus"
    " hôpital hopital hospitalier ospedale policlinico sjukhus sykehus sairaala ziekenhuis"
    " szpital nemocnice university universität université universidad universitair institute"
    " institut instituto istituto center centre centro zentrum college foundation trust school"
    " church parish lodge manor pharmacy laboratory laboratories labs inc llc gmbh ltd plc"
    " universitätsklinikum hastanesi hastane sanatorium polyclinic practice associates"
    " kliniken uniklinik spital fakultní kórház rehabilitation"
)
"""Words that, with a capital and a proper word beside them, name an institution."""

WEAK_INSTITUTIONS = words(
    "center centre practice school church lodge manor trust foundation associates"
    " rehabilitation college"
)

ORDINARY_BEFORE_INSTITUTION = words(
    "the a our this that outside local another other same referring district regional"
    " tertiary academic teaching day cancer breast urology oncology radiation radiotherapy"
    " pain wound fracture memory chest lung skin prostate multidisciplinary joint combined"
    " outpatient inpatient follow-up follow up survivorship palliative gynecologic neurology"
    " head neck and medical care health surgical imaging community private public specialist"
    " her his their your my at in from seen via to treatment comprehensive proton therapy"
    " home nursing skilled facility primary family hospital clinic multi disciplinary gi gu ent"
    " late effects thyroid bone marrow transplant sarcoma brain lymphoma melanoma rapid access"
    " two week wait one stop nurse led consult consultation new virtual telehealth infusion"
    " surgery cardiology anticoagulation coumadin lymphedema lymphoedema genetics fertility"
)
"""Words that only describe a clinic; one that has no others before it is not named."""

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan",
            "february feb",
            "march mar",
            "april apr",
            "may",
            "june jun",
            "july jul",
            "august aug",
            "september sept sep",
            "october oct",
            "november nov",
            "december dec",
        ),
        1,
    )
    for name in names.split()
}

PLACES_KEPT = words(
    "alabama alaska arizona arkansas california colorado connecticut delaware florida georgia"
    " hawaii idaho illinois indiana iowa kansas kentucky louisiana maine maryland massachusetts"
    " michigan minnesota mississippi missouri montana nebraska nevada ohio oklahoma oregon"
    " pennsylvania tennessee texas utah vermont wisconsin wyoming carolina dakota jersey mexico"
    " hampshire usa america american canada england scotland wales ireland germany france spain"
    " italy portugal poland netherlands belgium denmark sweden norway finland austria switzerland"
    " greece turkey russia ukraine china japan korea india pakistan brazil argentina australia"
    " zealand africa asia europe vietnam philippines egypt iran iraq israel english german french"
    " spanish italian polish turkish arabic chinese mandarin cantonese hindi russian portuguese"
    " japanese korean vietnamese caucasian hispanic latino asian african european jewish ashkenazi"
    " monday tuesday wednesday thursday friday saturday sunday"
)
"""States, countries, languages and weekdays: none of them identifies under Safe Harbor."""

FUNCTION_WORDS = words(
    "a an and are as at be been but by can could did do does for from had has have he her here"
    " him his how i if in is it its may might mr my no nor not now of on or our out she should"
    " since so some than that the their them then there these they this those to too under until"
    " up us was we were what when where which while who whom why will with would yes you your"
    " after all also any before both during each few more most other same such only very per"
    " plan plans history past present course total dose intent new old left right upper lower"
    " patient pt seen referred discussed reviewed dictated signed dear regards sincerely re"
    " assessment impression diagnosis recommendation recommend consult consultation note"
)

TOWN_WORDS = words(
    "new north south east west port lake mount fort saint st san santa los las upper lower great"
    " little old bad nova novo velika gornji villa ciudad são rio vila sankt stary nowy cape el la"
    " city town village county borough heights falls springs beach valley hills"
)
"""Words that go with the name of a town."""

DONE_BY = words(
    "seen signed dictated reviewed referred performed approved transcribed examined evaluated"
    " accompanied treated prepared presented called written requested ordered supervised assisted"
    " driven interpreted contoured planned read reported sent recommended"
)
"""Verbs after which ``by`` names a person."""

DOES = words(
    "is was has had reports reported presents presented denies denied underwent returns returned"
    " tolerated completed received states stated comes came feels lives lived attended declined"
    " wishes agrees agreed confirmed assisted"
)
"""Verbs of which a person is the subject."""

BEFORE_SHOUTED = words("met with seeing saw told asked referring schedule contact for")
"""Words after which a word in capitals that is not known is somebody."""
