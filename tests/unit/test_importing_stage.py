"""Staging: the same files from the same input, and nothing where the input is bad."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from store.cases import RawCase
from store.curation import Funnel
from store.errors import BadUsage, RadoncError
from store.importing.profiles import built_in
from store.importing.readers import expand, reader_of
from store.importing.stage import stage, stage_raw
from store.lines import read_lines
from tests.unit.importing_examples import EXCERPT, SECRET, SOURCE, TABLES, codes, quiet, raw

RANDOM = re.compile(r'"case_id": "[^"]*"')
TABLE = reader_of(built_in("table"))


def take(path: Path, out: Path, mapping: dict[str, str] | None = None, profile: str = "") -> Funnel:
    return stage([path], profile, mapping or {}, codes(), SECRET, out, quiet)


def test_a_table(tmp_path: Path) -> None:
    funnel = take(TABLES / "courses.csv", tmp_path)
    cases = {case["row"]: case for case in read_lines(tmp_path / "cases.jsonl")}
    assert {row: (case["regimen"], case["icd10"]) for row, case in cases.items()} == {
        2: ("60 Gy in 20 fractions, photon IMRT", "C61"),
        5: ("60 Gy in 30 fractions, photon", "C71.2"),
        12: ("74 Gy(RBE) in 37 fractions, proton", "C41.0"),
    }
    rejects = {record["row"]: record["detail"] for record in read_lines(tmp_path / "rejects.jsonl")}
    assert rejects[3].startswith("courses.csv, row 3: ")
    assert rejects[6] == "courses.csv, row 6: The same record occurs earlier in this import."
    assert rejects[7].startswith("courses.csv, row 7, column Plan: ")
    assert rejects[8].startswith("courses.csv, row 8, column ICD10: 'Z99.99' is no ICD-10-CM")
    assert rejects[9].startswith("courses.csv, row 9, column MRN: ")
    assert dict(funnel.by_reason) == {
        "several_plans": 2,
        "duplicate": 1,
        "regimen_unreadable": 1,
        "code_unknown": 1,
        "no_patient": 1,
        "no_diagnosis": 1,
        "modality_unreadable": 1,
        "code_contradicts": 1,
    }
    assert json.loads((tmp_path / "funnel.json").read_text()) == funnel.as_record()


def test_a_table_with_dose_columns(tmp_path: Path) -> None:
    take(TABLES / "doses.csv", tmp_path)
    read = [(c["regimen"], c["repairs"]) for c in read_lines(tmp_path / "cases.jsonl")]
    assert read == [
        ("60 Gy in 30 fractions, photon", ["decimal comma: 6.000,0 read as 6000"]),
        (
            "60 Gy in 30 fractions, photon",
            ["dose per fraction in the column of the fractions"],
        ),
        ("8 Gy in 1 fraction, photon", []),
    ]
    lost = [record["reason"] for record in read_lines(tmp_path / "rejects.jsonl")]
    assert lost == ["dose_implausible", "dose_unreadable"]


@pytest.mark.parametrize(("path", "profile"), [(TABLES / "courses.csv", ""), (EXCERPT, "tcga")])
def test_twice_is_the_same(tmp_path: Path, path: Path, profile: str) -> None:
    names = ("cases.jsonl", "rejects.jsonl", "funnel.json")
    outs = [tmp_path / "one", tmp_path / "two"]
    for out in outs:
        out.mkdir()
        take(path, out, profile=profile)
    for name in names:
        one, two = ((out / name).read_text() for out in outs)
        assert RANDOM.sub("", one) == RANDOM.sub("", two)


@pytest.mark.parametrize(
    ("content", "mapping", "sentence"),
    [
        ("MRN,Dx,Plan,ICD10\n", {}, "bad.csv has a header and no rows."),
        (
            "MRN,Dx,Plan,ICD10\n1,Lung cancer,60 Gy in 30 IMRT,XYZ\n",
            {},
            "bad.csv, row 2, column ICD10: The code is neither an ICD-10-CM nor a WHO ICD-10",
        ),
        (
            "MRN,Dx,Plan,ICD10\n1,Lung cancer,sixty,C34.1\n",
            {},
            "bad.csv, row 2, column Plan: ",
        ),
        (
            "MRN,Dx,Dose,Fractions,ICD10\n1,Lung cancer,lots,30,C34.1\n",
            {"modality": "@photon"},
            "bad.csv, row 2, column Dose: The dose is not a number with a unit.",
        ),
        ("MRN,Dx,Plan,ICD10\n1,a,b,c\n", {"diagnosis": "Text"}, "bad.csv has no column 'Text'"),
        ("A,B\n1,2\n", {}, "bad.csv, row 1 names no column that is plainly the patient"),
        ("MRN,Dx,Plan,ICD10\n" + "x,y,z,w\n" * 5000, {}, "bad.csv, row 2"),
    ],
)
def test_bad_tables_stage_nothing(
    tmp_path: Path, content: str, mapping: dict[str, str], sentence: str
) -> None:
    file, out = tmp_path / "bad.csv", tmp_path / "out"
    file.write_text(content)
    out.mkdir()
    with pytest.raises(RadoncError) as error:
        take(file, out, mapping)
    assert str(error.value).startswith(sentence)
    assert not list(out.iterdir())


def test_damage_behind_good_rows_stages_nothing(tmp_path: Path) -> None:
    good = (TABLES / "courses.csv").read_bytes()
    file, out = tmp_path / "late.csv", tmp_path / "out"
    file.write_bytes(good + b"1011,plain,40 Gy in 15,C61,photon,1,2\n" * 5000 + b"9,caf\x82,,,,,\n")
    out.mkdir()
    with pytest.raises(RadoncError, match="column 2 is not UTF-8 text"):
        take(file, out)
    assert not list(out.iterdir())


def test_stopped_half_way_nothing_is_staged(tmp_path: Path) -> None:
    def breaking() -> Iterator[RawCase]:
        yield raw()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stage_raw(breaking(), SOURCE, codes(), SECRET, tmp_path, quiet)
    assert not list(tmp_path.iterdir())


def test_records_in_hand_and_their_progress(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    raws = [raw(patient=str(number), row=number) for number in range(1, 451)]
    funnel = stage_raw(
        raws,
        SOURCE,
        codes(),
        SECRET,
        tmp_path,
        lambda _, done, total, unit: seen.append((done, total)),
        450,
    )
    assert funnel.cases == 450
    assert seen == [(200, 450), (400, 450), (450, 450)]


def test_plans_of_one_disease_are_rivals_unless_courses_tell_them_apart(tmp_path: Path) -> None:
    rows = (
        "1,Breast cancer,40 Gy in 15,C50.9,photon,{}\n1,Breast cancer,10 Gy in 5,C50.9,photon,{}\n"
    )
    file = tmp_path / "a.csv"
    file.write_text("MRN,Dx,Plan,ICD10,Modality,Course ID\n" + rows.format("C1", "C2"))
    assert take(file, tmp_path).cases == 2
    file.write_text(
        "MRN,Dx,Plan,ICD10,Modality,Course ID\n2,Glioma of the brain,60 Gy in 30,C71.9,"
        "photon,\n" + rows.format("", "")
    )
    assert dict(take(file, tmp_path).by_reason) == {"several_plans": 2}


HEADER = "MRN,Dx,Plan,ICD10,Modality,Course ID\n"


def staged(folder: Path, rows: str) -> dict[int, str]:
    """What became of each row: the reason why it is no case, or the regimen."""
    (folder / "a.csv").write_text(HEADER + rows)
    take(folder / "a.csv", folder)
    cases = {case["row"]: case["regimen"] for case in read_lines(folder / "cases.jsonl")}
    return cases | {r["row"]: r["reason"] for r in read_lines(folder / "rejects.jsonl")}


def test_a_part_of_a_named_course_is_never_the_whole(tmp_path: Path) -> None:
    rows = (
        "1,Breast cancer,50 Gy in 25,C50.9,photon,C1\n"
        "1,Breast cancer,10 Gy in 5,C50.9,photon,c1\n"
        "2,Breast cancer,50 Gy in 25,C50.9,photon,C1\n"
        "2,Breast  cancer,2 Gy x 25,C509,photon,C1\n"
        "3,Breast cancer,50 Gy in 25,C50.9,photon,C1\n"
        "3,Lung cancer,50 Gy in 25,C34.9,photon,C1\n"
        "4,Breast cancer,50 Gy in 25,C50.9,photon,C1\n"
        "4,Breast cancer,,C50.9,photon,C1\n"
    )
    whole = "50 Gy in 25 fractions, photon"
    assert staged(tmp_path, rows) == {
        2: "several_plans",
        3: "several_plans",
        4: whole,
        5: "duplicate",
        6: "several_diagnoses",
        7: "several_diagnoses",
        8: whole,
        9: "no_plan",
    }


def test_a_table_that_begins_with_many_rejects_is_taken(tmp_path: Path) -> None:
    lost = "".join(f"{n},Lung cancer,as planned,C34.1,photon,\n" for n in range(2500))
    rows = staged(tmp_path, lost + "x,Lung cancer,60 Gy in 30,C34.1,photon,\n")
    assert rows.pop(2502) == "60 Gy in 30 fractions, photon"
    assert set(rows.values()) == {"regimen_unreadable"}


@pytest.mark.parametrize(
    "content",
    [
        HEADER + "1,Lung cancer,60 Gy in 30,C34.1,John Q. Smith,\n",
        HEADER + "1,Lung cancer,60 Gy in 30,John Smith,photon,\n",
        "4711,John Smith,60 Gy in 30,C34.1,photon\n" * 3,
        "4711,Smith,Smith,C34.1,photon\n" * 3,
        "MRN,Dx\n1,Smith,2\n",
    ],
)
def test_no_sentence_quotes_a_row(tmp_path: Path, content: str) -> None:
    file = tmp_path / "a.csv"
    file.write_text(content)
    with pytest.raises(RadoncError) as error:
        take(file, tmp_path)
    assert "Smith" not in str(error.value)
    assert "4711" not in str(error.value)


def test_progress_knows_how_many_bytes_and_rows_there_are(tmp_path: Path) -> None:
    seen: list[tuple[str, int, int, str]] = []
    rows = "".join(f"{n},Lung cancer,60 Gy in 30,C34.1,photon,\n" for n in range(450))
    files = [tmp_path / "a.csv", tmp_path / "b.csv"]
    for number, file in enumerate(files):
        file.write_text(HEADER + rows.replace(",Lung", f"-{number},Lung"))
    stage(files, "", {}, codes(), SECRET, tmp_path, lambda *told: seen.append(told))
    size = sum(file.stat().st_size for file in files)
    looked = [
        done for name, done, total, unit in seen if (name, total, unit) == ("look", size, "bytes")
    ]
    assert looked == sorted(looked)
    assert looked[0] < size // 2 < looked[3] < looked[-1] == size
    assert seen[len(looked) :] == [
        ("curate", 200, 900, "records"),
        ("curate", 400, 900, "records"),
        ("curate", 600, 900, "records"),
        ("curate", 800, 900, "records"),
        ("curate", 900, 900, "records"),
    ]


def test_two_diseases_of_a_patient_need_something_that_tells_them_apart(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    rows = (
        # nothing says which of the two was treated
        "1,Breast cancer,50 Gy in 25,C50.9,photon,{course},\n"
        "1,Lung cancer,60 Gy in 30,C34.9,photon,{course},\n"
        # two codes of one category are one disease
        "2,Cancer of the upper lobe,60 Gy in 30,C34.1,photon,{course},\n"
        "2,Cancer of the lower lobe,45 Gy in 15,C34.3,photon,{course},\n"
        # a metastasis that names its primary is the same disease
        "3,Breast cancer,50 Gy in 25,C50.9,photon,{course},\n"
        "3,Bone metastasis,8 Gy in 1,C79.51,photon,{course},c509\n"
        # and what has no diagnosis or no code is none
        "4,Prostate cancer,60 Gy in 20,C61,photon,{course},\n"
        "4,,60 Gy in 20,C20,photon,{course},\n"
        "4,Cough,60 Gy in 20,?,photon,{course},\n"
    )
    header = HEADER.replace("\n", ",Primary ICD10\n")
    file.write_text(header + rows.format(course=""))
    funnel = take(file, tmp_path)
    assert dict(funnel.by_reason) == {"several_diagnoses": 2, "no_diagnosis": 1, "no_code": 1}
    lost = [r for r in read_lines(tmp_path / "rejects.jsonl") if r["reason"] == "several_diagnoses"]
    assert [record["row"] for record in lost] == [2, 3]
    assert lost[0]["detail"] == "a.csv, row 2: The patient has 2 diagnosis records."
    lines = rows.format(course="C{n}").split("\n")
    file.write_text(header + "\n".join(line.replace("{n}", str(n)) for n, line in enumerate(lines)))
    assert "several_diagnoses" not in take(file, tmp_path).by_reason


def test_unknown_profiles_and_paths(tmp_path: Path) -> None:
    with pytest.raises(BadUsage, match="There is no profile 'fhir5'"):
        take(TABLES / "courses.csv", tmp_path, profile="fhir5")
    with pytest.raises(BadUsage, match="There is no file or folder"):
        expand([tmp_path / "nowhere"], TABLE)
    with pytest.raises(BadUsage, match="There is no file to read in"):
        expand([tmp_path], TABLE)


def test_a_folder_is_its_tables() -> None:
    assert [file.name for file in expand([TABLES], TABLE)] == ["courses.csv", "doses.csv"]
