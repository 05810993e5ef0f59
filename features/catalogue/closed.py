"""What the claim and its doctor, institution and patient are beside what whole months taught."""

from features.declare import AgainstPeers, Closed, Feature

_PRICE = "Swapped goods and dearer consumables are billed above what the same item costs elsewhere."
_RAISED = "A price that jumps at one place moves a fixed basket of goods through the fund, or pays a kickback."
_MISFIT = "Drugs that do not match the claim's own diagnoses are bought for somebody else, or to sell again."
_GOODS = "A till that settles for a shop without a contract, or cycles one dear drug, has a mix of goods unlike peers."
_PEERS = "Phantom lines, low-threshold stays and dear swaps cost more than the same care at places of the same kind."
_OUTPUT = "One prescriber with an impossible output has phantom or borrowed prescriptions."
_SHAM = "Sham visits bill the same persons again and again, far beyond what peers see of theirs."
_PAIR = "A doctor and a pharmacy that work together share their patients: all prescriptions end at one till."
_TOP = "Persons who over-draw for resale rank at the top in frequency and cost among persons like them."


def _closed(what: str, why: str, unit: str, zh: str, en: str, empty: float) -> Feature:
    return Feature("claim", Closed(what), why, unit, empty=empty, zh=zh, en=en)


def _peers(per: str, what: str, over: str, why: str, zh: str, en: str) -> Feature:
    return Feature(per, AgainstPeers(what), why, "ratio", over, empty=1.0, zh=zh, en=en)


CLOSED: tuple[Feature, ...] = (
    _closed(
        "price_over_region",
        _PRICE,
        "ratio",
        "本单单价最高为本地区该项目中位价的 {value} 倍",
        "At most {value} times the region's median price of the same item.",
        1.0,
    ),
    _closed(
        "fen_above_region",
        _PRICE,
        "fen",
        "本单比按本地区中位价计算多出 {value} 元",
        "{value} yuan above what the region's median prices come to.",
        0.0,
    ),
    _closed(
        "price_over_own_past",
        _RAISED,
        "ratio",
        "本单单价最高为该机构自身该项目中位价的 {value} 倍",
        "At most {value} times this institution's own median price of the same item.",
        1.0,
    ),
    _closed(
        "fen_above_own_past",
        _RAISED,
        "fen",
        "本单比按该机构自身中位价计算多出 {value} 元",
        "{value} yuan above what this institution's own median prices come to.",
        0.0,
    ),
    _closed(
        "item_lift_least",
        _GOODS,
        "ratio",
        "本单最少见项目在该机构的占比为本地区的 {value} 倍",
        "The item least usual here has {value} times its share in the region.",
        1.0,
    ),
    _closed(
        "item_lift_most",
        _GOODS,
        "ratio",
        "本单最集中项目在该机构的占比为本地区的 {value} 倍",
        "The item most typical of this institution has {value} times its share in the region.",
        1.0,
    ),
    _closed(
        "drug_fit_least",
        _MISFIT,
        "share",
        "与本单诊断最不符的药品，同诊断单据中有 {value} 使用同类药",
        "Of claims with this diagnosis {value} have the class of the drug that fits least.",
        1.0,
    ),
    _closed(
        "drug_lift_least",
        _MISFIT,
        "ratio",
        "与本单诊断最不符的药品，在同诊断单据中的使用率为总体的 {value} 倍",
        "The drug that fits the diagnoses least is given {value} times as often as with any diagnosis.",
        1.0,
    ),
    _closed(
        "misfit_amount_share",
        _MISFIT,
        "share",
        "本单药费中与诊断不符的占 {value}",
        "{value} of the money for drugs is for drugs that hardly fit the diagnoses.",
        0.0,
    ),
    _closed(
        "amount_against_peers",
        _PEERS,
        "ratio",
        "本单总费用为同类同级机构同待遇单据中位数的 {value} 倍",
        "The total is {value} times the median of the same benefit at institutions of this kind and level.",
        1.0,
    ),
    _closed(
        "amount_against_expected",
        _PEERS,
        "ratio",
        "本单总费用为同待遇、年龄、诊断和机构级别平均费用的 {value} 倍",
        "The total is {value} times the mean for the same benefit, age, diagnosis and level of institution.",
        1.0,
    ),
    _closed(
        "doctor_patients_at_one_pharmacy_share",
        _PAIR,
        "share",
        "该医师的患者中 {value} 在同一家药店购药",
        "{value} of this doctor's patients bought at one and the same pharmacy.",
        0.0,
    ),
    _closed(
        "doctor_patients_at_this_pharmacy_share",
        _PAIR,
        "share",
        "该医师的患者中 {value} 在本药店购药",
        "{value} of this doctor's patients bought at this pharmacy.",
        0.0,
    ),
    _peers(
        "doctor",
        "claims_count",
        "30d",
        _OUTPUT,
        "近30天该医师结算次数为同类机构同科室医师月中位数的 {value} 倍",
        "This doctor settled {value} times the median month of doctors of the same department in the last 30 days.",
    ),
    _peers(
        "doctor",
        "amount_mean",
        "30d",
        _PEERS,
        "近30天该医师次均费用为同类机构同科室医师中位数的 {value} 倍",
        "This doctor's mean claim of the last 30 days is {value} times that of doctors of the same department.",
    ),
    _peers(
        "institution",
        "claims_count",
        "30d",
        _SHAM,
        "近30天该机构结算次数为同类同级机构月中位数的 {value} 倍",
        "This institution settled {value} times the median month of its kind and level in the last 30 days.",
    ),
    _peers(
        "institution",
        "amount_mean",
        "30d",
        _PEERS,
        "近30天该机构次均费用为同类同级机构中位数的 {value} 倍",
        "This institution's mean claim of the last 30 days is {value} times that of its kind and level.",
    ),
    _peers(
        "institution",
        "amount_sum",
        "30d",
        _PEERS,
        "近30天该机构总费用为同类同级机构月中位数的 {value} 倍",
        "This institution billed {value} times the median month of its kind and level in the last 30 days.",
    ),
    _peers(
        "institution",
        "claims_per_patient",
        "30d",
        _SHAM,
        "近30天该机构人均结算次数为同类同级机构中位数的 {value} 倍",
        "Claims per person at this institution in the last 30 days are {value} times those of its kind and level.",
    ),
    _peers(
        "patient",
        "claims_count",
        "90d",
        _TOP,
        "近90天该参保人结算次数为同性别同年龄段人群第九十百分位的 {value} 倍",
        "This person's claims of the last 90 days are {value} times the ninth decile of the same sex and age.",
    ),
    _peers(
        "patient",
        "amount_sum",
        "90d",
        _TOP,
        "近90天该参保人总费用为同性别同年龄段人群第九十百分位的 {value} 倍",
        "This person's total of the last 90 days is {value} times the ninth decile of the same sex and age.",
    ),
)
