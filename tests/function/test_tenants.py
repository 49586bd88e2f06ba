"""Tenant names to group IDs: vectors made with coreutils, and properties of every name.

`printf %s NAME | openssl dgst -binary -sha256 | base32 | cut -c1-26 | tr A-Z a-z` is the digest.
"""

from __future__ import annotations

import hashlib
import string
import unicodedata

import pytest
from click.testing import CliRunner
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from create_group_id.tenants import group_id
from create_group_id_tools.commands.group_id import command

EVERY_NAME = settings(derandomize=True, max_examples=300)
NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60)
# Few letters, so that two names often have the same slug, or differ only in case or look the same.
CLOSE_NAMES = st.text("aA-_ .kK\u212a\n\u00e9e\u0301", min_size=1, max_size=12)
BASE32 = string.ascii_lowercase + "234567"
VECTORS = (
    ("test", "GID_test"),
    ("acme", "GID_acme"),
    ("abc", "GID_abc"),
    ("7-eleven_eu", "GID_7-eleven_eu"),
    ("abcdefghijklmnopqrstuvwxyz0123456789", "GID_abcdefghijklmnopqrstuvwxyz0123456789"),
    ("abcdefghijklmnopqrstuvwxyz01234567890", "GID_abcdefghi-23qf7fvmelwotsi7yb4oqxehxq"),
    ("ab", "GID_ab-7ohcb7bojq7sjddayon5muxtye"),
    ("a", "GID_a-zklycewkdo64v6wcggzzui64jw"),
    ("Acme", "GID_acme-g4bwzwhzorwtguby5sus7cttvz"),
    ("-acme", "GID_acme-4txfvg3m2dvmiazeudxxg2v7gq"),
    ("_acme", "GID_acme-nmzupqsntrltbclfwmybkmsykb"),
    ("acme\n", "GID_acme-7nnkvmekig4zd7dngmecjo7lzf"),
    ("acme inc", "GID_acme-inc-grrjmwe354beomjblvrj3d5st7"),
    ("a.b.c.d.e.f.g", "GID_a-b-c-d-e-wpsq3oudujahps6x6ryt723hov"),
    (".abc.", "GID_abc-5uk2t6l4yz7oqlpe34drlurmye"),
    ("M\u00fcller & S\u00f6hne", "GID_m-ller-s-nwnctplxg524q6cmucbceaaemc"),
    ("\u4e1c\u4eac", "GID_t-swz6yezonzn7z7dexo455t4pds"),
    ("   ", "GID_t-bkwx3j35f3kzyolmtgtu4sptur"),
    ("\u212a", "GID_t-fpcpxbz5pfdnndih3ajxfj3wld"),  # the Kelvin sign, not k
    ("\u00e9", "GID_t-jkmvk7sagpbvhhpc5nsuoiaxzl"),
    ("e\u0301", "GID_e-x4jhm6ypfjllegiaow5oqfu7mv"),  # looks the same, but is another name
    ("acme-" + "a" * 26, "GID_acme-aaaa-lkdb4jhb5frrd4rhk2vmqj2gdz"),
    ("acme-" + "a" * 25 + "1", "GID_acme-" + "a" * 25 + "1"),
    ("acme-" + "a" * 25, "GID_acme-" + "a" * 25),
    ("acme-" + "a" * 27, "GID_acme-" + "a" * 27),
)


@pytest.mark.parametrize(("tenant", "expected"), VECTORS)
def test_the_group_id_of_each_vector(tenant: str, expected: str) -> None:
    assert group_id(tenant) == expected


def by_the_contract(tenant: str, prefix: str) -> str:
    """Return the group ID by the contract, without regular expressions or base64."""
    allowed = string.ascii_lowercase + string.digits
    readable = (
        3 <= len(tenant) <= 36
        and tenant[0] in allowed
        and all(letter in allowed + "_-" for letter in tenant)
    )
    digested = len(tenant) > 26 and tenant[-27] == "-" and all(c in BASE32 for c in tenant[-26:])
    if readable and not digested:
        return prefix + tenant
    slug = ""
    for letter in tenant:
        lowered = letter.lower() if letter in string.ascii_letters else letter
        if lowered in allowed:
            slug += lowered
        elif not slug.endswith("-"):
            slug += "-"
    number = int.from_bytes(hashlib.sha256(tenant.encode()).digest(), "big")
    digest = "".join(BASE32[number >> (256 - 5 * place) & 31] for place in range(1, 27))
    return f"{prefix}{slug[:9].strip('-') or 't'}-{digest}"


