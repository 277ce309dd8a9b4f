"""Names of the files of published data sets, as their publishers write them: facts, no texts."""

FLORES_200 = """
ace_Arab ace_Latn acm_Arab acq_Arab aeb_Arab afr_Latn ajp_Arab aka_Latn als_Latn amh_Ethi apc_Arab
arb_Arab ars_Arab ary_Arab arz_Arab asm_Beng ast_Latn awa_Deva ayr_Latn azb_Arab azj_Latn bak_Cyrl
bam_Latn ban_Latn bel_Cyrl bem_Latn ben_Beng bho_Deva bjn_Arab bjn_Latn bod_Tibt bos_Latn bug_Latn
bul_Cyrl cat_Latn ceb_Latn ces_Latn cjk_Latn ckb_Arab crh_Latn cym_Latn dan_Latn deu_Latn dik_Latn
dyu_Latn dzo_Tibt ell_Grek eng_Latn epo_Latn est_Latn eus_Latn ewe_Latn fao_Latn fij_Latn fin_Latn
fon_Latn fra_Latn fur_Latn fuv_Latn gaz_Latn gla_Latn gle_Latn glg_Latn grn_Latn guj_Gujr hat_Latn
hau_Latn heb_Hebr hin_Deva hne_Deva hrv_Latn hun_Latn hye_Armn ibo_Latn ilo_Latn ind_Latn isl_Latn
ita_Latn jav_Latn jpn_Jpan kab_Latn kac_Latn kam_Latn kan_Knda kas_Arab kas_Deva kat_Geor kaz_Cyrl
kbp_Latn kea_Latn khk_Cyrl khm_Khmr kik_Latn kin_Latn kir_Cyrl kmb_Latn kmr_Latn knc_Arab knc_Latn
kon_Latn kor_Hang lao_Laoo lij_Latn lim_Latn lin_Latn lit_Latn lmo_Latn ltg_Latn ltz_Latn lua_Latn
lug_Latn luo_Latn lus_Latn lvs_Latn mag_Deva mai_Deva mal_Mlym mar_Deva min_Arab min_Latn mkd_Cyrl
mlt_Latn mni_Beng mos_Latn mri_Latn mya_Mymr nld_Latn nno_Latn nob_Latn npi_Deva nso_Latn nus_Latn
nya_Latn oci_Latn ory_Orya pag_Latn pan_Guru pap_Latn pbt_Arab pes_Arab plt_Latn pol_Latn por_Latn
prs_Arab quy_Latn ron_Latn run_Latn rus_Cyrl sag_Latn san_Deva sat_Beng sat_Olck scn_Latn shn_Mymr
sin_Sinh slk_Latn slv_Latn smo_Latn sna_Latn snd_Arab som_Latn sot_Latn spa_Latn srd_Latn srp_Cyrl
ssw_Latn sun_Latn swe_Latn swh_Latn szl_Latn tam_Taml taq_Latn taq_Tfng tat_Cyrl tel_Telu tgk_Cyrl
tgl_Latn tha_Thai tir_Ethi tpi_Latn tsn_Latn tso_Latn tuk_Latn tum_Latn tur_Latn twi_Latn tzm_Tfng
uig_Arab ukr_Cyrl umb_Latn urd_Arab uzn_Latn vec_Latn vie_Latn war_Latn wol_Latn xho_Latn ydd_Hebr
yor_Latn yue_Hant zho_Hans zho_Hant zsm_Latn zul_Latn
""".split()
"""NLLB Team 2022; SIB-200 names its folders so, too."""

_RENAMED = {
    "ajp_Arab": "", "aka_Latn": "", "sat_Beng": "", "est_Latn": "ekk_Latn", "grn_Latn": "gug_Latn",
    "kon_Latn": "ktu_Latn", "tgl_Latn": "fil_Latn", "zho_Hans": "cmn_Hans", "zho_Hant": "cmn_Hant",
    "tzm_Tfng": "zgh_Tfng",
}  # fmt: skip
FLORES_PLUS = [
    *(name for each in FLORES_200 if (name := _RENAMED.get(each, each))),
    *"arg_Latn brx_Deva cat_Latn_vale1252 chv_Cyrl dar_Cyrl dgo_Deva gom_Deva kaa_Latn mhr_Cyrl "
    "myv_Cyrl nqo_Nkoo oci_Latn_aran1260 tyv_Cyrl udm_Cyrl vmw_Latn wuu_Hans".split(),
]
"""What the Open Language Data Initiative renamed and added since."""

