"""No text of the pages is without English, and the check that says so can fail."""

from pathlib import Path

import pytest

from common.web import translations
from common.web.languages import translations as texts_of
from common.web.translations import Source, faults, found_in, stored, update


def a_source(folder: Path, template: str, code: str = "") -> Source:
    (folder / "pages").mkdir(exist_ok=True)
    (folder / "pages" / "a.html").write_text(template)
    (folder / "words.py").write_text(code)
    return Source("x", folder, folder / "locale/en/LC_MESSAGES/messages.po")


def translate(source: Source, text: str, english: str) -> None:
    content = source.catalogue.read_text()
    assert f'msgid "{text}"\nmsgstr ""' in content
    source.catalogue.write_text(
        content.replace(f'msgid "{text}"\nmsgstr ""', f'msgid "{text}"\nmsgstr "{english}"')
    )


def faults_of(source: Source) -> list[str]:
    return list(faults(source, found_in(source.code)))


@pytest.mark.parametrize("name", ["common", "registry", "issuance", "redemption"])
def test_every_text_has_its_english(name: str):
    pairs = {source.name: (source, template) for source, template in translations.pairs()}
    assert list(faults(*pairs[name])) == []


def test_texts_are_found_in_templates_and_in_code(tmp_path: Path):
    source = a_source(tmp_path, '{{ _("Simpan") }}', 'STATES = {"a": N_("Aktif")}\n')
    assert {message.id for message in found_in(source.code) if message.id} == {"Simpan", "Aktif"}


def test_a_text_without_english_is_named(tmp_path: Path):
    source = a_source(tmp_path, '{{ _("Simpan") }}')
    assert faults_of(source) == ["x: not in the catalogue: 'Simpan'"]
    update(source, found_in(source.code))
    assert faults_of(source) == ["x: no English: 'Simpan'"]
    translate(source, "Simpan", "Save")
    assert faults_of(source) == []


def test_an_update_keeps_what_was_translated_and_drops_what_is_gone(tmp_path: Path):
    source = a_source(tmp_path, '{{ _("Simpan") }} {{ _("Hapus") }}')
    update(source, found_in(source.code))
    translate(source, "Simpan", "Save")
    translate(source, "Hapus", "Delete")
    a_source(tmp_path, '{{ _("Simpan") }} {{ _("Batal") }}')
    assert faults_of(source) == [
        "x: not in the catalogue: 'Batal'",
        "x: no longer used: 'Hapus'",
    ]
    update(source, found_in(source.code))
    assert {m.id: m.string for m in stored(source.catalogue) if m.id} == {
        "Simpan": "Save",
        "Batal": "",
    }


def test_an_update_without_changes_writes_the_same_file(tmp_path: Path):
    source = a_source(tmp_path, '{{ _("Simpan") }}')
    update(source, found_in(source.code))
    translate(source, "Simpan", "Save")
    before = source.catalogue.read_bytes()
    update(source, found_in(source.code))
    assert source.catalogue.read_bytes() == before


def test_a_doubtful_translation_is_named_and_not_shown(tmp_path: Path):
    source = a_source(tmp_path, '{{ _("Simpan") }}')
    update(source, found_in(source.code))
    translate(source, "Simpan", "Save")
    content = source.catalogue.read_text().replace('msgid "Simpan"', '#, fuzzy\nmsgid "Simpan"')
    source.catalogue.write_text(content)
    assert faults_of(source) == ["x: fuzzy: 'Simpan'"]
    assert texts_of("en", [tmp_path / "locale"]).gettext("Simpan") == "Simpan"


def test_a_translation_that_loses_a_value_is_named(tmp_path: Path):
    source = a_source(tmp_path, '{{ _("Halo %(name)s", name=x) }}')
    update(source, found_in(source.code))
    translate(source, "Halo %(name)s", "Hello %(nam)s")
    assert faults_of(source) == ["x: other placeholders: 'Halo %(name)s'"]


def test_plurals_have_both_english_forms(tmp_path: Path):
    one = '{{ ngettext("%(num)s keluarga", "%(num)s keluarga", n) }}'
    source = a_source(tmp_path, one)
    update(source, found_in(source.code))
    assert faults_of(source) == ["x: no English: '%(num)s keluarga'"]
    content = source.catalogue.read_text()
    content = content.replace('msgstr[0] ""', 'msgstr[0] "%(num)s family"')
    content = content.replace('msgstr[1] ""', 'msgstr[1] "%(num)s families"')
    source.catalogue.write_text(content)
    assert faults_of(source) == []
    english = texts_of("en", [tmp_path / "locale"])
    assert english.ngettext("%(num)s keluarga", "%(num)s keluarga", 2) == "%(num)s families"


def test_a_service_has_its_own_texts_and_the_shells(tmp_path: Path):
    source = a_source(tmp_path, '{{ _("Simpan") }}')
    update(source, found_in(source.code))
    translate(source, "Simpan", "Save")
    english = texts_of("en", [tmp_path / "locale"])
    assert (english.gettext("Simpan"), english.gettext("Batal")) == ("Save", "Cancel")
    indonesian = texts_of("id", [tmp_path / "locale"])
    assert (indonesian.gettext("Simpan"), indonesian.gettext("Batal")) == ("Simpan", "Batal")
