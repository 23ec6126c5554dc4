"""How identifiers are worded, and what a radiotherapy note says around them.

Two sets of everything: ``SEEN`` is what the scrubber was made against; ``HELD_OUT`` (wordings,
clinical sentences, locales of the names) was not looked at but for the numbers that
``docs/privacy.md`` reports. Nothing is imported from the program. ``{}`` is the identifier.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Wording:
    """``kinds``: a kind's sentences; ``clinical``: what holds no identifier; Faker ``locales``."""

    kinds: Mapping[str, tuple[str, ...]]
    clinical: tuple[str, ...]
    locales: tuple[str, ...]


_SEEN = {
    "name": """{} is a 67-year-old man with prostate cancer.|Patient: {}|Mr. {} returns today.
Mrs {} tolerated treatment well.|Discussed with Dr. {} of surgery.|His wife {} was present.
Referred by {} for adjuvant treatment.|Dictated by {}, MD.|cc: {}
Thank you for referring {} to our clinic.|Seen by {} last week.|Her daughter {} helps at home.
Electronically signed: {}|Plan reviewed with Prof {} in the tumour board.
Emergency contact is his brother {}.|Surgery was performed by Dr {} without complication.
Name: {}|I reviewed the films with {} today.|{} reports mild fatigue.
We met {} and her husband.""",
    "place": """Lives at {}.|Home address: {}|She moved here from {}.|Transferred from {}.
Biopsy was done at {}.|Resident of {}.|Mail to {}.|Address {}|Surgery at {} in the spring.
He travels from {} every day.|Follow-up with {}.|Seen first at {}.""",
    "date": """Seen on {}.|Biopsy {} showed invasive carcinoma.|DOB: {}|Date of service {}.
MRI of {} shows no progression.|Surgery was on {}.|Started radiotherapy {}.
CT dated {} is stable.|Admitted {} and discharged later.|Last PSA was drawn {}.""",
    "age": """{}-year-old woman with breast cancer.|The patient is {} years old.|{} yo man.
Aged {}, lives alone.|{} y/o F with anal cancer.|Age: {}|This {} year old gentleman is frail.
{}-yr-old lady.""",
    "phone": """Phone: {}|Call {} with questions.|Reach her at {}.|Tel. {}|Mobile {}
Contact number is {}.|Home phone {}; leave a message.|He can be reached at {} after five.""",
    "fax": """Fax: {}|Fax results to {}.|Fax no. {}|Please fax records to {}.|Facsimile {}""",
    "e-mail": """E-mail: {}|Write to {} for results.|Contact {} please.
Email {} was used to consent.|She prefers {} over the phone.""",
    "ssn": """SSN {}|SSN: {}|Social security number {}.|SS# {}
Identified by social security {}.""",
    "mrn": """MRN {}|MRN: {}|Medical record number {}.|Chart # {}|Hospital no. {}
Patient ID: {}|(MRN {})|Record {} was reviewed.|MR# {}""",
    "plan id": """Member ID {}|Insurance ID: {}|Medicare number {}.|Policy no. {}
Subscriber {} is covered.|Health plan beneficiary number {}.|Group number {}""",
    "account": """Account {}|Acct #: {}|Billing account number {}.|Invoice {} was sent.
Encounter number {}.|Card {} on file.|IBAN {}""",
    "licence": """License number {}|Driver's license {}.|DEA {}|NPI: {}|Medical licence no. {}
Certificate number {}.|Passport {}""",
    "vehicle": """License plate {}|VIN {}|Vehicle registration {}.
Plate number {} is on the parking list.|Drives a car with plate {}.""",
    "device": """Pacemaker serial number {}.|Serial no. {}|Device ID {}|S/N {}
Tissue expander lot {}.|Port-a-cath, model no. {}.|UDI {}""",
    "url": """See {} for the images.|Portal: {}|His blog {} describes it.
Uploaded to {} yesterday.|Images at {}""",
    "ip": """Logged from {}.|IP address {}|Telehealth visit from IP {}.|Connected via {} today.""",
    "biometric": """Fingerprint ID {}|Fingerprint template {}.|Voiceprint {} on file.
Retinal scan {}.|Iris code {} enrolled.|Biometric hash {}""",
    "photo": """Photo {} attached.|Full-face photograph: {}|See image {}.
Picture {} shows the setup.|Face photo file {}""",
    "id": """Accession {}|Accession number: {}|Specimen {} was reviewed.|Study ID {}.
Subject {} enrolled.|Case no. {}|Pathology {} confirmed it.|Barcode {}""",
}
_SEEN_CLINICAL = """Adenocarcinoma of the prostate, cT2a N0 M0, Gleason 4+3, PSA 8.3 ng/ml.
Left breast IDC, pT1c pN0(sn) cM0, ER 95 % PR 80 % HER2 negative, Ki-67 15 %.
Received 66 Gy in 33 fractions by VMAT with weekly cisplatin 40 mg/m2.
60 Gy in 30 fractions to the resection cavity, then temozolomide.
Plan: 8 Gy in 1 fraction to T10-L2 for pain.
Classical Hodgkin lymphoma, stage IIA, Deauville 2 after ABVD x 4.
Merkel cell carcinoma of the right forearm, excised, sentinel node 1/3 positive.
Karnofsky 80, ECOG 1, no weight loss.
Paget disease of the nipple with underlying DCIS.
Ewing sarcoma of the left ilium after VIDE x 6.
Squamous cell carcinoma of the oropharynx, p16 positive, level II-III nodes.
FIGO IIB cervical cancer; EBRT 45 Gy in 25 fractions plus HDR 28 Gy in 4.
Treated per RTOG 0617 and NCT01234567 criteria.
EGFR exon 19 deletion, ALK negative, PD-L1 60 %, on Osimertinib.
Graves orbitopathy, 20 Gy in 10 fractions, inactive thyroid disease.
Graded by ISUP as group 3; MRI shows PI-RADS 4 lesion in the left base.
Hippocampal avoidance whole brain 30 Gy in 10 fractions with memantine.
SBRT 54 Gy in 3 fractions to a 1.8 cm right upper lobe nodule.
Trastuzumab and Pertuzumab continue; LVEF 60 %.
Tumour thickness by Breslow 2.1 mm, Clark level IV, no ulceration.
Mean heart dose 2.1 Gy with DIBH, V20 of the lung 18 %.
Brachytherapy boost with iodine-125 seeds, 110 Gy.
Wilms tumour, favourable histology, flank 10.8 Gy in 6 fractions.
Kaposi sarcoma of both feet, 24 Gy in 12 fractions, electrons 6 MeV.
Lymph nodes 3/12 positive with extracapsular extension.
Gamma Knife 18 Gy to the 50 % isodose for a left acoustic schwannoma.
Ca 19-9 was 45, CEA 3.2, platelets 250.
No prior radiotherapy; pacemaker since 2015.
CTCAE grade 2 dermatitis, managed with Silvadene.
Sezary syndrome, total skin electrons 12 Gy in 12 fractions."""
_HELD_OUT = {
    "name": """{} presents for consultation regarding breast irradiation.
Consulting physician: {}|We had the pleasure of seeing {} in clinic.
The case was presented by Dr. {} at rounds.|Patient name {}|accompanied by her son {}
Attending: {}|Ms. {} declined chemotherapy.|Spouse {} drives him in.|RE: {}|Dear Dr. {},
Report prepared for {}.|According to {} the pain has improved.|{}'s scans were reviewed.
The surgeon, {}, confirmed clear margins.|Interpreter {} assisted.
Please schedule {} for simulation.|Sincerely, {}|Follow up arranged with {} in three months.
The patient's sister, {}, holds power of attorney.""",
    "place": """Her residence is {}.|He was born in {}.|Pathology from {} was reviewed.
Patient lives in {} with family.|Imaging from {} requested.
Please forward correspondence to {}.|Originally from {}, now retired.
Underwent lobectomy at {}.|Home: {}|Currently staying at {}.""",
    "date": """Simulation took place {}.|She was diagnosed {}.|On {} he underwent resection.
Last seen {}, doing well.|Birth date {}|Treatment completed {}.|PET-CT ({}) was negative.
Consent signed {}.|Recurrence noted {} on imaging.""",
    "age": """A {}-year-old retired teacher.|She is now {} years of age.|{}yo male, frail.
Age {} at diagnosis.|This {} y.o. woman declined surgery.|Patient aged {}.|male, {} years""",
    "phone": """Telephone number: {}|Daughter's cell: {}|Best number {}.|Ph {}
Please ring {} to confirm.|Pager {}|Work: {}|Clinic phone is {}.""",
    "fax": """Send by fax to {}.|Office fax: {}|Fax #{}|Results faxed to {} today.|Telefax {}""",
    "e-mail": """Her email is {}.|Send copies to {}.|Correspondence: {}|Reply to <{}>.
Portal account {} is active.""",
    "ssn": """Soc Sec No: {}|Her SSN is {}.|(SSN {})|Last SSN on file {}.|ssn={}""",
    "mrn": """MRN#{}|Med rec no {}|Unit number {}|Medical Record #: {}|Patient identifier {}
mrn {}|NHS number {}|Hospital ID {}""",
    "plan id": """Insured under policy {}.|Medicaid ID {}|Member no: {}|Beneficiary ID {}.
Insurance policy number is {}.|Plan ID {}""",
    "account": """Patient account no. {}|Charged to account {}.|Guarantor account: {}
Visit number {}|Bank account {}.|Credit card {}""",
    "licence": """Lic. no. {}|Holds driver licence {}.|State license: {}|NPI {}
Board certification no. {}|Passport number: {}""",
    "vehicle": """Car plate: {}|His vehicle (VIN {}) is adapted.|Parks under plate {}.
Vehicle plate {}|Registration number {} for the van.""",
    "device": """ICD generator, serial {}.|Implant serial number: {}|Pump S/N: {}
Breast implant lot number {}.|Defibrillator serial no. {}|Device identifier {}""",
    "url": """Details under {}.|Web page {}|Consent video: {}|Link {} expired.
Family updates on {}""",
    "ip": """Client IP: {}|Request came from address {}.|Remote session {} closed.
Login at {} recorded.""",
    "biometric": """Finger print record {}.|Palm vein template {}.|Biometric identifier {}
Voice print ID: {}|Facial template {} stored.|Fingerprint {}""",
    "photo": """Patient photo: {}|Facial photograph {} in chart.|Identification photo {}.
Photograph ref {}|Picture file {}""",
    "id": """Acc# {}|Sample ID {}|Participant {} in the trial.|Requisition {}
Slides {} re-read.|Order number {}|Reference number {}|Research ID: {}""",
}
_HELD_OUT_CLINICAL = """Invasive lobular carcinoma, right breast, pT2 pN1a, margins clear, grade 2.
Non-small cell lung cancer stage IIIA, concurrent carboplatin and paclitaxel.
Rectal adenocarcinoma 6 cm from the anal verge, mrT3b N1, EMVI positive.
Short course 25 Gy in 5 fractions followed by FOLFOX.
Glioblastoma, IDH wild type, MGMT methylated, gross total resection.
Postoperative bed boosted to 16 Gy in 8 fractions with 9 MeV electrons.
Nasopharyngeal carcinoma cT3 N2 M0, EBV DNA 1200 copies.
Waldeyer ring lymphoma, DLBCL, R-CHOP x 6, IPI 2.
Whipple procedure for pancreatic head cancer, R1 margin.
Bowen disease of the scalp, superficial x-rays 45 Gy in 15 fractions.
Heterotopic ossification prophylaxis, 7 Gy in 1 fraction to the left hip.
Dupuytren contracture, early stage, 15 Gy in 5 fractions.
Spinal cord compression at T6, dexamethasone 16 mg, 20 Gy in 5 fractions.
Meningioma WHO grade 1, Simpson IV resection, 54 Gy in 30 fractions.
Bladder preservation after TURBT with 55 Gy in 20 fractions and Mitomycin.
Craniospinal irradiation 23.4 Gy in 13 fractions with protons for medulloblastoma.
BRCA1 carrier, triple negative, ypT0 ypN0 after neoadjuvant chemotherapy.
Vulvar cancer FIGO IIIB, groin nodes 2/8, extranodal extension.
Nivolumab held for pneumonitis grade 3; prednisone taper.
ADT with Leuprolide for 18 months; testosterone 0.3.
Oesophageal squamous carcinoma, CROSS regimen, 41.4 Gy in 23 fractions.
Thyroid eye disease, NOSPECS class 4, steroids tapered.
Hepatocellular carcinoma, Child-Pugh A6, BCLC B, SBRT 50 Gy in 5.
Trigeminal neuralgia, 80 Gy maximum, 4 mm collimator.
Seminoma stage I, para-aortic strip 20 Gy in 10 fractions.
Barrett oesophagus with high grade dysplasia.
Constraints: rectum V70 < 15 %, bladder V65 < 25 %, spinal cord Dmax 45 Gy.
TrueBeam STx, 6 MV FFF, ExacTrac positioning, CBCT daily.
Performance status ECOG 2, albumin 32, haemoglobin 11.4.
Epstein-Barr related tumour, Horner syndrome on the left."""


def _split(kinds: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    return {
        kind: tuple(said for line in text.splitlines() for said in line.split("|"))
        for kind, text in kinds.items()
    }


SEEN = Wording(
    _split(_SEEN),
    tuple(_SEEN_CLINICAL.splitlines()),
    ("de_DE", "pl_PL", "it_IT", "tr_TR", "nl_NL", "cs_CZ", "en_NG"),
)
HELD_OUT = Wording(
    _split(_HELD_OUT),
    tuple(_HELD_OUT_CLINICAL.splitlines()),
    ("da_DK", "sk_SK", "et_EE", "lt_LT", "es_CO", "pt_PT", "no_NO", "sl_SI", "fr_FR"),
)
