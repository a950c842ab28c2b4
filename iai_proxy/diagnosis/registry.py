"""All checks there are."""

from __future__ import annotations

from typing import Final

from iai_proxy.diagnosis.check import Check
from iai_proxy.diagnosis.checks.calls.birdview_at_every_step import BirdviewAtEveryStep
from iai_proxy.diagnosis.checks.calls.calls_failed import CallsFailed
from iai_proxy.diagnosis.checks.calls.calls_retried import CallsRetried
from iai_proxy.diagnosis.checks.calls.latency_outliers import LatencyOutliers
from iai_proxy.diagnosis.checks.calls.location_info_repeated import LocationInfoRepeated
from iai_proxy.diagnosis.checks.lights.light_recurrent_modified import LightRecurrentModified
from iai_proxy.diagnosis.checks.lights.lights_contradicting import LightsContradicting
from iai_proxy.diagnosis.checks.lights.lights_forgotten import LightsForgotten
from iai_proxy.diagnosis.checks.lights.lights_sometimes import LightsSometimes
from iai_proxy.diagnosis.checks.lights.lights_unknown import LightsUnknown
from iai_proxy.diagnosis.checks.lights.lights_without_any import LightsWithoutAny
from iai_proxy.diagnosis.checks.motion.agent_state_modified import AgentStateModified
from iai_proxy.diagnosis.checks.motion.agents_overlap import AgentsOverlap
from iai_proxy.diagnosis.checks.motion.heading_off_its_way import HeadingOffItsWay
from iai_proxy.diagnosis.checks.motion.impossible_jump import ImpossibleJump
from iai_proxy.diagnosis.checks.motion.infractions import Infractions
from iai_proxy.diagnosis.checks.motion.not_a_number import NotANumber
from iai_proxy.diagnosis.checks.motion.orientation_in_degrees import OrientationInDegrees
from iai_proxy.diagnosis.checks.motion.other_time_step import OtherTimeStep
from iai_proxy.diagnosis.checks.motion.outside_supported_area import OutsideSupportedArea
from iai_proxy.diagnosis.checks.motion.speed_in_kmh import SpeedInKmh
from iai_proxy.diagnosis.checks.motion.speed_off_its_way import SpeedOffItsWay
from iai_proxy.diagnosis.checks.order.agent_index_changed import AgentIndexChanged
from iai_proxy.diagnosis.checks.order.agent_sent_twice import AgentSentTwice
from iai_proxy.diagnosis.checks.order.agents_added import AgentsAdded
from iai_proxy.diagnosis.checks.order.agents_removed import AgentsRemoved
from iai_proxy.diagnosis.checks.order.agents_reordered import AgentsReordered
from iai_proxy.diagnosis.checks.order.answer_count import AnswerCount
from iai_proxy.diagnosis.checks.order.answers_unused import AnswersUnused
from iai_proxy.diagnosis.checks.order.lists_of_unequal_length import ListsOfUnequalLength
from iai_proxy.diagnosis.checks.order.time_stands_still import TimeStandsStill
from iai_proxy.diagnosis.checks.recurrent.recurrent_float32 import RecurrentFloat32
from iai_proxy.diagnosis.checks.recurrent.recurrent_index_changed import RecurrentIndexChanged
from iai_proxy.diagnosis.checks.recurrent.recurrent_null import RecurrentNull
from iai_proxy.diagnosis.checks.recurrent.recurrent_of_another import RecurrentOfAnother
from iai_proxy.diagnosis.checks.recurrent.recurrent_rounded import RecurrentRounded
from iai_proxy.diagnosis.checks.recurrent.recurrent_stale import RecurrentStale
from iai_proxy.diagnosis.checks.recurrent.recurrent_state_modified import RecurrentStateModified
from iai_proxy.diagnosis.checks.recurrent.recurrent_zeros import RecurrentZeros
from iai_proxy.diagnosis.checks.setup.beginning_unknown import BeginningUnknown
from iai_proxy.diagnosis.checks.setup.deprecated_inputs import DeprecatedInputs
from iai_proxy.diagnosis.checks.setup.drive_without_initialize import DriveWithoutInitialize
from iai_proxy.diagnosis.checks.setup.initialize_inconsistent import InitializeInconsistent
from iai_proxy.diagnosis.checks.setup.location_changed import LocationChanged
from iai_proxy.diagnosis.checks.setup.model_version_changed import ModelVersionChanged
from iai_proxy.diagnosis.checks.setup.seed_absent import SeedAbsent
from iai_proxy.diagnosis.checks.setup.seed_constant import SeedConstant
from iai_proxy.diagnosis.checks.setup.seed_drawn import SeedDrawn
from iai_proxy.diagnosis.checks.setup.short_history import ShortHistory
from iai_proxy.diagnosis.checks.setup.too_many_agents import TooManyAgents
from iai_proxy.diagnosis.checks.sizes.properties_index_changed import PropertiesIndexChanged
from iai_proxy.diagnosis.checks.sizes.properties_modified import PropertiesModified
from iai_proxy.diagnosis.checks.sizes.rear_axle_outside import RearAxleOutside
from iai_proxy.diagnosis.checks.sizes.size_implausible import SizeImplausible
from iai_proxy.diagnosis.checks.sizes.size_unexpected import SizeUnexpected
from iai_proxy.errors import UsageError

#: By code.
ALL: Final[tuple[type[Check], ...]] = (
    AgentIndexChanged,
    AgentStateModified,
    RecurrentIndexChanged,
    RecurrentStateModified,
    SizeUnexpected,
    PropertiesModified,
    PropertiesIndexChanged,
    AgentsRemoved,
    AgentsAdded,
    RecurrentOfAnother,
    RecurrentZeros,
    RecurrentNull,
    RecurrentRounded,
    RecurrentFloat32,
    RecurrentStale,
    AgentSentTwice,
    AgentsReordered,
    OrientationInDegrees,
    SpeedInKmh,
    SizeImplausible,
    RearAxleOutside,
    AgentsOverlap,
    ImpossibleJump,
    OutsideSupportedArea,
    NotANumber,
    OtherTimeStep,
    HeadingOffItsWay,
    SpeedOffItsWay,
    LightsSometimes,
    LightsUnknown,
    LightsContradicting,
    LightsWithoutAny,
    LightsForgotten,
    LightRecurrentModified,
    DriveWithoutInitialize,
    BeginningUnknown,
    ShortHistory,
    DeprecatedInputs,
    TooManyAgents,
    LocationChanged,
    ModelVersionChanged,
    SeedConstant,
    SeedAbsent,
    SeedDrawn,
    InitializeInconsistent,
    ListsOfUnequalLength,
    TimeStandsStill,
    CallsRetried,
    CallsFailed,
    LatencyOutliers,
    AnswerCount,
    Infractions,
    AnswersUnused,
    LocationInfoRepeated,
    BirdviewAtEveryStep,
)

_BY_CODE: Final = {check.code: check for check in ALL}


def by_code(code: int) -> type[Check]:
    """Return a check by its number.

    Raises:
        UsageError: there is none; the message names close ones.
    """
    if code in _BY_CODE:
        return _BY_CODE[code]
    close = sorted(sorted(_BY_CODE, key=lambda known: (abs(known - code), known))[:3])
    names = ", ".join(f"{one} ({_BY_CODE[one].name})" for one in close)
    raise UsageError(f"there is no check {code}; close ones are {names}")
