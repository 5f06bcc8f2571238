"""The report on an adapted embedder, as sentences and as JSON."""

from collections.abc import Mapping
from dataclasses import asdict

from scanner.adapting.adapting import Outcome
from scanner.adapting.measuring import ENOUGH_CLEAN, Figures
from scanner.verdicts.precision import wilson


def report_lines(outcome: Outcome) -> tuple[str, ...]:
    """The report, a line each."""
    fit = outcome.fit
    material = f" and {outcome.banked_material} of material" if outcome.banked_material else ""
    lines = [
        f"vectors: {outcome.dimensions} numbers, {outcome.projected} after the projection",
        f"median print: cosine {outcome.usual_print:.2f}; the audit expects 0.53",
        f"banks: {outcome.banked} clean images{material}",
    ]
    candidates = f"{fit.right} right and {fit.wrong} wrong candidates"
    if fit.is_refitted:
        lines.append(
            f"confidence: refitted on {candidates}; log loss {fit.shipped_loss:.3f} -> {fit.left_out_loss:.3f}"
        )
    elif fit.left_out_loss is None:
        lines.append(f"confidence: as shipped, since {candidates} are too few for a fit: ask for more --prints")
    else:
        lines.append(
            f"confidence: as shipped, since a fit on {candidates} predicts no better "
            f"(log loss {fit.shipped_loss:.3f}, refitted {fit.left_out_loss:.3f})"
        )
    if not outcome.banked_material:
        lines.append("no --material: similarity to texts and tables is not measured, so words may raise false alarms")
    lines.append("prints of your logos on your clean images (confidence was fitted on them: they favour it):")
    lines += [f"  {_figures(each)}" for each in outcome.on_prints]
    if outcome.on_labelled:
        lines.append("your labelled images:")
        lines += [f"  {_figures(each)}" for each in outcome.on_labelled]
        if outcome.on_labelled[0].clean < ENOUGH_CLEAN:
            lines.append(f"  label {ENOUGH_CLEAN} images without a registered logo to compare both at 1 % false alarms")
    else:
        lines.append("no --images: how it does on real photos is not known")
    return tuple(lines)


def report_json(outcome: Outcome) -> Mapping[str, object]:
    """The same as values of JSON."""
    content = asdict(outcome)
    content["manifest"] = str(outcome.manifest)
    return content


def _figures(each: Figures) -> str:
    said = [f"{each.name}: found {_share(each.found, each.marked)}"]
    if each.found_at_1_percent is not None:
        said.append(f"at 1 % of clean images flagged {_share(each.found_at_1_percent, each.marked)}")
    said.append(f"another mark claimed {_share(each.other, each.marked)}")
    said.append(f"clean flagged {_share(each.flagged, each.clean)}")
    said.append(f"{each.milliseconds:.0f} ms an image")
    if each.unreadable:
        said.append(f"{each.unreadable} cannot be read")
    return ", ".join(said)


def _share(part: int, whole: int) -> str:
    if not whole:
        return "of none"
    low, high = wilson(part, whole)
    return f"{part} of {whole} ({100 * part / whole:.0f} %, 95 % interval {100 * low:.0f} to {100 * high:.0f})"
