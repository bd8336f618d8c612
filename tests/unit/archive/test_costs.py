import math

from tests.stores import LONG_AGO

from crossproof.archive.costs import dollars, monthly, months_until_it_pays, usage
from crossproof.archive.store import Stored, Thaw


def test_a_small_object_in_glacier_pays_off_after_years_or_never():
    assert round(months_until_it_pays(50_000, "GLACIER")) == 45
    assert months_until_it_pays(12_000, "GLACIER") == math.inf
    assert months_until_it_pays(10_000_000, "GLACIER") < 1


def test_infrequent_access_bills_128_kb_for_the_smallest_object():
    assert monthly(1000, "STANDARD_IA") == monthly(131_072, "STANDARD_IA")


def test_usage_is_added_up_by_class():
    def stored(size: int, storage_class: str) -> Stored:
        return Stored(
            key="k", size=size, sha256="", version="", storage_class=storage_class, thaw=Thaw.READY, modified=LONG_AGO
        )

    rows = usage([stored(1, "STANDARD"), stored(2, "GLACIER"), stored(3, "STANDARD")])
    assert [(row.storage_class, row.objects, row.bytes) for row in rows] == [("GLACIER", 1, 2), ("STANDARD", 2, 4)]


def test_a_small_price_is_not_called_nothing():
    assert [dollars(amount) for amount in (0, 1e-9, 0.00002, 0.5, 12)] == [
        "$0",
        "less than $0.000001",
        "$0.00002",
        "$0.50",
        "$12.00",
    ]
