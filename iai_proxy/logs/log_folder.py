"""All logs of a recording, into one folder."""

from __future__ import annotations

from pathlib import Path

from iai_proxy.errors import UsageError
from iai_proxy.logs.export_debug_log import export_debug_log
from iai_proxy.logs.export_scenario import export_scenario
from iai_proxy.logs.timestamps import debug_log_name
from iai_proxy.private_files import make_private_folder
from iai_proxy.recordings.reader import Recording


def write_logs(
    path: Path, folder: Path, *, sdk_names: bool = False
) -> tuple[list[Path], list[str]]:
    """Write a recording's debug log and a scenario log for each of its simulations.

    Args:
        path: the recording.
        folder: made if it is not there.
        sdk_names: whether the debug log has the very name that the SDK would give it, whose colons
            Windows and upload actions refuse; they become dashes otherwise.

    Returns:
        The files, and warnings about what is unknown in them. Nothing for a recording without
        calls.

    Raises:
        UsageError: the folder can't be made or written.
        InputError: the recording is damaged.
    """
    try:
        make_private_folder(folder)
    except OSError as error:
        raise UsageError(
            f"can't make {folder} ({error.strerror}): give another folder to --logs"
        ) from error
    written: list[Path] = []
    warnings: list[str] = []
    with Recording(path) as recording:
        first = next(iter(recording.calls()), None)
        if first is None:
            return written, warnings
        lineage = recording.lineage()
        name = debug_log_name(first.started_ns)
        written.append(folder / (name if sdk_names else name.replace(":", "-")))
        export_debug_log(recording, lineage, written[0])
        for simulation in lineage.simulations:
            out = (
                folder
                / f"{written[0].stem.replace('iai_log', 'iai_scenario')}_{simulation.number}.json"
            )
            found = export_scenario(recording, simulation.trunk, out)
            warnings += [f"simulation {simulation.number}: {warning}" for warning in found]
            written.append(out)
    return written, warnings
