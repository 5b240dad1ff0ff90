"""Nodes of the model hold what they are given, read as if they held all, and behave as the values that they are."""

import copy
import pickle
from dataclasses import FrozenInstanceError, fields, is_dataclass, replace
from typing import Any

import pytest

from mappings.ctdl import model
from mappings.ctdl.model import ConditionProfile, Credential, CredentialAlignmentObject, altered
from mappings.ctdl.shape import filled, properties

CLASSES = [of for of in vars(model).values() if isinstance(of, type) and is_dataclass(of)]
WELDING = CredentialAlignmentObject(target_node="https://skills.example/welding", target_node_name={"en-US": "Welding"})
WELDER = Credential(
    name={"en-US": "Welder"},
    is_non_credit=False,
    requires=(ConditionProfile(name={"en-US": "Criteria"}, target_competency=(WELDING,)),),
)


@pytest.mark.parametrize("of", CLASSES)
def test_what_a_node_is_not_given_reads_as_its_class_says(of: Any) -> None:
    node = of()
    assert vars(node) == {}
    assert all(getattr(node, field.name) == field.default for field in fields(of))
    assert filled(node) == []


@pytest.mark.parametrize("of", CLASSES)
def test_a_node_given_nothing_equals_one_given_all_defaults(of: Any) -> None:
    defaults = {field.name: field.default for field in fields(of)}
    assert of() == of(**defaults)
    assert hash(of()) == hash(of(**defaults))
    assert properties(of(**defaults)) == {}


def test_a_node_takes_no_attribute_that_its_class_lacks() -> None:
    wrong: Any = {"nmae": {"en-US": "Welder"}, "colour": "red"}
    with pytest.raises(TypeError, match=r"^Credential has no colour, nmae\.$"):
        Credential(**wrong)


def test_a_node_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        WELDER.name = {}  # type: ignore[misc]


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda node: pickle.loads(pickle.dumps(node)), replace])
def test_copies_are_equal_and_say_the_same(again: Any) -> None:
    copied = again(WELDER)
    assert copied == WELDER
    assert properties(copied) == properties(WELDER)


def test_an_altered_node_differs_in_what_was_altered_alone() -> None:
    there = altered(WELDER, name={"en-US": "Pipe Welder"}, image="https://welding.example/pipe.png")
    assert there == replace(WELDER, name={"en-US": "Pipe Welder"}, image="https://welding.example/pipe.png")
    assert vars(there).keys() == {"name", "is_non_credit", "requires", "image"}


def test_properties_stand_in_the_order_of_the_model_however_a_node_was_made() -> None:
    made = Credential(image="https://welding.example/w.png", requires=WELDER.requires, name={"en-US": "Welder"})
    assert list(properties(made)) == ["name", "image", "requires"]