@EVERY_NAME
@given(NAMES | CLOSE_NAMES, st.sampled_from(["GID_", "GID_p_", "GID_staging_"]))
def test_the_group_id_of_any_name_follows_the_contract(tenant: str, prefix: str) -> None:
    assert group_id(tenant, prefix) == by_the_contract(tenant, prefix)


@EVERY_NAME
@given(NAMES | CLOSE_NAMES)
@example("abcdefghijklmnopqrstuvwxyz0123456789")
def test_leaves_21_of_the_64_characters_of_a_client_id_for_the_device(tenant: str) -> None:
    assert len(group_id(tenant) + "@@@") <= 64 - 21
    assert len(group_id(tenant, "GID_staging_") + "@@@") <= 64 - 13


@EVERY_NAME
@given(CLOSE_NAMES, CLOSE_NAMES)
@example("k", "\u212a")
@example("acme", "ACME")
@example("Acme", "ACME")
@example("\u00e9", "e\u0301")
@example("stra\u00dfe", "strasse")
def test_two_tenants_never_share_a_group_even_under_case_folding(one: str, other: str) -> None:
    assume(one != other)
    assert group_id(one).casefold() != group_id(other).casefold()


@EVERY_NAME
@given(NAMES | CLOSE_NAMES)
@example("Acme")
def test_no_tenant_can_choose_a_name_to_get_the_group_of_another(victim: str) -> None:
    target = group_id(victim)
    suffix = target.removeprefix("GID_")
    forms = [unicodedata.normalize(form, victim) for form in ("NFC", "NFD", "NFKC", "NFKD")]
    for name in (
        suffix,
        target,
        suffix.upper(),
        victim.lower(),
        victim + "\n",
        f"-{suffix}",
        *forms,
    ):
        if name != victim:
            assert group_id(name).casefold() != target.casefold()


@pytest.mark.parametrize(("value", "printed"), (("GID_prod_", "GID_prod_acme"), ("", "GID_acme")))
def test_the_command_takes_the_prefix_that_a_deployment_exports(value: str, printed: str) -> None:
    runner = CliRunner(env={"TENANT_GROUP_PREFIX": value})
    assert runner.invoke(command, ["acme"]).output == f"{printed}\n"
    assert runner.invoke(command, ["acme", "--prefix", "GID_dev_"]).output == "GID_dev_acme\n"


def test_the_command_prints_the_group_id() -> None:
    assert CliRunner().invoke(command, ["acme"]).output == "GID_acme\n"
    prefixed = CliRunner().invoke(command, ["Acme", "--prefix", "GID_prod_"])
    assert prefixed.output == "GID_prod_acme-g4bwzwhzorwtguby5sus7cttvz\n"


@pytest.mark.parametrize(
    ("arguments", "wrong"),
    (
        ([""], "the tenant's name must not be empty"),
        ([" "], "the tenant's name must be a name of 1 to 256 characters, not only white space"),
        (["a\tb"], "the tenant's name must not contain control characters"),
        (["x" * 257], "the tenant's name must have at most 256 characters"),
        (["\ufffd"], "the tenant's name contains U+FFFD"),
        (["\udcff"], "the tenant's name is not UTF-8"),
        (["acme", "--prefix", "gid_"], "--prefix: TENANT_GROUP_PREFIX has a wrong value"),
    ),
)
def test_the_command_refuses_bad_input_in_one_line(arguments: list[str], wrong: str) -> None:
    result = CliRunner().invoke(command, arguments)
    assert result.exit_code == 2
    assert result.output.startswith(f"Error: {wrong}")
    assert result.output.count("\n") == 1