NTREX_128 = """
afr amh arb aze-Latn bak bel bem ben bod bos bul cat ces ckb-Arab cym dan deu div dzo ell eng-GB
eng-IN eng-US est eus ewe fao fas fij fil fin fra fra-CA fuc gle glg guj hau heb hin hmn hrv hun hye
ibo ind isl ita jpn kan kat kaz khm kin kir kmr kor lao lav lit ltz mal mar mey mkd mlg mlt mon mri
msa mya nde nep nld nno nob nso nya orm pan pol por por-BR prs pus ron rus shi sin slk slv smo
sna-Latn snd-Arab som spa spa-MX sqi srp-Cyrl srp-Latn ssw swa swe tah tam tat tel tgk-Cyrl tha tir
ton tsn tuk tur uig ukr urd uzb ven vie wol xho yor yue zho-CN zho-TW zul
""".split()
"""Federmann et al. 2022: ``newstest2019-ref.*.txt`` beside ``newstest2019-src.eng.txt``."""

MASSIVE = """
af-ZA am-ET ar-SA az-AZ bn-BD ca-ES cy-GB da-DK de-DE el-GR en-US es-ES fa-IR fi-FI fr-FR he-IL
hi-IN hu-HU hy-AM id-ID is-IS it-IT ja-JP jv-ID ka-GE km-KH kn-IN ko-KR lv-LV ml-IN mn-MN ms-MY
my-MM nb-NO nl-NL pl-PL pt-PT ro-RO ru-RU sl-SL sq-AL sv-SE sw-KE ta-IN te-IN th-TH tl-PH tr-TR
ur-PK vi-VN zh-CN zh-TW
""".split()
"""FitzGerald et al. 2022, 1.1."""

FLEURS = """
af_za am_et ar_eg as_in ast_es az_az be_by bg_bg bn_in bs_ba ca_es ceb_ph ckb_iq cmn_hans_cn cs_cz
cy_gb da_dk de_de el_gr en_us es_419 et_ee fa_ir ff_sn fi_fi fil_ph fr_fr ga_ie gl_es gu_in ha_ng
he_il hi_in hr_hr hu_hu hy_am id_id ig_ng is_is it_it ja_jp jv_id ka_ge kam_ke kea_cv kk_kz km_kh
kn_in ko_kr ky_kg lb_lu lg_ug ln_cd lo_la lt_lt luo_ke lv_lv mi_nz mk_mk ml_in mn_mn mr_in ms_my
mt_mt my_mm nb_no ne_np nl_nl nso_za ny_mw oc_fr om_et or_in pa_in pl_pl ps_af pt_br ro_ro ru_ru
sd_in sk_sk sl_si sn_zw so_so sr_rs sv_se sw_ke ta_in te_in tg_tj th_th tr_tr uk_ua umb_ao ur_pk
uz_uz vi_vn wo_sn xh_za yo_ng yue_hant_hk zu_za
""".split()
"""Conneau et al. 2022."""

BELEBELE = """
acm_Arab afr_Latn als_Latn amh_Ethi apc_Arab arb_Arab arb_Latn ars_Arab ary_Arab arz_Arab asm_Beng
azj_Latn bam_Latn ben_Beng ben_Latn bod_Tibt bul_Cyrl cat_Latn ceb_Latn ces_Latn ckb_Arab dan_Latn
deu_Latn ell_Grek eng_Latn est_Latn eus_Latn fin_Latn fra_Latn fuv_Latn gaz_Latn grn_Latn guj_Gujr
hat_Latn hau_Latn heb_Hebr hin_Deva hin_Latn hrv_Latn hun_Latn hye_Armn ibo_Latn ilo_Latn ind_Latn
isl_Latn ita_Latn jav_Latn jpn_Jpan kac_Latn kan_Knda kat_Geor kaz_Cyrl kea_Latn khk_Cyrl khm_Khmr
kin_Latn kir_Cyrl kor_Hang lao_Laoo lin_Latn lit_Latn lug_Latn luo_Latn lvs_Latn mal_Mlym mar_Deva
mkd_Cyrl mlt_Latn mri_Latn mya_Mymr nld_Latn nob_Latn npi_Deva npi_Latn nso_Latn nya_Latn ory_Orya
pan_Guru pbt_Arab pes_Arab plt_Latn pol_Latn por_Latn ron_Latn rus_Cyrl shn_Mymr sin_Latn sin_Sinh
slk_Latn slv_Latn sna_Latn snd_Arab som_Latn sot_Latn spa_Latn srp_Cyrl ssw_Latn sun_Latn swe_Latn
swh_Latn tam_Taml tel_Telu tgk_Cyrl tgl_Latn tha_Thai tir_Ethi tsn_Latn tso_Latn tur_Latn ukr_Cyrl
urd_Arab urd_Latn uzn_Latn vie_Latn war_Latn wol_Latn xho_Latn yor_Latn zho_Hans zho_Hant zsm_Latn
zul_Latn
""".split()
"""Bandarkar et al. 2024."""

