#!/usr/bin/env python3
"""Writes reference/pinyin.csv and reference/simplified.csv from Unicode's Unihan database: `apt-get install unicode-data`, then
`python3 db/characters.py`. The files are committed and embedded; run it again only for a new edition of Unihan.

pinyin.csv      syllable,characters     every character by each of its readings, without tones; u with diaeresis is written v, as on a keyboard
simplified.csv  character,forms         the simplified character and the traditional forms that stand for it

Readings are those in use: kMandarin, kTGHZ2013 and kXHC1983 (dictionaries of the standard list and of modern Chinese), kHanyuPinlu
(frequencies of speech). The historical ones of kHanyuPinyin are taken only where nothing else is given: they would make almost every
character sound like almost every other. Unihan: Copyright Unicode, Inc., under the Unicode License v3."""
import bz2
import collections
import os
import re
import unicodedata

SOURCE = "/usr/share/unicode/Unihan_%s.txt.bz2"
TARGET = os.path.join(os.path.dirname(os.path.abspath(__file__)), "reference")


def rows(name):
    with bz2.open(SOURCE % name, "rt", encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("U+"):
                code, field, value = line.rstrip("\n").split("\t")
                yield chr(int(code[2:], 16)), field, value


def plain(syllable):
    """Without tone, lower case: lǜ becomes lv, ê becomes e."""
    marks = unicodedata.normalize("NFD", syllable.lower())
    return re.sub("[^a-z]", "", marks.replace("u\u0308", "v"))


def readings(field, value):
    if field == "kMandarin":
        found = value.split()
    elif field == "kHanyuPinlu":  # hǎi(1234) …
        found = re.findall(r"([^\s(]+)\(", value)
    elif field in ("kXHC1983", "kTGHZ2013", "kHanyuPinyin"):  # 0123.010,0124.020:hǎi,hài …
        found = [reading for group in value.split() for reading in group.split(":")[1].split(",")]
    else:
        found = []
    return {plain(reading) for reading in found}


used, historical = collections.defaultdict(set), {}
for character, field, value in rows("Readings"):
    if field == "kHanyuPinyin":
        historical[character] = readings(field, value)
    else:
        used[character] |= readings(field, value)
for character, found in historical.items():
    if not used[character]:
        used[character] = found

syllables = collections.defaultdict(list)
for character in sorted(used):
    for syllable in used[character]:
        # The unified ideographs of the basic plane; what lies beyond them stands in no name that people spell out.
        if syllable and "\u3400" <= character <= "\u9fff":
            syllables[syllable].append(character)
with open(os.path.join(TARGET, "pinyin.csv"), "w", encoding="utf-8", newline="\n") as file:
    file.write("syllable,characters\n")
    for syllable in sorted(syllables):
        file.write(f"{syllable},{''.join(syllables[syllable])}\n")

standard = {character for character, field, _ in rows("Readings") if field == "kTGHZ2013"}
simpler = {}
for character, field, value in rows("Variants"):
    if field == "kSimplifiedVariant":
        forms = [chr(int(form[2:], 16)) for form in value.split()]
        forms = [form for form in forms if form != character]
        if forms:
            simpler[character] = next((form for form in forms if form in standard), forms[0])
forms = collections.defaultdict(list)
for character in sorted(simpler):
    simplified, seen = character, set()
    while simplified in simpler and simplified not in seen:
        seen.add(simplified)
        simplified = simpler[simplified]
    if simplified != character and max(character, simplified) <= "\uffff":
        forms[simplified].append(character)
with open(os.path.join(TARGET, "simplified.csv"), "w", encoding="utf-8", newline="\n") as file:
    file.write("character,forms\n")
    for simplified in sorted(forms):
        file.write(f"{simplified},{''.join(forms[simplified])}\n")
