"""Languages as a model calls them: any code of the registry into a FLORES-200 code, and what to take where none is."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from aya import languages
from aya.errors import UserError, unknown
from translation.segments import Locale


def locale(code: str) -> Locale:
    """Return a language as registry and model call it, from any code: `yo`, `yor`, `yor_Latn`, `zh-TW`.

    Raises: UserError for a code that the registry does not know, or a language without a FLORES-200 code.
    """
    found = languages.resolve(code)
    if found is None:
        raise UserError(unknown("language", code, languages.codes()))
    row = languages.get(found.language)
    if code in row.flores200:
        return Locale(found.language, code.rpartition("_")[2], code)
    fitting = [name for name in row.flores200 if name.endswith(found.script)] or list(row.flores200)
    if not fitting:
        near = _NEAREST.get(row.code)
        hint = f"; the nearest it has: {near.replace(' ', ', ')}" if near else ""
        raise UserError(f"{row.name} ({code}) has no FLORES-200 code: NLLB lacks it{hint}")
    return Locale(found.language, found.script, fitting[0])


def locales(codes: Iterable[str], *, source: Locale) -> list[Locale]:
    """Return languages of codes and groups (`aya101`): of a group those that have a FLORES-200 code, but the source.

    Raises: UserError as `locale` does, and for a language twice.
    """
    found: dict[str, Locale] = {}
    for code in codes:
        grouped = code in languages.groups()
        for name in languages.group(code) if grouped else (code,):
            if grouped and not languages.get(name).flores200:
                continue
            one = locale(name)
            if one.code == source.code and not grouped:
                raise UserError(f"{code} is the language of the texts themselves")
            if one.code != source.code:
                found[one.code] = one
    return list(found.values())


_NEAREST: Mapping[str, str] = MappingProxyType(
    {
        code: near
        for codes, near in {
            "fry frr nds": "nld_Latn deu_Latn ltz_Latn",
            "gsw ksh wae hrx mhn": "deu_Latn ltz_Latn lim_Latn",
            "cos": "ita_Latn srd_Latn scn_Latn",
            "roh lld": "fur_Latn ita_Latn lmo_Latn",
            "pms": "lmo_Latn lij_Latn ita_Latn",
            "lat": "ita_Latn srd_Latn",
            "arg": "spa_Latn cat_Latn oci_Latn",
            "wln": "fra_Latn",
            "ina ile ido": "epo_Latn ita_Latn",
            "hsb dsb": "ces_Latn pol_Latn",
            "bre cor": "cym_Latn",
            "glv": "gle_Latn gla_Latn",
            "haw tah ton": "smo_Latn mri_Latn",
            "que": "quy_Latn ayr_Latn",
            "hmn hnj": "lao_Laoo vie_Latn",
            "arq": "ary_Arab aeb_Arab kab_Latn",
            "ayl": "aeb_Arab arz_Arab",
            "ber shi rif zgh": "tzm_Tfng kab_Latn taq_Latn",
            "bik hil": "ceb_Latn war_Latn tgl_Latn",
            "bbc bts btx": "ind_Latn min_Latn",
            "bew meo iba": "zsm_Latn ind_Latn min_Latn",
            "mak": "bug_Latn ind_Latn",
            "ful": "fuv_Latn",
            "kaa": "kaz_Cyrl kir_Cyrl uzn_Latn",
            "chv": "tat_Cyrl bak_Cyrl",
            "sah tyv": "kaz_Cyrl tat_Cyrl kir_Cyrl",
            "bua": "khk_Cyrl",
            "kok mwr raj bgc xnr": "hin_Deva mar_Deva",
            "doi skr": "pan_Guru hin_Deva urd_Arab",
            "syl ctg rhg": "ben_Beng asm_Beng",
            "div": "sin_Sinh",
            "sdh": "ckb_Arab kmr_Latn",
            "lrc mzn bal bgn": "pes_Arab prs_Arab ckb_Arab",
            "ven": "nso_Latn tso_Latn sna_Latn",
            "nde nbl": "zul_Latn xho_Latn ssw_Latn",
            "ndc": "sna_Latn",
            "seh": "nya_Latn sna_Latn",
            "cgg nyn xog": "lug_Latn kin_Latn run_Latn",
            "ktu": "kon_Latn lin_Latn",
            "lub": "lua_Latn",
            "luy guz mer ebu": "swh_Latn kik_Latn",
            "ach alz teo": "luo_Latn",
            "mas kln": "luo_Latn nus_Latn",
            "tig byn gez": "tir_Ethi amh_Ethi",
            "aar ssy sid wal": "som_Latn gaz_Latn amh_Ethi",
            "mfe cpf": "hat_Latn fra_Latn",
            "jam kri pis": "tpi_Latn",
            "dje ses khq twq": "hau_Latn taq_Latn",
            "sus kpe": "bam_Latn dyu_Latn",
            "gaa": "twi_Latn ewe_Latn",
            "tiv": "hau_Latn ibo_Latn",
            "sme sma smj smn sms": "fin_Latn nob_Latn",
            "aii syr": "heb_Hebr arb_Arab",
            "tet": "ind_Latn por_Latn",
            "cnh": "lus_Latn",
            "zha": "lao_Laoo tha_Thai",
        }.items()
        for code in codes.split()
    }
)
"""FLORES-200 codes to think of for languages that have none: of the same branch, or what most speakers share."""
