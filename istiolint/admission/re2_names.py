r"""The names that stand in `\p{...}`: Unicode categories and scripts, as Go and C++ know them (specification 3.14)."""

from __future__ import annotations

_CATEGORIES = "C Cc Cf Co Cs L Ll Lm Lo Lt Lu M Mc Me Mn N Nd Nl No P Pc Pd Pe Pf Pi Po Ps S Sc Sk Sm So Z Zl Zp Zs"
_SCRIPTS = (
    "Adlam Ahom Anatolian_Hieroglyphs Arabic Armenian Avestan Balinese Bamum Bassa_Vah Batak Bengali Bhaiksuki "
    "Bopomofo Brahmi Braille Buginese Buhid Canadian_Aboriginal Carian Caucasian_Albanian Chakma Cham Cherokee "
    "Chorasmian Common Coptic Cuneiform Cypriot Cypro_Minoan Cyrillic Deseret Devanagari Dives_Akuru Dogra "
    "Duployan Egyptian_Hieroglyphs Elbasan Elymaic Ethiopic Georgian Glagolitic Gothic Grantha Greek Gujarati "
    "Gunjala_Gondi Gurmukhi Han Hangul Hanifi_Rohingya Hanunoo Hatran Hebrew Hiragana Imperial_Aramaic Inherited "
    "Inscriptional_Pahlavi Inscriptional_Parthian Javanese Kaithi Kannada Katakana Kawi Kayah_Li Kharoshthi "
    "Khitan_Small_Script Khmer Khojki Khudawadi Lao Latin Lepcha Limbu Linear_A Linear_B Lisu Lycian Lydian "
    "Mahajani Makasar Malayalam Mandaic Manichaean Marchen Masaram_Gondi Medefaidrin Meetei_Mayek Mende_Kikakui "
    "Meroitic_Cursive Meroitic_Hieroglyphs Miao Modi Mongolian Mro Multani Myanmar Nabataean Nag_Mundari "
    "Nandinagari New_Tai_Lue Newa Nko Nushu Nyiakeng_Puachue_Hmong Ogham Ol_Chiki Old_Hungarian Old_Italic "
    "Old_North_Arabian Old_Permic Old_Persian Old_Sogdian Old_South_Arabian Old_Turkic Old_Uyghur Oriya Osage "
    "Osmanya Pahawh_Hmong Palmyrene Pau_Cin_Hau Phags_Pa Phoenician Psalter_Pahlavi Rejang Runic Samaritan "
    "Saurashtra Sharada Shavian Siddham SignWriting Sinhala Sogdian Sora_Sompeng Soyombo Sundanese Syloti_Nagri "
    "Syriac Tagalog Tagbanwa Tai_Le Tai_Tham Tai_Viet Takri Tamil Tangsa Tangut Telugu Thaana Thai Tibetan "
    "Tifinagh Tirhuta Toto Ugaritic Vai Vithkuqi Wancho Warang_Citi Yezidi Yi Zanabazar_Square"
)
_GO_ONLY = (
    "ASCII Assigned Cn LC Other Control Format Unassigned PrivateUse Surrogate Letter CasedLetter LowercaseLetter "
    "ModifierLetter OtherLetter TitlecaseLetter UppercaseLetter Mark CombiningMark SpacingMark EnclosingMark "
    "NonspacingMark Number DecimalNumber Digit LetterNumber OtherNumber Punctuation Punct ConnectorPunctuation "
    "DashPunctuation ClosePunctuation FinalPunctuation InitialPunctuation OtherPunctuation OpenPunctuation Symbol "
    "CurrencySymbol ModifierSymbol MathSymbol OtherSymbol Separator LineSeparator ParagraphSeparator SpaceSeparator "
    "Cntrl"
)
"""Names that only Go has (since Go 1.25), which also ignores case, spaces, hyphens and underscores."""

_known: dict[str, frozenset[str]] = {}


def is_re2_class(name: str) -> bool:
    """Whether RE2 in Envoy knows the class of this name, written just so."""
    if "re2" not in _known:
        _known["re2"] = frozenset(("Any", *_CATEGORIES.split(), *_SCRIPTS.split()))
    return name in _known["re2"]


def is_go_class(name: str) -> bool:
    """Whether Go, which the webhook is written in, knows the class of this name."""
    if is_re2_class(name):
        return True
    if "go" not in _known:
        _known["go"] = frozenset(_folded(known) for known in (*_known["re2"], *_GO_ONLY.split()))
    return _folded(name) in _known["go"]


def _folded(name: str) -> str:
    return name.replace("_", "").replace("-", "").replace(" ", "").lower()