XNLI = "ar bg de el en es fr hi ru sw th tr ur vi zh".split()
XCOPA = "et ht id it qu sw ta th tr vi zh".split()
MGSM = "bn de en es fr ja ru sw te th zh".split()
MUSE = (
    "af ar bg bn bs ca cs da de el es et fa fi fr he hi hr hu id it ja ko lt lv mk ms nl no pl pt "
    "ro ru sk sl sq sv ta th tl tr uk vi zh"
).split()
PANLEX = "bg ca eo et eu fi he hu id ka ko lt no th tr".split()

OMW = """
als arb bul cat cmn dan deu ell eng eus fas fin fra glg heb hrv ind isl ita jpn lit msa nld nno nob
pol por ron slk slv spa swa swe tgl tha tur vie yue zsm
""".split()
"""``wn-data-*.tab`` and ``wn-wikt-*.tab``; those of one folder are of one language each, but for
``msa`` and ``zsm``, which are never together."""

TATOEBA = "heb fin swa ceb yue nob nno arz bel srp_Latn srp_Cyrl cmn_Hans cmn_Hant vec kab".split()
"""Tiedemann 2020: members of pairs with English."""

OPUS = {
    "Tatoeba.de-en.de": "de",
    "Tatoeba.de-en.en": "en",
    "OpenSubtitles.en-he.he": "he",
    "ccaligned.en-sw.sw": "sw",
    "CCMatrix.en-id.id": "id",
    "XLEnt.en-id.en": "en",
    "bible-uedin.en-he.he": "he",
    "GNOME.en-pt_BR.pt_BR": "pt",
    "GNOME.ca-ca@valencia.ca@valencia": "ca_valencia",
    "KDE4.sr-sr@latin.sr@latin": "sr_Latn",
    "TED2020.en-zh_cn.zh_cn": "zh",
    "TED2020.de-zh_tw.zh_tw": "zh_Hant",
    "wikimedia.en-yue.yue": "yue",
    "wikimedia.en-vec.vec": "vec",
    "JW300.bin-en.bin": "bin",
    "JW300.en-run.run": "rn",
    "NLLB.en-ps.ps": "ps",
    "tico-19.en-prs.prs": "prs",
    "MultiUN.ar-zh.zh": "zh",
    "ELRC-2922-eparlament.de-fr.fr": "fr",
    "europarl-v7.de-en.en": "en",
    "europarl-v7.fr-en.fr": "fr",
    "news-commentary-v18.de-en.de": "de",
    "train.tags.de-en.de": "de",
    "IWSLT17.TED.tst2013.de-en.de": "de",
    "newstest2014-deen-ref.en": "en",
    "newstest2019-deen-src.de": "de",
    "wmttest2022.de-en.ref.refA.en": "en",
    "train.tok.clean.bpe.32000.en": "en",
    "de-en.dev.de": "de",
}
"""Bitexts as OPUS, WMT and IWSLT name them → the language of the file."""

OTHERS = {
    "how-to-use.de.txt": "de",
    "list-of-words-to-do.fr.txt": "fr",
    "is-it-no.it.txt": "it",
    "xnli.dev.de.tsv": "de",
    "multinli.train.en.tsv": "en",
    "dev-it.tsv": "it",
    "translate-train-zh.tsv": "zh",
    "cc.he.300.vec": "he",
    "wiki.he.vec": "he",
    "deu_news_2023_1M-sentences.txt": "de",
    "heb_wikipedia_2021_10K-sentences.txt": "he",
    "he_part_00000.parquet": "he",
    "no_train.jsonl": "no",
    "heb-Hebr.parquet": "he",
    "corpus-DE.txt": "de",
    "pt-br.txt": "pt",
    "zh-hant-hk.txt": "zh_Hant",
    "zh_hans.txt": "zh",
    "uz_cyrl.txt": "uz_Cyrl",
    "sr-latn-rs.txt": "sr_Latn",
    "zh-yue.txt": "yue",
    "zh_min_nan.txt": "nan",
    "chinese_traditional.jsonl": "zh_Hant",
    "serbian_latin.jsonl": "sr_Latn",
    "scottish_gaelic.jsonl": "gd",
    "norwegian.txt": "no",
    "bengali_test.jsonl": "bn",
}
"""Names of other corpora, and of one's own → the language."""

NOBODY = """
how-to-use.txt how-to.txt what-is-it.txt as-is.txt no-header.txt my-corpus.txt log-in.txt
war-and-peace.txt test.txt train.txt validation-00000-of-00001.parquet en-fr.0-5000.txt de-en.dev
fi-hu.test.2000.cc.trans eng-heb.txt en-vi.txt README sentences.txt 000_00000.parquet NTREX-128
""".split()
"""Names that state no language, or a pair and not which of the two."""
