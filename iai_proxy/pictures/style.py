"""What a picture shows besides agents, lights and infractions, and in which colours."""

from __future__ import annotations

from dataclasses import dataclass

from iai_proxy.scene.palette import LIGHT, Theme


@dataclass(frozen=True, slots=True)
class Style:
    """What is drawn.

    Attributes:
        theme: the colours.
        directions: a triangle in each agent's front.
        velocities: a line to where each agent will be in half a second.
        ids: each agent's number.
        trails: where each agent was in the five seconds before.
        findings: marks at the agents that findings of the diagnosis are about.
    """

    theme: Theme = LIGHT
    directions: bool = True
    velocities: bool = False
    ids: bool = False
    trails: bool = False
    findings: bool = False
